//! The installation's own provisioning service: one signed JSON request for each batch of SIMs, which it answers at
//! once, or later by a signed callback.
//!
//! Each SIM's part of a request has a key, under which the service does it once and repeats its answer.

mod callback;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod signature;
mod wire;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use sha2::{Digest as _, Sha256};
use ureq::tls::RootCerts;

pub use self::callback::{Callback, Refusal};
use self::signature::Key;
use self::wire::{Asked, Batch, Results};
use super::slots::{SOON, Slots};
use super::{About, Network, Outcome, Request};
use crate::outgoing;

/// The most bytes of an answer.
const ANSWER_LIMIT: u64 = 4 * 1024 * 1024;

/// How a provisioning service is called.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it takes requests. Without a user, a password or a query: people see it.
    pub url: String,
    /// What both ends sign with.
    pub key: Key,
    /// How long it may take for a batch.
    pub timeout: Duration,
    /// The most SIMs in a batch.
    pub batch: usize,
    /// The most batches under way at the same time.
    pub connections: usize,
    /// How long an answer that comes later may take, before the service is asked again.
    pub answer_within: Duration,
    /// A file with the certificates of the authorities that may vouch for it, instead of the system's.
    pub authorities: Option<PathBuf>,
}

/// A provisioning service.
pub struct Http {
    name: String,
    settings: Settings,
    agent: ureq::Agent,
    slots: Slots,
    problem: Mutex<Option<String>>,
}

impl Http {
    /// The service that offers call by `name`. It is called when there is something to ask.
    ///
    /// Fails, in plain words, where the authorities can't be read.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        let config =
            outgoing::config(roots(&settings)?).max_idle_connections_per_host(settings.connections).build();
        Ok(Self {
            name: name.into(),
            slots: Slots::new(settings.connections),
            agent: ureq::Agent::new_with_config(config),
            settings,
            problem: Mutex::default(),
        })
    }

    /// Asks for one batch.
    fn ask(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let batch = Batch { network: &self.name, requests: requests.iter().map(Asked::from).collect() };
        let mut outcomes = vec![Outcome::Unreachable; requests.len()];
        match self.call(&batch, deadline) {
            Ok(Ok(results)) => {
                outcomes = results.of(requests, self.settings.answer_within);
                if outcomes.contains(&Outcome::Unreachable) {
                    self.note("It said nothing of some of the SIMs that it was asked for.");
                }
            }
            Err(NotAsked) => outcomes.fill(Outcome::HeldBack { wait: SOON }),
            Ok(Err(problem)) => {
                tracing::warn!(network = self.name, problem, "the provisioning service has not answered");
                self.note(&problem);
            }
        }
        outcomes
    }

    /// Asks for a batch when there is room for that, unless there is none in time.
    fn call(&self, batch: &Batch<'_>, deadline: Instant) -> Result<Result<Results, String>, NotAsked> {
        let _slot = self.slots.take(deadline).ok_or(NotAsked)?;
        let left = deadline.saturating_duration_since(Instant::now()).min(self.settings.timeout);
        if left.is_zero() {
            return Err(NotAsked);
        }
        Ok(self.send(batch, left))
    }

    /// Sends a batch, and reads what is answered; or says in plain words why there is none.
    fn send(&self, batch: &Batch<'_>, left: Duration) -> Result<Results, String> {
        let body = serde_json::to_vec(batch).map_err(|error| error.to_string())?;
        let same_each_time = signature::hex(&Sha256::digest(&body));
        let mut answer = self
            .agent
            .post(&self.settings.url)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", same_each_time)
            .header(signature::HEADER, self.settings.key.sign(Utc::now(), &body))
            .config()
            .timeout_global(Some(left))
            .build()
            .send(&body[..])
            .map_err(|error| in_words(&error))?;
        let status = answer.status();
        if status != 200 && status != 202 {
            return Err(format!("It answered {status}, where 200 or 202 was expected."));
        }
        let text = answer.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
        let text = text.map_err(|error| in_words(&error))?;
        Results::read(&text).map_err(|_| "It answered something other than was expected.".to_owned())
    }

    fn note(&self, problem: &str) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.to_owned());
    }
}

/// There was no time left to ask.
struct NotAsked;

impl Network for Http {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let Settings { batch, connections, .. } = self.settings;
        // As many whole batches to each connection.
        let share = requests.len().div_ceil(batch).div_ceil(connections).max(1) * batch;
        thread::scope(|scope| {
            let asked: Vec<_> = requests
                .chunks(share)
                .map(|part| {
                    let ask =
                        move || part.chunks(batch).flat_map(|batch| self.ask(batch, deadline)).collect();
                    (part.len(), scope.spawn(ask))
                })
                .collect();
            asked
                .into_iter()
                .flat_map(|(len, asking)| asking.join().unwrap_or_else(|_| vec![Outcome::Unreachable; len]))
                .collect()
        })
    }

    fn answers_later(&self, _network: &str) -> bool {
        true
    }

    fn about(&self) -> About {
        About { kind: "HTTP", address: self.settings.url.clone() }
    }

    fn last_problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a batch of no SIMs: so the address, the certificate and the secret are all tried.
    fn test(&self, deadline: Instant) -> Result<String, String> {
        self.call(&Batch { network: &self.name, requests: Vec::new() }, deadline).map_err(|NotAsked| {
            "All connections to it are in use just now. Try again in a moment.".to_owned()
        })??;
        Ok("It took a signed request for no SIMs, and answered as expected.".to_owned())
    }

    fn signs_with(&self) -> Option<&Key> {
        Some(&self.settings.key)
    }
}

/// The authorities that may vouch for the service: the system's, or those of the file.
fn roots(settings: &Settings) -> Result<RootCerts, String> {
    // None are needed, and a system may have none, where nothing is encrypted.
    if settings.url.starts_with("http://") {
        return Ok(RootCerts::new_with_certs(&[]));
    }
    let found = match &settings.authorities {
        Some(file) => rustls_native_certs::load_certs_from_paths(Some(file), None),
        None => rustls_native_certs::load_native_certs(),
    };
    if found.certs.is_empty() {
        let place = settings.authorities.as_ref().map_or_else(
            || "this system, where certificates of authorities usually are".to_owned(),
            |file| file.display().to_string(),
        );
        return Err(format!("there is no certificate of an authority in {place}"));
    }
    Ok(outgoing::authorities(&found.certs))
}

/// Why there is no answer, in plain words.
fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "It did not answer in time.".to_owned(),
        ureq::Error::HostNotFound => "There is no host of that name.".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "It answered more than 4 MB.".to_owned(),
        ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
            "Nothing listens at that address.".to_owned()
        }
        ureq::Error::Io(cause) => format!("The connection failed: {cause}."),
        ureq::Error::Rustls(cause) => format!("Its certificate or its TLS is not accepted: {cause}."),
        other => format!("The connection failed: {other}."),
    }
}
