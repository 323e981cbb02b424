//! Password hashing on its own threads.
//!
//! One bcrypt at cost 12 takes a quarter of a second of a core. On the threads that also serve
//! the database, a handful of sign-ins would hold up every page; so hashing has threads of its
//! own, of low priority, which are come by in turns.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::hashes;
use crate::web::error::AppError;
use crate::web::turns::{self, Turn, Turns};

const THREADS: usize = 2;
/// Of each who asks, so many are hashed or next to be: however much somebody sends, others wait for that many at most.
const OF_EACH: usize = 2;
/// For how long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much the hashing threads stand back behind the others (see `nice(2)`).
const NICENESS: i32 = 10;

/// For whom something is hashed. What one sends holds up nobody else's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asker {
    /// The person with this e-mail address: signed in, in a browser that is known to be theirs, or with a link made for them.
    Person(String),
    /// Somebody from this network address. Persons go first.
    Stranger(IpAddr),
}

enum Work {
    Verify { password: SecretString, hash: Option<String>, answer: oneshot::Sender<bool> },
    Hash { password: SecretString, answer: oneshot::Sender<Result<String, bcrypt::BcryptError>> },
}

/// Whoever asked may have gone: the turn ends with the work.
struct Job {
    work: Work,
    _turn: [Option<Turn>; 3],
}

/// The way to the hashing threads.
#[derive(Clone)]
pub struct Hasher {
    jobs: mpsc::Sender<Job>,
    queues: Arc<Queues>,
    cost: u32,
}

impl Hasher {
    /// Starts the threads. Also makes the hash that unknown addresses are checked against, of
    /// the same cost, so that an unknown address and a wrong password take the same time.
    pub fn start(cost: u32) -> anyhow::Result<Self> {
        let (sender, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let dummy: Arc<str> = hashes::hash("nobody has this password", cost)?.into();
        for number in 0..THREADS {
            let (jobs, dummy) = (Arc::clone(&jobs), Arc::clone(&dummy));
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, &dummy, cost))
                .context("no thread for password hashing")?;
        }
        Ok(Self { jobs: sender, queues: Arc::new(Queues::new()), cost })
    }

    /// Whether `password` is the one of `hash`; false for no hash, after the same time.
    pub async fn verify(
        &self,
        asker: Asker,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, AppError> {
        self.done(asker, |answer| Work::Verify { password, hash, answer }).await
    }

    /// Whether `hash` was made with less work than is configured now.
    pub fn is_outdated(&self, hash: &str) -> bool {
        hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() < self.cost)
    }

    /// The hash under which `password` is stored.
    pub async fn hash(&self, asker: Asker, password: SecretString) -> Result<String, AppError> {
        let hashed = self.done(asker, |answer| Work::Hash { password, answer }).await?;
        hashed.map_err(|cause| AppError::Internal(cause.to_string()))
    }

    async fn done<T>(
        &self,
        asker: Asker,
        work: impl FnOnce(oneshot::Sender<T>) -> Work,
    ) -> Result<T, AppError> {
        let lost = || AppError::Internal("a hashing thread was lost".into());
        let turn = self.queues.wait(asker, Instant::now() + PATIENCE).await?;
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { work: work(answer), _turn: turn }).map_err(|_| lost())?;
        answered.await.map_err(|_| lost())
    }
}

/// Who is next. Each who asks has a queue of their own; from those of strangers as many come on as there are threads, and
/// only then do they stand with persons in the queue for the threads: so a person waits for one hash of strangers at most.
struct Queues {
    of_each: Turns<Asker>,
    strangers: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

impl Queues {
    fn new() -> Self {
        Self {
            of_each: Turns::new(OF_EACH),
            strangers: Arc::new(Semaphore::new(THREADS)),
            threads: Arc::new(Semaphore::new(THREADS)),
        }
    }

    async fn wait(&self, asker: Asker, until: Instant) -> Result<[Option<Turn>; 3], AppError> {
        let is_stranger = matches!(asker, Asker::Stranger(_));
        let Some(own) = self.of_each.take(asker, until).await else {
            return Err(fleet::Error::TooMany { wait: PATIENCE.as_secs() }.into());
        };
        let stranger = if is_stranger {
            Some(turns::wait(Arc::clone(&self.strangers), until).await.ok_or(AppError::Busy)?)
        } else {
            None
        };
        let thread = turns::wait(Arc::clone(&self.threads), until).await.ok_or(AppError::Busy)?;
        Ok([Some(own), stranger, Some(thread)])
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>, dummy: &str, cost: u32) {
    // On Linux this concerns the calling thread alone.
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "password hashing keeps its normal priority");
    }
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { work, _turn }) = job else { return };
        match work {
            Work::Verify { password, hash, answer } => {
                let known = hash.is_some();
                let hash = hash.as_deref().unwrap_or(dummy);
                let right = hashes::is_of(password.expose_secret(), hash);
                let _ = answer.send(known && right);
            }
            Work::Hash { password, answer } => {
                let _ = answer.send(hashes::hash(password.expose_secret(), cost));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use tokio::task::unconstrained;

    use super::*;

    fn stranger(number: u8) -> Asker {
        Asker::Stranger(IpAddr::from([198, 51, 100, number]))
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_hours(1)
    }

    /// What has come of waiting so far. A test polls more often than tokio lets a task do at a stretch.
    fn poll<T>(waiting: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match pin!(unconstrained(waiting)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    #[actix_web::test]
    async fn a_flood_from_one_address_holds_up_others_for_one_hash_at_most() {
        let queues = Queues::new();
        let mut flood: Vec<_> = (0..1_000).map(|_| Box::pin(queues.wait(stranger(1), later()))).collect();
        let mut hashed: Vec<_> = flood.iter_mut().filter_map(|one| poll(one.as_mut())).collect();
        assert_eq!(hashed.len(), THREADS);
        let mut other = pin!(queues.wait(stranger(2), later()));
        assert!(poll(other.as_mut()).is_none());
        hashed.pop();
        for one in flood.iter_mut().skip(THREADS) {
            assert!(poll(one.as_mut()).is_none(), "the flood waits behind the other address");
        }
        assert!(poll(other.as_mut()).is_some_and(|turn| turn.is_ok()));
    }

    #[actix_web::test]
    async fn persons_go_before_strangers_from_however_many_addresses() {
        let queues = Queues::new();
        let mut flood: Vec<_> = (0..200).map(|n| Box::pin(queues.wait(stranger(n), later()))).collect();
        let mut hashed: Vec<_> = flood.iter_mut().filter_map(|one| poll(one.as_mut())).collect();
        let mut ada = pin!(queues.wait(Asker::Person("ada@meridian.example".to_owned()), later()));
        assert!(poll(ada.as_mut()).is_none());
        hashed.pop();
        assert!(flood.iter_mut().skip(THREADS).all(|one| poll(one.as_mut()).is_none()));
        assert!(poll(ada.as_mut()).is_some_and(|turn| turn.is_ok()));
    }

    #[actix_web::test]
    async fn who_waits_in_vain_is_told_whose_doing_it_is() {
        let queues = Queues::new();
        let now = Instant::now;
        let held = [queues.wait(stranger(1), now()).await, queues.wait(stranger(1), now()).await];
        assert!(held.iter().all(Result::is_ok));
        let own = queues.wait(stranger(1), now()).await;
        assert!(matches!(own, Err(AppError::Fleet(fleet::Error::TooMany { .. }))));
        assert!(matches!(queues.wait(stranger(2), now()).await, Err(AppError::Busy)));
    }
}
