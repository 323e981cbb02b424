//! Turns: so many at a time for each who asks. The others wait in the order in which they came, and not for ever.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Somebody's turn, until it is dropped.
pub type Turn = OwnedSemaphorePermit;

/// When this many are known, those that neither have a turn nor wait for one are forgotten.
const KNOWN: usize = 1_000;

/// The turns of each who asks.
pub struct Turns<K> {
    at_once: usize,
    known: Mutex<Known<K>>,
}

struct Known<K> {
    turns: HashMap<K, Arc<Semaphore>>,
    swept_at: usize,
}

impl<K: Eq + Hash> Turns<K> {
    /// So many at a time for each.
    pub fn new(at_once: usize) -> Self {
        Self { at_once, known: Mutex::new(Known { turns: HashMap::new(), swept_at: KNOWN }) }
    }

    /// A turn of `key`, if there is one now.
    pub fn try_take(&self, key: K) -> Option<Turn> {
        self.of(key).try_acquire_owned().ok()
    }

    /// A turn of `key`, unless there is none until then.
    pub async fn take(&self, key: K, until: Instant) -> Option<Turn> {
        wait(self.of(key), until).await
    }

    fn of(&self, key: K) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.turns.len() >= known.swept_at {
            // Whoever has a turn, or waits for one, holds on to the semaphore.
            known.turns.retain(|_, turns| Arc::strong_count(turns) > 1);
            known.swept_at = KNOWN.max(2 * known.turns.len());
        }
        Arc::clone(known.turns.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))))
    }
}

/// A turn of what all share, unless there is none until then.
pub async fn wait(turns: Arc<Semaphore>, until: Instant) -> Option<Turn> {
    timeout_at(until, turns.acquire_owned()).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_turns_of_their_own() {
        let turns = Turns::new(2);
        let held = (turns.try_take("ada"), turns.try_take("ada"));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(turns.try_take("ada").is_none() && turns.try_take("nora").is_some());
        drop(held.0);
        assert!(turns.try_take("ada").is_some());
    }

    #[actix_web::test]
    async fn who_waits_is_told_when_it_is_in_vain() {
        let turns = Turns::new(1);
        let held = turns.try_take(1);
        assert!(turns.take(1, Instant::now()).await.is_none());
        drop(held);
        assert!(turns.take(1, Instant::now()).await.is_some());
    }

    #[test]
    fn who_has_no_turn_is_forgotten_and_who_has_one_is_not() {
        let turns = Turns::new(1);
        let held = turns.try_take(0);
        for key in 1..10 * KNOWN {
            turns.try_take(key);
        }
        assert!(turns.known.lock().unwrap().turns.len() <= KNOWN);
        assert!(held.is_some() && turns.try_take(0).is_none());
    }
}
