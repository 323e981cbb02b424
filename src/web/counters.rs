//! Counting, with limits that follow each other: after a number at once, the next one is heard seconds later, then a minute.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

/// How many at once, and the seconds between those that follow.
pub type Limit = (u32, u64);

/// Stands for what is counted, which may be megabytes long: keys are kept.
type Fingerprint = [u8; 32];

/// When this many keys are kept, those that no longer matter are dropped.
const KEYS: usize = 10_000;
/// That goes through all of them, so it is not done more often than this.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Limits that follow each other.
pub struct Counters {
    counters: Vec<DefaultKeyedRateLimiter<Fingerprint>>,
    swept: Mutex<Option<Instant>>,
}

impl Counters {
    /// Nothing is counted yet.
    pub fn new(limits: &[Limit]) -> Self {
        let counter = |(burst, seconds): &Limit| {
            let burst = NonZeroU32::new(*burst).unwrap_or(NonZeroU32::MIN);
            // Half a second where less than one is meant.
            let period =
                if *seconds == 0 { Duration::from_millis(500) } else { Duration::from_secs(*seconds) };
            let quota = Quota::with_period(period).map(|quota| quota.allow_burst(burst));
            RateLimiter::keyed(quota.unwrap_or(Quota::per_minute(burst)))
        };
        Self { counters: limits.iter().map(counter).collect(), swept: Mutex::new(None) }
    }

    /// Counts what has this key, or refuses it and says how long to wait.
    pub fn count(&self, key: &[&str]) -> fleet::Result<()> {
        if self.counters.iter().any(|counter| counter.len() > KEYS) && self.is_due(Instant::now()) {
            self.counters.iter().for_each(DefaultKeyedRateLimiter::retain_recent);
        }
        let key = fingerprint(key);
        for counter in &self.counters {
            counter.check_key(&key).map_err(|not_until| wait(&not_until))?;
        }
        Ok(())
    }

    /// Whether the keys have not been gone through of late; if so, whoever asks does it.
    fn is_due(&self, now: Instant) -> bool {
        // Where another is at it, nobody waits.
        let Ok(mut swept) = self.swept.try_lock() else { return false };
        let is_due = swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP_EVERY);
        if is_due {
            *swept = Some(now);
        }
        is_due
    }
}

/// Parts that can't be mistaken for others put together differently.
pub fn fingerprint(parts: &[&str]) -> Fingerprint {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn wait(not_until: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> fleet::Error {
    let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
    fleet::Error::TooMany { wait }
}

/// How long is to be waited; none where it was counted.
#[cfg(test)]
pub(crate) fn waited(answer: fleet::Result<()>) -> Option<u64> {
    match answer {
        Ok(()) => None,
        Err(fleet::Error::TooMany { wait }) => Some(wait),
        Err(other) => panic!("{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_the_tries() {
        let counters = Counters::new(&[(2, 2), (4, 600)]);
        let mut waits = Vec::new();
        for _ in 0..2 {
            assert_eq!(waited(counters.count(&["x"])), None);
        }
        waits.extend(waited(counters.count(&["x"])));
        assert_eq!(waits, [2]);
        // The longer limit is used up as well, by tries that the shorter one hears in time.
        let longer = Counters::new(&[(4, 600)]);
        for _ in 0..4 {
            assert_eq!(waited(longer.count(&["x"])), None);
        }
        assert!(waited(longer.count(&["x"])).is_some_and(|wait| wait > 500));
        assert_eq!(waited(longer.count(&["y"])), None, "others don't wait");
    }

    #[test]
    fn many_keys_are_gone_through_once_a_minute() {
        let counters = Counters::new(&[(1, 600)]);
        let now = Instant::now();
        let after = |seconds| counters.is_due(now + Duration::from_secs(seconds));
        assert_eq!([0, 0, 59, 60, 61].map(after), [true, false, false, true, false]);
    }
}
