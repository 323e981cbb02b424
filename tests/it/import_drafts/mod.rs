//! Importing in the browser: a vendor's file is sent, what was found in it is shown, and it is loaded by an operation.

mod endless;
mod finding;
mod following;
mod hostile;
mod layouts;
mod loading;
mod sent_again;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use fleet::identifiers::luhn_check_digit;
use reqwest::{Method, StatusCode};

use crate::operation_screens::fixture::World;
use crate::support::{Client, Page};

const HEADER: &str = "iccid,imsi,msisdn,eid,type,label\n";

fn iccid(number: usize) -> String {
    let body = format!("894915{number:012}");
    let check = luhn_check_digit(body.as_bytes()).map(char::from).expect("a check digit");
    format!("{body}{check}")
}

/// A good line for each number.
fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().fold(String::new(), |mut text, number| {
        let label = ["", "Pilot", "Köln \\ Süd"][number % 3];
        writeln!(text, "{},26201{number:010},49151{number:08},,plug_in,{label}", iccid(number))
            .expect("a line");
        text
    })
}

/// A file of good lines.
fn file(numbers: impl IntoIterator<Item = usize>) -> String {
    format!("{HEADER}{}", lines(numbers))
}

/// Sends a file as the dialog does, with what else it says.
async fn send(client: &Client, name: &str, file: &[u8], said: &[(&str, &str)]) -> Page {
    let mut body = Vec::new();
    for (name, value) in said {
        body.extend(
            format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .into_bytes(),
        );
    }
    let head = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    client
        .send(Method::POST, "/imports", |request| {
            request
                .header("hx-request", "true")
                .header("x-csrf-token", &client.csrf_token)
                .header("x-account-focus", &client.account)
                .header("content-type", "multipart/form-data; boundary=limit")
                .body(body)
        })
        .await
}

/// The address of the draft that an answer leads to.
fn draft(answer: &Page) -> String {
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    let address = answer.header("hx-redirect").to_owned();
    assert!(address.starts_with("/imports/"), "{address}");
    address
}

/// The page of a draft once its check is over. Each look is a request, which takes its time.
async fn checked(client: &Client, address: &str) -> Page {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        let page = page(client, address).await;
        if page.texts("#import-rows").is_empty() {
            return page;
        }
        assert!(Instant::now() < deadline, "the check does not end: {}", page.body);
    }
}

/// Sends a file, and gives the address of its draft.
async fn drafted(client: &Client, text: &str) -> String {
    let address = draft(&send(client, "batch.csv", text.as_bytes(), &[]).await);
    checked(client, &address).await;
    address
}

/// The page at an address.
async fn page(client: &Client, address: &str) -> Page {
    let page = client.get(address).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

/// How many rows a page says are ready, and how many have problems.
fn counts(page: &Page) -> (String, String) {
    (page.texts("#import-ready").concat(), page.texts("#import-bad").concat())
}

/// The problems of a draft as CSV, without the head.
async fn problems(client: &Client, draft: &str) -> Vec<String> {
    let page = page(client, &format!("{draft}/problems.csv")).await;
    assert!(page.header("content-type").starts_with("text/csv"));
    let mut lines = page.body.lines();
    assert_eq!(lines.next(), Some("line,iccid,imsi,msisdn,eid,type,label,problem"));
    lines.map(str::to_owned).collect()
}

/// What a page says of the columns: each with what it is taken as.
fn columns(page: &Page) -> Vec<String> {
    page.texts("table.columns td").chunks(2).map(|cells| cells.join(" ")).collect()
}

/// Launches a draft, and gives the number of its operation.
async fn launched(client: &Client, draft: &str, form: &[(&str, &str)]) -> i64 {
    let answer = client.post(&format!("{draft}/operation"), form).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    let address = answer.header("hx-redirect").to_owned();
    address
        .strip_prefix("/operations/")
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("{address}"))
}

/// What was sent is refused with this sentence, and nothing is kept.
async fn refused(world: &World, answer: &Page, sentence: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert_eq!(answer.texts("[role=alert]"), [sentence], "{}", answer.body);
    for table in ["import_drafts", "import_lines", "import_problems", "sims", "labels"] {
        assert_eq!(world.number(&format!("SELECT count(*) AS number FROM {table}")), 0, "{table}");
    }
}
