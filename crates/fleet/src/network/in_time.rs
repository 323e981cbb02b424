//! Holding a network to its deadline, whatever it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::{Network, Outcome, Request};

/// The most calls that may hang beyond their deadline in this process before no more are made.
const HANGING_LIMIT: usize = 8;

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Counts the call for as long as it lasts.
struct Call;

impl Call {
    fn begin() -> Option<Self> {
        let begun = CALLS.fetch_add(1, Ordering::SeqCst);
        let call = Self;
        (begun < HANGING_LIMIT).then_some(call)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Asks `network`, and waits for it until `deadline` at most.
///
/// A network that hangs, panics or answers for another number of requests counts as
/// unreachable; what it answers later is dropped, and asked for again with the same keys.
pub(crate) fn carry_out_in_time(
    network: &Arc<dyn Network>,
    requests: Vec<Request>,
    deadline: Instant,
) -> Vec<Outcome> {
    let asked = requests.len();
    let unreachable = || vec![Outcome::Unreachable; asked];
    let Some(call) = Call::begin() else {
        tracing::error!("the network has {HANGING_LIMIT} calls hanging: not asked");
        return unreachable();
    };
    let (answer, answered) = mpsc::sync_channel(1);
    let network = Arc::clone(network);
    let spawned = std::thread::Builder::new().name("network".to_owned()).spawn(move || {
        let _call = call;
        // The one who waits may have gone: then nobody wants the answer.
        let _ = answer.send(network.carry_out(&requests, deadline));
    });
    if let Err(cause) = spawned {
        tracing::error!(%cause, "no thread for the network");
        return unreachable();
    }
    match answered.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(outcomes) if outcomes.len() == asked => outcomes,
        Ok(outcomes) => {
            tracing::error!(asked, answered = outcomes.len(), "the network's answer does not fit");
            unreachable()
        }
        Err(mpsc::RecvTimeoutError::Timeout) => {
            tracing::warn!(asked, "the network did not answer in time");
            unreachable()
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            tracing::error!(asked, "the network's connector panicked");
            unreachable()
        }
    }
}
