//! The worker: takes turns at the unfinished operations, one at a time, for as long as there
//! is something to do. Any number of workers, on any number of machines, can do so at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::ending::Letters;
use super::{OperationState, faults, launch, materialise, schedule, step};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::network::Network;

/// How a worker works. The defaults are for production; tests choose smaller ones.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The most tasks in a step.
    pub step: i32,
    /// How many steps' worth of tasks are made in one transaction.
    pub steps_in_chunk: i32,
    /// How long a step whose network call is under way stays this worker's. Longer than `network_deadline`.
    pub lease: Duration,
    /// How long the network may take for a step.
    pub network_deadline: Duration,
    /// How often the network is tried before its silence is a failure.
    pub attempts: i16,
    /// How long to wait after the first attempt that found no network; doubled each time.
    pub back_off: Duration,
    /// How long one operation is worked on before the next one gets its turn.
    pub turn: Duration,
    /// How often to look for work when nothing is heard.
    pub poll: Duration,
    /// What writes the letters for those who asked for one; without it none is written.
    pub letters: Option<Arc<dyn Letters>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            step: 1_000,
            steps_in_chunk: 10,
            lease: Duration::from_secs(20),
            network_deadline: Duration::from_secs(13),
            attempts: 4,
            back_off: Duration::from_secs(2),
            turn: Duration::from_millis(250),
            poll: Duration::from_secs(1),
            letters: None,
        }
    }
}

impl Settings {
    /// The most tasks that are made in one transaction.
    pub(super) const fn chunk(&self) -> i32 {
        self.step.saturating_mul(self.steps_in_chunk)
    }
}

