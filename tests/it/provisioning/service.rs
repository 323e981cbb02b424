//! A provisioning service as an installation may have one, written from `docs/networks.md` without any code of the portal.
//!
//! It does what it is asked once for each key, and repeats its answer. When it answers, and what, is up to the test.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

pub(crate) const SECRET: &str = "the secret that both of them know";

/// How the service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At once.
    AtOnce,
    /// Later, when the test tells it to; unless it has done it already.
    Later,
    /// Later, but the callback to this portal comes before the answer that says so.
    Overtaken(String),
    /// It does what it is asked, and its answer is lost.
    Lost,
    /// It refuses everything, in these words.
    Refusing(String),
    /// Something that is no answer.
    Odd(Odd),
}

/// What is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    Garbage,
    Oversized,
    Elsewhere,
    Failing,
    Unfitting,
    Never,
}

/// What the service keeps.
pub(crate) struct Book {
    manner: Mutex<Manner>,
    /// What it has done, by keys: nothing for what is still to be done.
    done: Mutex<BTreeMap<String, Option<Value>>>,
    /// The bodies that it was sent, and those that it answered.
    asked: Mutex<Vec<Value>>,
    answered: Mutex<Vec<Value>>,
    unsigned: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    /// Whoever waits here for an answer is let go when the service ends.
    ends: tokio::sync::watch::Sender<bool>,
}

/// A running service.
pub(crate) struct Service {
    pub(crate) url: String,
    book: Arc<Book>,
    server: ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap()
}

