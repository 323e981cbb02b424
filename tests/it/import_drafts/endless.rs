//! A line without an end, as long as a file may be, sent to the program itself: it is not kept in memory.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{checked, counts, problems};
use crate::cli::{Portal, simyard};
use crate::operation_screens::fixture::World;
use crate::support::{Client, PASSWORD, Page};

/// How much of the line is sent at once, and how often: with what is around it, just what a file may have.
const PIECE: usize = 1024 * 1024;
const PIECES: usize = 199;
/// Far less than the file, and more than the program takes without it.
const MEMORY_KB: u64 = 128_000;

/// A person with a browser, and what it takes to send a request without it.
struct Sender {
    client: Client,
    address: String,
    cookies: BTreeMap<String, String>,
}

impl Sender {
    async fn sign_in(portal: &Portal, email: &str) -> Self {
        let mut client = Client::new(&format!("http://{}", portal.address));
        let mut cookies = BTreeMap::new();
        let mut keep = |page: &Page| {
            for cookie in page.headers.get_all("set-cookie") {
                let pair = cookie.to_str().expect("a text").split(';').next().unwrap_or_default();
                let (name, value) = pair.split_once('=').expect("a cookie");
                cookies.insert(name.to_owned(), value.to_owned());
            }
        };
        keep(&client.get("/sign-in").await);
        keep(&client.try_sign_in(email, PASSWORD).await);
        keep(&client.open("/").await);
        Self { client, address: portal.address.clone(), cookies }
    }

    /// Sends a file that begins like this and goes on with the endless line; gives the answer as it came. What is refused
    /// may be refused before all is sent.
    fn send(&self, begins: &str) -> String {
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"batch.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{begins}"
        );
        let tail = "\r\n--limit--\r\n";
        let length = head.len() + PIECE * PIECES + tail.len();
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut stream = TcpStream::connect(&self.address).expect("the portal");
        write!(
            stream,
            "POST /imports HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\nHX-Request: true\r\n\
             X-CSRF-Token: {}\r\nX-Account-Focus: {}\r\nContent-Type: multipart/form-data; boundary=limit\r\n\
             Content-Length: {length}\r\n\r\n{head}",
            self.address,
            cookies.join("; "),
            self.client.csrf_token,
            self.client.account,
        )
        .expect("the beginning is taken");
        let piece = vec![b'9'; PIECE];
        let _ = (0..PIECES)
            .try_for_each(|_| stream.write_all(&piece))
            .and_then(|()| stream.write_all(tail.as_bytes()));
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[actix_web::test]
async fn a_line_of_two_hundred_megabytes_takes_little_memory_and_loads_nothing() {
    let world = World::new().await;
    let mut command = simyard(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("DATABASE_URL", &world.app.db.url);
    let portal = Portal::start(command);
    let sender = Sender::sign_in(&portal, "ada@meridian.example").await;
    let before = portal.peak_memory();

    let answer = sender.send("");
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert!(answer.contains("longer than 16384 bytes"), "{answer}");
    assert_eq!(world.number("SELECT count(*) AS number FROM import_drafts"), 0);

    let answer = sender.send("iccid,imsi\n");
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    let draft = answer.lines().find_map(|line| line.strip_prefix("hx-redirect: ")).expect("the draft").trim();
    assert_eq!(counts(&checked(&sender.client, draft).await), ("0".into(), "1".into()));
    assert_eq!(
        problems(&sender.client, draft).await,
        [
            "2,,,,,,,The line is longer than 16384 bytes. Take the line from your file: its cells are not kept."
        ]
    );

    let memory = portal.peak_memory();
    println!("two files of {PIECES} MB took at most {memory} kB, {before} kB before");
    assert!(memory < MEMORY_KB, "{memory} kB");
    assert_eq!(world.number("SELECT count(*) AS number FROM sims"), 0);
}
