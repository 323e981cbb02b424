//! How many calls of a network are under way at the same time, whoever makes them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When to come back where no slot was free in time: calls are under way, and end.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// What is left of the time for a call when nobody waits for a slot any more: so there is some to say so in.
const TO_SAY_SO: Duration = Duration::from_millis(100);

/// A number of slots, each for one call.
pub(super) struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Slots {
    pub(super) fn new(number: usize) -> Self {
        Self { free: Mutex::new(number.max(1)), freed: Condvar::new() }
    }

    /// Takes a slot as soon as one is free; none if that is not before `deadline`.
    pub(super) fn take(&self, deadline: Instant) -> Option<Slot<'_>> {
        let left = deadline.saturating_duration_since(Instant::now()).saturating_sub(TO_SAY_SO);
        let waited = self.freed.wait_timeout_while(self.lock(), left, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Slot(self))
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot that is taken, until this is dropped.
pub(super) struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_slots_are_taken_than_there_are() {
        let slots = Slots::new(2);
        let first = slots.take(Instant::now());
        let _second = slots.take(Instant::now()).unwrap();
        assert!(slots.take(Instant::now()).is_none());
        drop(first);
        assert!(slots.take(Instant::now()).is_some());
    }
}