/// The header of a message, as the documentation says.
pub(crate) fn sign(secret: &str, seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Service {
    pub(crate) fn start() -> Self {
        let book = Arc::new(Book {
            manner: Mutex::new(Manner::AtOnce),
            done: Mutex::default(),
            asked: Mutex::default(),
            answered: Mutex::default(),
            unsigned: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            ends: tokio::sync::watch::Sender::new(false),
        });
        let kept = Data::from(Arc::clone(&book));
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || App::new().app_data(kept.clone()).route("/batches", web::post().to(batch));
                let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
                let server = server.bind("127.0.0.1:0").unwrap();
                let port = server.addrs()[0].port();
                let server = server.run();
                tell.send((port, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (port, server) = told.recv().unwrap();
        Self { url: format!("http://127.0.0.1:{port}/batches"), book, server, thread: Some(thread) }
    }

    pub(crate) fn is(&self, manner: Manner) {
        *lock(&self.book.manner) = manner;
    }

    /// How many requests have been made, with a signature that is right.
    pub(crate) fn asked(&self) -> Vec<Value> {
        lock(&self.book.asked).clone()
    }

    pub(crate) fn answered(&self) -> Vec<Value> {
        lock(&self.book.answered).clone()
    }

    /// What has been done, as `key: outcome`.
    pub(crate) fn done(&self) -> Vec<String> {
        let done = lock(&self.book.done);
        let done = done.iter().filter_map(|(key, told)| Some((key, told.as_ref()?)));
        done.map(|(key, told)| format!("{key}: {}", told["outcome"].as_str().unwrap())).collect()
    }

    pub(crate) fn unsigned(&self) -> usize {
        self.book.unsigned.load(Ordering::SeqCst)
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.book.most_under_way.load(Ordering::SeqCst)
    }

    /// Does what is still to be done, and gives the body of the callback that says so.
    pub(crate) fn catch_up(&self) -> Vec<u8> {
        self.book.catch_up()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.book.ends.send_replace(true);
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Book {
    fn catch_up(&self) -> Vec<u8> {
        let mut done = lock(&self.done);
        let mut results = Vec::new();
        for (key, told) in done.iter_mut().filter(|(_, told)| told.is_none()) {
            let result = json!({ "key": key, "outcome": "done" });
            *told = Some(result.clone());
            results.push(result);
        }
        serde_json::to_vec(&json!({ "results": results })).unwrap()
    }

    /// The answer for one SIM: the known one, if there is one.
    fn answer(&self, request: &Value, manner: &Manner) -> Value {
        let key = request["key"].as_str().unwrap();
        let mut done = lock(&self.done);
        let told = done.entry(key.to_owned()).or_default();
        if told.is_none() && !matches!(manner, Manner::Later | Manner::Overtaken(_)) {
            *told = Some(match manner {
                Manner::Refusing(why) => json!({ "key": key, "outcome": "rejected", "message": why }),
                _ => json!({ "key": key, "outcome": "done" }),
            });
        }
        told.clone().unwrap_or_else(|| json!({ "key": key, "outcome": "pending" }))
    }
}

/// Whether a request is signed, just now, by somebody who knows the secret; and says that it is to be done once.
fn is_signed(request: &HttpRequest, body: &[u8]) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let signature = header("Simyard-Signature").unwrap_or_default();
    let time = signature.split_once(',').and_then(|(time, _)| time.strip_prefix("t=")?.parse::<u64>().ok());
    time.is_some_and(|time| now().abs_diff(time) <= 300 && signature == sign(SECRET, time, body))
        && header("Idempotency-Key").is_some_and(|key| key.len() == 64)
        && header("Content-Type") == Some("application/json")
}

async fn batch(request: HttpRequest, body: Bytes, book: Data<Book>) -> HttpResponse {
    if !is_signed(&request, &body) {
        book.unsigned.fetch_add(1, Ordering::SeqCst);
        return HttpResponse::Unauthorized().finish();
    }
    let now_under_way = book.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    book.most_under_way.fetch_max(now_under_way, Ordering::SeqCst);
    let answer = answer(&body, &book).await;
    book.under_way.fetch_sub(1, Ordering::SeqCst);
    answer
}

async fn answer(body: &[u8], book: &Book) -> HttpResponse {
    let manner = lock(&book.manner).clone();
    let asked: Value = serde_json::from_slice(body).unwrap();
    lock(&book.asked).push(asked.clone());
    if let Manner::Odd(odd) = manner {
        return odd_answer(odd, book).await;
    }
    let requests = asked["requests"].as_array().unwrap();
    let results: Vec<Value> = requests.iter().map(|request| book.answer(request, &manner)).collect();
    let answer = json!({ "results": results });
    match manner {
        Manner::Lost => return HttpResponse::BadGateway().finish(),
        Manner::Overtaken(callbacks) => {
            let status = call_back(&callbacks, SECRET, book.catch_up()).await;
            assert_eq!(status, 202, "the callback is taken");
        }
        _ => {}
    }
    lock(&book.answered).push(answer.clone());
    HttpResponse::Ok().json(answer)
}

async fn odd_answer(odd: Odd, book: &Book) -> HttpResponse {
    match odd {
        Odd::Garbage => HttpResponse::Ok().body("<html>Welcome</html>"),
        Odd::Oversized => HttpResponse::Ok().body(vec![b' '; 5 * 1024 * 1024]),
        Odd::Elsewhere => HttpResponse::TemporaryRedirect().insert_header(("location", "/batches")).finish(),
        Odd::Failing => HttpResponse::InternalServerError().finish(),
        Odd::Unfitting => {
            HttpResponse::Ok().json(json!({ "results": [{ "key": "other", "outcome": "done" }] }))
        }
        Odd::Never => {
            let mut ends = book.ends.subscribe();
            let _ = ends.wait_for(|ends| *ends).await;
            HttpResponse::Ok().finish()
        }
    }
}

/// Sends a callback, and gives the status of its answer.
pub(crate) async fn call_back(address: &str, secret: &str, body: Vec<u8>) -> u16 {
    let signature = sign(secret, now(), &body);
    send_callback(address, &signature, body).await
}

/// Sends a callback with any signature.
pub(crate) async fn send_callback(address: &str, signature: &str, body: Vec<u8>) -> u16 {
    let request = reqwest::Client::new().post(address).header("Simyard-Signature", signature);
    let request = request.header("content-type", "application/json").body(body);
    request.send().await.unwrap().status().as_u16()
}