/// Asks a worker to stop, from another thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// A signal that has not been given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal: the worker ends after the step that it is at.
    pub fn stop(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether the signal has been given.
    pub fn is_stopped(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the signal for at most `time`, and says whether it was given.
    pub fn wait(&self, time: Duration) -> bool {
        let stopped = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *self
            .0
            .1
            .wait_timeout_while(stopped, time, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

/// How long to wait between two looks at whether something was heard.
const LISTENING: Duration = Duration::from_millis(25);
/// The longest wait after an error.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(5);

/// Works until it is told to stop. To be run on a thread of its own; holds one connection.
///
/// An error or a panic ends neither the worker nor the operation: it is logged, and the work is tried
/// again after a while. One that an operation has met by itself puts that operation off, and no other.
pub fn run(pool: &Pool, network: &Arc<dyn Network>, settings: &Settings, stop: &Stop) {
    let mut back_off = LISTENING;
    while !stop.is_stopped() {
        let began = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| work(pool, network, settings, stop))) {
            Ok(Ok(())) => return,
            Ok(Err(cause)) => tracing::error!(%cause, "the worker has met an error and goes on"),
            Err(_panic) => tracing::error!("the worker has panicked and goes on"),
        }
        if began.elapsed() > LONGEST_BACK_OFF {
            back_off = LISTENING;
        }
        stop.wait(back_off);
        back_off = (back_off * 2).min(LONGEST_BACK_OFF);
    }
}

/// Works until there is nothing to do right now. For tests, and for commands that end.
pub fn run_until_idle(pool: &Pool, network: &Arc<dyn Network>, settings: &Settings) -> Result<()> {
    let conn = &mut **pool.get()?;
    let stop = Stop::new();
    while take_turn(conn, network, settings, &stop)? {}
    Ok(())
}

fn work(pool: &Pool, network: &Arc<dyn Network>, settings: &Settings, stop: &Stop) -> Result<()> {
    let conn = &mut **pool.get()?;
    diesel::sql_query(format!("LISTEN {}", launch::CHANNEL)).execute(conn)?;
    while !stop.is_stopped() {
        // Asked before the look, so that what is scheduled after it is heard of.
        let due = schedule::until_next(conn)?;
        if !take_turn(conn, network, settings, stop)? {
            // What is due but held by another worker is no reason to ask without a pause.
            let longest = due.unwrap_or(settings.poll).max(LISTENING).min(settings.poll);
            await_work(conn, longest, stop)?;
        }
    }
    diesel::sql_query(format!("UNLISTEN {}", launch::CHANNEL)).execute(conn)?;
    Ok(())
}

/// Waits until something is heard, or it is time to look by itself, at the latest after `longest`: a
/// connection that was lost hears nothing, and says so only when it is used.
fn await_work(conn: &mut PgConnection, longest: Duration, stop: &Stop) -> Result<()> {
    let until = Instant::now() + longest;
    loop {
        let mut heard = false;
        for notification in conn.notifications_iter() {
            notification?;
            heard = true;
        }
        if heard || Instant::now() >= until || stop.wait(LISTENING) {
            return Ok(());
        }
    }
}

/// Works on the operation that has waited longest for its turn, among those with something
/// to do; says whether there was any.
fn take_turn(
    conn: &mut PgConnection,
    network: &Arc<dyn Network>,
    settings: &Settings,
    stop: &Stop,
) -> Result<bool> {
    for operation in waiting(conn)? {
        note_turn(conn, operation.id)?;
        let until = Instant::now() + settings.turn;
        let mut worked = false;
        while !stop.is_stopped() {
            match attempt(conn, network, settings, &operation)? {
                Attempt::NothingToDo => break,
                Attempt::PutOff => return Ok(true),
                Attempt::GotOn => worked = true,
            }
            if Instant::now() >= until {
                break;
            }
        }
        if worked {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What came of an attempt to advance an operation.
enum Attempt {
    NothingToDo,
    GotOn,
    PutOff,
}

/// Advances an operation, and puts it off where it meets an error or a panic of its own.
fn attempt(
    conn: &mut PgConnection,
    network: &Arc<dyn Network>,
    settings: &Settings,
    waiting: &Waiting,
) -> Result<Attempt> {
    let operation = waiting.id;
    match catch_unwind(AssertUnwindSafe(|| advance(conn, network, settings, operation))) {
        Ok(Ok(false)) => return Ok(Attempt::NothingToDo),
        Ok(Ok(true)) => {
            if waiting.has_faults {
                faults::forget(conn, operation)?;
            }
            return Ok(Attempt::GotOn);
        }
        Ok(Err(cause)) if faults::concerns_the_database(&cause) => return Err(cause),
        Ok(Err(cause)) => tracing::error!(%operation, %cause, "an operation has met an error and is put off"),
        Err(_panic) => tracing::error!(%operation, "an operation has made the worker panic and is put off"),
    }
    faults::note(conn, operation)?;
    Ok(Attempt::PutOff)
}

/// Does the next thing that there is to do for an operation; says whether there was any.
fn advance(
    conn: &mut PgConnection,
    network: &Arc<dyn Network>,
    settings: &Settings,
    id: OperationId,
) -> Result<bool> {
    let operation = step::Running::read(conn, id)?;
    match operation.state {
        OperationState::Initializing => materialise::make_chunk(conn, settings, id),
        OperationState::InProgress | OperationState::Paused | OperationState::Cancelling => {
            step::run_next(conn, network, settings, &operation)
        }
        OperationState::Scheduled => schedule::begin_if_due(conn, settings, id),
        OperationState::Finished => Ok(false),
    }
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    id: OperationId,
    /// It has met errors of its own since it last got on.
    #[diesel(sql_type = Bool)]
    has_faults: bool,
}

/// The operations with something to do, in the order of their turns.
fn waiting(conn: &mut PgConnection) -> Result<Vec<Waiting>> {
    let sql = format!(
        "SELECT o.id, f.operation_id IS NOT NULL AS has_faults \
         FROM operations o LEFT JOIN operation_faults f ON f.operation_id = o.id \
         WHERE o.state <> 'finished' AND (f.not_before IS NULL OR f.not_before <= clock_timestamp()) AND (o.state = 'initializing' \
             OR (o.state = 'scheduled' AND {due}) \
             OR EXISTS (SELECT FROM steps s WHERE s.operation_id = o.id AND NOT s.done \
                        AND s.not_before <= clock_timestamp() \
                        AND (o.state <> 'paused' OR s.leased_until IS NOT NULL OR s.attempts > 0) \
                        AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp())) \
             OR (o.state = 'cancelling' \
                 AND NOT EXISTS (SELECT FROM steps s WHERE s.operation_id = o.id AND NOT s.done))) \
         ORDER BY o.last_turn_at, o.id LIMIT 32",
        due = schedule::DUE,
    );
    Ok(diesel::sql_query(sql).load(conn)?)
}

/// Puts the operation at the end of the queue; not if another worker holds it at this moment.
fn note_turn(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    const SQL: &str = "UPDATE operations SET last_turn_at = clock_timestamp() \
         WHERE id = (SELECT id FROM operations WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)";
    diesel::sql_query(SQL).bind::<BigInt, _>(operation).execute(conn).map_err(Error::from)?;
    Ok(())
}
