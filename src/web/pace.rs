//! How much one person may ask: whoever asks without end, or whose browser does, leaves the others their share.
//!
//! That is far above what many open pages ask by themselves. Each process of the portal counts for itself.

use std::num::NonZeroU32;
use std::time::Duration;

use fleet::ids::UserId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::error::AppError;

/// What is answered at once, where nothing else is set: twenty pages with all that they load, and then some.
pub const AT_ONCE: u32 = 400;
/// How long it takes until as many are answered again: pages ask every two seconds at most.
const PERIOD: Duration = Duration::from_secs(10);
/// One of so many requests may be dear.
const DEAR: u32 = 8;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asker {
    /// A person in their browsers.
    Person(UserId),
    /// All programs with API tokens that this person has made: apart, so that no program holds up its maker.
    ProgramsOf(UserId),
}

/// What each person has asked, and their programs. There are no more counters than twice as many as people.
pub struct Pace {
    all: DefaultKeyedRateLimiter<Asker>,
    dear: DefaultKeyedRateLimiter<Asker>,
}

impl Pace {
    /// So many requests of a person at once, and as many again every ten seconds; an eighth of that where they are dear.
    pub fn new(at_once: NonZeroU32) -> Self {
        let dear = NonZeroU32::new(at_once.get() / DEAR).unwrap_or(NonZeroU32::MIN);
        Self { all: keyed(at_once), dear: keyed(dear) }
    }

    /// Counts a request, or refuses it and says how long to wait.
    pub fn count(&self, asker: Asker, is_dear: bool) -> Result<(), AppError> {
        let counters = is_dear.then_some(&self.dear).into_iter().chain([&self.all]);
        for counter in counters {
            counter.check_key(&asker).map_err(|not_until| AppError::TooFast {
                wait: not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1,
            })?;
        }
        Ok(())
    }
}

fn keyed(at_once: NonZeroU32) -> DefaultKeyedRateLimiter<Asker> {
    let quota = Quota::with_period(PERIOD / at_once.get()).map(|quota| quota.allow_burst(at_once));
    RateLimiter::keyed(quota.unwrap_or(Quota::per_second(at_once)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_opens_many_pages_does_not_wait_and_who_asks_without_end_does() {
        let pace = Pace::new(NonZeroU32::new(AT_ONCE).unwrap());
        let (ada, nora) = (Asker::Person(UserId(1)), Asker::Person(UserId(2)));
        assert!((0..AT_ONCE).all(|_| pace.count(ada, false).is_ok()));
        assert!((0..100_000).any(|_| pace.count(ada, false).is_err()));
        assert!((0..40).all(|_| pace.count(nora, true).is_ok()), "others don't wait");
        assert!((0..1_000).any(|_| pace.count(nora, true).is_err()), "what is dear comes less often");
        assert!(pace.count(nora, false).is_ok());
    }
}
