//! The worker: takes turns at the unfinished operations, one at a time, for as long as there
//! is something to do. Any number of workers, on any number of machines, can do so at once. A worker has
//! several loops: one for what PostgreSQL alone decides, and some for what a network is asked for.

mod one;
mod stop;
mod turns;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;

pub use self::one::run_one;
pub use self::stop::Stop;
pub(super) use self::turns::Lane;
use self::turns::{Loops, Waiting};
use super::ending::Letters;
use super::{OperationState, faults, launch, materialise, schedule, step};
use crate::db::Pool;
use crate::error::Result;
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
    /// How many loops of this worker ask a network, each with one step at a time.
    pub network_loops: u16,
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
            network_loops: 4,
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

    /// How long a statement waits for what another worker holds, before other operations get their turn.
    fn patience(&self) -> Duration {
        (self.lease / 3).min(LONGEST_PATIENCE)
    }

    fn lanes(&self) -> [Loops; 2] {
        [Loops::new(Lane::Database, 1), Loops::new(Lane::Network, self.network_loops)]
    }
}

/// How long to wait between two looks at whether something was heard.
const LISTENING: Duration = Duration::from_millis(25);
/// More than any transaction of a worker that is well takes.
const LONGEST_PATIENCE: Duration = Duration::from_secs(2);
/// The longest wait after an error.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(5);

/// Works until it is told to stop. To be run on a thread of its own; makes others, one for each loop, and each
/// loop holds one connection.
///
/// An error or a panic ends neither the worker nor the operation: it is logged, and the work is tried
/// again after a while. One that an operation has met by itself puts that operation off, and no other.
pub fn run(pool: &Pool, network: &Arc<dyn Network>, settings: &Settings, stop: &Stop) {
    let lanes = settings.lanes();
    thread::scope(|scope| {
        for loops in &lanes {
            for _ in 0..loops.number {
                let body = || go_round(pool, network, settings, stop, loops);
                let name = format!("worker-{}", loops.lane.as_str());
                if let Err(cause) = thread::Builder::new().name(name).spawn_scoped(scope, body) {
                    tracing::error!(%cause, "no thread for a loop of the worker");
                }
            }
        }
    });
}

fn go_round(pool: &Pool, network: &Arc<dyn Network>, settings: &Settings, stop: &Stop, loops: &Loops) {
    let mut back_off = LISTENING;
    while !stop.is_stopped() {
        let began = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| work(pool, network, settings, stop, loops))) {
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

/// Works until there is nothing to do right now, on one connection. For tests, and for commands that end.
pub fn run_until_idle(pool: &Pool, network: &Arc<dyn Network>, settings: &Settings) -> Result<()> {
    let conn = &mut **pool.get()?;
    let stop = Stop::new();
    let lanes = settings.lanes();
    loop {
        let mut worked = false;
        for loops in &lanes {
            worked |= take_turn(conn, network, settings, &stop, loops)?;
        }
        if !worked {
            return Ok(());
        }
    }
}

fn work(
    pool: &Pool,
    network: &Arc<dyn Network>,
    settings: &Settings,
    stop: &Stop,
    loops: &Loops,
) -> Result<()> {
    let conn = &mut **pool.get()?;
    bound_waits(conn, settings)?;
    diesel::sql_query(format!("LISTEN {}", launch::CHANNEL)).execute(conn)?;
    while !stop.is_stopped() {
        // Asked before the look, so that what is scheduled after it is heard of.
        let due = match loops.lane {
            Lane::Database => schedule::until_next(conn)?,
            Lane::Network => None,
        };
        if !take_turn(conn, network, settings, stop, loops)? {
            // What is due but held by another worker is no reason to ask without a pause.
            let longest = due.unwrap_or(settings.poll).max(LISTENING).min(settings.poll);
            await_work(conn, longest, stop)?;
        }
    }
    diesel::sql_query(format!("UNLISTEN {}", launch::CHANNEL)).execute(conn)?;
    Ok(())
}

/// Has the server end a transaction that this worker has left alone for as long as a lease: a process that is frozen, or
/// whose host is, holds locks no longer than that. And has it not wait for such locks without an end.
fn bound_waits(conn: &mut PgConnection, settings: &Settings) -> Result<()> {
    const SQL: &str = "SELECT set_config('idle_in_transaction_session_timeout', $1, false), \
         set_config('lock_timeout', $2, false)";
    let milliseconds = |time: Duration| time.as_millis().max(1).to_string();
    diesel::sql_query(SQL)
        .bind::<Text, _>(milliseconds(settings.lease))
        .bind::<Text, _>(milliseconds(settings.patience()))
        .execute(conn)?;
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

/// Works on the operation whose turn it is, among those with something to do in this lane; says whether there
/// was any.
fn take_turn(
    conn: &mut PgConnection,
    network: &Arc<dyn Network>,
    settings: &Settings,
    stop: &Stop,
    loops: &Loops,
) -> Result<bool> {
    for operation in loops.waiting(conn)? {
        let Some(_turn) = loops.begin_turn(conn, &operation)? else { continue };
        let until = Instant::now() + settings.turn;
        let mut worked = false;
        while !stop.is_stopped() {
            match attempt(conn, network, settings, loops.lane, &operation)? {
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
    /// Or another worker is in the way.
    NothingToDo,
    GotOn,
    PutOff,
}

/// Advances an operation, and puts it off where it meets an error or a panic of its own.
fn attempt(
    conn: &mut PgConnection,
    network: &Arc<dyn Network>,
    settings: &Settings,
    lane: Lane,
    waiting: &Waiting,
) -> Result<Attempt> {
    let operation = waiting.id;
    match catch_unwind(AssertUnwindSafe(|| advance(conn, network, settings, lane, operation))) {
        Ok(Ok(false)) => return Ok(Attempt::NothingToDo),
        Ok(Ok(true)) => {
            if waiting.has_faults {
                faults::forget(conn, operation)?;
            }
            return Ok(Attempt::GotOn);
        }
        Ok(Err(cause)) if faults::is_kept_waiting(&cause) => {
            tracing::warn!(%operation, "an operation waits for what another connection holds");
            return Ok(Attempt::NothingToDo);
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
    lane: Lane,
    id: OperationId,
) -> Result<bool> {
    let operation = step::Running::read(conn, id)?;
    match operation.state {
        OperationState::InProgress | OperationState::Paused | OperationState::Cancelling => {
            step::run_next(conn, network, settings, lane, &operation)
        }
        OperationState::Finished => Ok(false),
        _ if lane == Lane::Network => Ok(false),
        OperationState::Initializing => materialise::make_chunk(conn, settings, id),
        OperationState::Scheduled => schedule::begin_if_due(conn, settings, id),
    }
}
