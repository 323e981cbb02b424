//! Holding a network to its deadline, whatever it does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc};
use std::time::Instant;

use super::{Look, Network, Outcome, Request, Subject};

/// The most calls that may hang beyond their deadline in this process before no more are made: some for each
/// loop that asks.
const HANGING_LIMIT: usize = 32;

/// The calls that hang beyond their deadline: each is there for as long as its thread holds on to it.
static HANGING: Mutex<Vec<Weak<()>>> = Mutex::new(Vec::new());

/// Those that still hang.
fn hanging() -> MutexGuard<'static, Vec<Weak<()>>> {
    let mut hanging = HANGING.lock().unwrap_or_else(PoisonError::into_inner);
    hanging.retain(|call| call.strong_count() > 0);
    hanging
}

/// Has `network` carry `requests` out, and waits for it until `deadline` at most.
///
/// A network that hangs, panics or answers for another number of requests counts as
/// unreachable; what it answers later is dropped, and asked for again with the same keys.
pub(crate) fn carry_out_in_time(
    network: &Arc<dyn Network>,
    requests: Vec<Request>,
    deadline: Instant,
) -> Vec<Outcome> {
    let unreachable = vec![Outcome::Unreachable; requests.len()];
    ask(network, deadline, unreachable, move |network| network.carry_out(&requests, deadline))
}

/// Has `network` look at `subjects`, and waits for it until `deadline` at most, as [`carry_out_in_time`] does.
pub(crate) fn look_in_time(
    network: &Arc<dyn Network>,
    subjects: Vec<Subject>,
    deadline: Instant,
) -> Vec<Look> {
    let unreachable = vec![Look::Unreachable; subjects.len()];
    ask(network, deadline, unreachable, move |network| network.look(&subjects, deadline))
}

/// What `asking` comes to on a thread of its own; `unreachable` if that is nothing fitting before `deadline`.
fn ask<T: Send + 'static>(
    network: &Arc<dyn Network>,
    deadline: Instant,
    unreachable: Vec<T>,
    asking: impl FnOnce(&dyn Network) -> Vec<T> + Send + 'static,
) -> Vec<T> {
    let asked = unreachable.len();
    if hanging().len() >= HANGING_LIMIT {
        tracing::error!("the network has {HANGING_LIMIT} calls hanging: not asked");
        return unreachable;
    }
    let call = Arc::new(());
    let of_thread = Arc::clone(&call);
    let (answer, answered) = mpsc::sync_channel(1);
    let network = Arc::clone(network);
    let spawned = std::thread::Builder::new().name("network".to_owned()).spawn(move || {
        // The one who waits may have gone: then nobody wants the answer.
        let _ = answer.send(asking(&*network));
        drop(of_thread);
    });
    if let Err(cause) = spawned {
        tracing::error!(%cause, "no thread for the network");
        return unreachable;
    }
    match answered.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(answers) if answers.len() == asked => answers,
        Ok(answers) => {
            tracing::error!(asked, answered = answers.len(), "the network's answer does not fit");
            unreachable
        }
        Err(mpsc::RecvTimeoutError::Timeout) => {
            tracing::warn!(asked, "the network did not answer in time");
            hanging().push(Arc::downgrade(&call));
            unreachable
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            tracing::error!(asked, "the network's connector panicked");
            unreachable
        }
    }
}
