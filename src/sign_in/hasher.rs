//! Password hashing on its own threads.
//!
//! One bcrypt at cost 12 takes a quarter of a second of a core. On the threads that also serve
//! the database, a handful of sign-ins would hold up every page; so hashing has threads of its
//! own, of low priority, behind a short queue that refuses rather than grows.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;

use crate::web::error::AppError;

/// At most this many hashes wait.
const QUEUE: usize = 16;
/// How much the hashing threads stand back behind the others (see `nice(2)`).
const NICENESS: i32 = 10;

enum Job {
    Verify { password: SecretString, hash: Option<String>, answer: oneshot::Sender<bool> },
    Hash { password: SecretString, answer: oneshot::Sender<Result<String, bcrypt::BcryptError>> },
}

/// The way to the hashing threads.
#[derive(Clone)]
pub struct Hasher {
    queue: mpsc::SyncSender<Job>,
    cost: u32,
}

impl Hasher {
    /// Starts the threads. Also makes the hash that unknown addresses are checked against, of
    /// the same cost, so that an unknown address and a wrong password take the same time.
    pub fn start(cost: u32) -> anyhow::Result<Self> {
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        let dummy: Arc<str> = bcrypt::non_truncating_hash("nobody has this password", cost)?.into();
        for number in 0..2 {
            let (jobs, dummy) = (Arc::clone(&jobs), Arc::clone(&dummy));
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, &dummy, cost))
                .context("no thread for password hashing")?;
        }
        Ok(Self { queue, cost })
    }

    /// Whether `password` is the one of `hash`; false for no hash, after the same time.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, AppError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job::Verify { password, hash, answer }).map_err(|_| AppError::Busy)?;
        answered.await.map_err(|_| AppError::Internal("a hashing thread was lost".into()))
    }

    /// Whether `hash` was made with less work than is configured now.
    pub fn is_outdated(&self, hash: &str) -> bool {
        hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() < self.cost)
    }

    /// The hash under which `password` is stored.
    pub async fn hash(&self, password: SecretString) -> Result<String, AppError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job::Hash { password, answer }).map_err(|_| AppError::Busy)?;
        answered
            .await
            .map_err(|_| AppError::Internal("a hashing thread was lost".into()))?
            .map_err(|cause| AppError::Internal(cause.to_string()))
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>, dummy: &str, cost: u32) {
    // On Linux this concerns the calling thread alone.
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "password hashing keeps its normal priority");
    }
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(Job::Verify { password, hash, answer }) => {
                let known = hash.is_some();
                let hash = hash.as_deref().unwrap_or(dummy);
                let right = bcrypt::non_truncating_verify(password.expose_secret(), hash).unwrap_or(false);
                let _ = answer.send(known && right);
            }
            Ok(Job::Hash { password, answer }) => {
                let _ = answer.send(bcrypt::non_truncating_hash(password.expose_secret(), cost));
            }
            Err(mpsc::RecvError) => return,
        }
    }
}
