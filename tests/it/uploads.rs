//! Files on their way in: who may send them, how many at a time, and how slowly.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use fleet::tenancy::Role;
use reqwest::{Method, StatusCode};
use simyard::app::Settings;

use crate::support::{Client, Page, TestApp, test_settings};

const HEAD: &str =
    "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"batch.csv\"\r\n\r\niccid,imsi\n";
const END: &str = "\r\n--limit--\r\n";

/// Meridian with Ada, who may import, and Vera, who may look.
async fn app(settings: Settings) -> (TestApp, Client, Client) {
    let app = TestApp::start_with(settings).await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    app.db.member("vera@meridian.example", meridian, Role::Viewer);
    let (ada, vera) = (app.sign_in("ada@meridian.example").await, app.sign_in("vera@meridian.example").await);
    (app, ada, vera)
}

/// Whether the portal has answered, before all that was announced has come.
fn is_answered(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a look");
    let is_answered = stream.peek(&mut [0]).is_ok();
    stream.set_nonblocking(false).expect("as it was");
    is_answered
}

/// An upload of which the head of the request alone was sent, and nothing of what it announces.
fn begin(app: &TestApp, client: &Client, path: &str) -> TcpStream {
    let address = app.address.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nX-CSRF-Token: {}\r\nX-Account-Focus: {}\r\n\
         Content-Type: multipart/form-data; boundary=limit\r\nContent-Length: 200000000\r\n\r\n",
        client.cookies(),
        client.csrf_token,
        client.account,
    )
    .expect("the head of a request");
    stream
}

/// The answer, which ends the connection.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => String::from_utf8_lossy(&answer).into_owned(),
    }
}

async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    actix_web::rt::task::spawn_blocking(work).await.expect("an answer")
}

/// Sends a whole file.
async fn send(client: &Client, path: &str) -> Page {
    let prepare = |request: reqwest::RequestBuilder| {
        request
            .header("hx-request", "true")
            .header("x-csrf-token", &client.csrf_token)
            .header("x-account-focus", &client.account)
            .header("content-type", "multipart/form-data; boundary=limit")
            .body(format!("{HEAD}{END}"))
    };
    client.send(Method::POST, path, prepare).await
}

#[actix_web::test]
async fn what_somebody_may_not_send_is_refused_before_it_has_come() {
    let (app, _, vera) = app(test_settings()).await;
    for path in ["/imports", "/sim-details", "/start/transfer"] {
        let stream = begin(&app, &vera, path);
        let answer = off_the_loop(move || answer(stream)).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
    }
    for path in ["/subaccounts", "/profile/password", "/sign-in", "/nowhere"] {
        let stream = begin(&app, &vera, path);
        let answer = off_the_loop(move || answer(stream)).await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{path} takes no files: {answer}");
    }
}

#[actix_web::test]
async fn an_upload_that_brings_next_to_nothing_is_broken_off() {
    let settings = Settings { upload_patience: Duration::from_millis(200), ..test_settings() };
    let (app, ada, vera) = app(settings).await;
    for (client, path) in [(&ada, "/imports"), (&vera, "/sim-lists")] {
        let mut silent = begin(&app, client, path);
        silent.write_all(HEAD.as_bytes()).expect("a part of it");
        let mut dripping = begin(&app, client, path);
        dripping.write_all(HEAD.as_bytes()).expect("a part of it");
        let answers = off_the_loop(move || {
            // Byte after byte, until the portal no longer listens.
            while dripping.write_all(b"8").is_ok() {}
            let mut last = Vec::new();
            let _ = dripping.read_to_end(&mut last);
            (answer(silent), last)
        });
        let (silent, _) = answers.await;
        assert!(silent.starts_with("HTTP/1.1 408"), "{path}: {silent}");
    }
}

#[actix_web::test]
async fn of_one_person_two_files_come_at_a_time() {
    let (app, ada, vera) = app(test_settings()).await;
    let begun = || {
        let mut stream = begin(&app, &ada, "/sim-lists");
        stream.write_all(HEAD.as_bytes()).expect("a part of it");
        stream
    };
    let mut coming = [begun(), begun()];
    // Until the portal has begun to read both, a third is heard, and may take the place of one, which is refused then.
    let mut refused = None;
    for _ in 0..1_000 {
        for stream in &mut coming {
            if is_answered(stream) {
                *stream = begun();
            }
        }
        let third = send(&ada, "/imports").await;
        if third.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(third);
            break;
        }
        assert_eq!(third.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", third.body);
    }
    let refused = refused.expect("a third is refused");
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    assert!(refused.header("hx-trigger").contains("Wait"), "{:?}", refused.headers);
    let other = send(&vera, "/sim-lists").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "others go on: {}", other.body);
    let pasted = ada.post("/sim-lists", &[("identifiers", "262011234567890")]).await;
    assert_eq!(pasted.status, StatusCode::NO_CONTENT, "what is no file goes on: {}", pasted.body);
    drop(coming);
    for _ in 0..1_000 {
        if send(&ada, "/imports").await.status != StatusCode::TOO_MANY_REQUESTS {
            return;
        }
    }
    panic!("who goes away leaves their turn to nobody");
}
