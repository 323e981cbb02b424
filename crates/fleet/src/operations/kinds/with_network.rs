//! Running a step with the network.
//!
//! A step takes two transactions, with the call to the network between them. The first one
//! takes a lease on the step and starts its tasks; the second one ends them, if the lease is
//! still ours. After a worker has died the lease runs out, and who takes the step over asks
//! the network again with the same idempotency keys.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};
use uuid::Uuid;

use super::service::Service;
use super::transfer;
use crate::error::Result;
use crate::ids::OfferId;
use crate::network::{Network, Outcome, Request, carry_out_in_time};
use crate::operations::counters::{self, Counters};
use crate::operations::step::{self, Running, Step};
use crate::operations::worker::Settings;
use crate::operations::{FailureCode, OperationState};
use crate::schema::{sims, steps, tasks};

/// A step with the tasks that the network is to be asked for.
struct Asked {
    step: Step,
    lease: Uuid,
    positions: Vec<i32>,
    requests: Vec<Request>,
}

/// What the first transaction came to.
enum Begun {
    NothingToDo,
    Done,
    Ask(Asked),
}

/// Does one step of `operation`, and says whether there was one to do.
pub(in crate::operations) fn run_next(
    conn: &mut PgConnection,
    network: &Arc<dyn Network>,
    settings: &Settings,
    operation: &Running,
    service: &Service,
) -> Result<bool> {
    let asked = match conn.transaction(|conn| begin(conn, settings, operation, service))? {
        Begun::NothingToDo => return Ok(false),
        Begun::Done => return Ok(true),
        Begun::Ask(asked) => asked,
    };
    let deadline = Instant::now() + settings.network_deadline;
    let outcomes = carry_out_in_time(network, asked.requests.clone(), deadline);
    conn.transaction(|conn| end(conn, settings, operation, service, &asked, outcomes))?;
    Ok(true)
}

/// The first transaction: claims a step, starts its tasks, and takes the lease.
fn begin(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: &Running,
    service: &Service,
) -> Result<Begun> {
    let Some(step) = step::claim(conn, operation.id)? else {
        let ended = counters::finish_if_done(conn, operation.id)?;
        return Ok(if ended { Begun::Done } else { Begun::NothingToDo });
    };
    if operation.state == OperationState::Cancelling {
        step::cancel_pending(conn, operation, &step)?;
    } else {
        start(conn, operation, &step)?;
    }
    let (positions, requests) = requests(conn, operation, service, &step)?;
    if requests.is_empty() {
        step::close(conn, operation.id, &step)?;
        return Ok(Begun::Done);
    }
    let lease = Uuid::now_v7();
    let until = format!("clock_timestamp() + interval '{} milliseconds'", settings.lease.as_millis());
    diesel::update(steps::table.find((operation.id, step.first_position)))
        .set((
            steps::lease.eq(lease),
            steps::leased_until.eq(diesel::dsl::sql::<diesel::sql_types::Timestamptz>(&until).nullable()),
        ))
        .execute(conn)?;
    Ok(Begun::Ask(Asked { step, lease, positions, requests }))
}

#[derive(QueryableByName)]
struct Started {
    #[diesel(sql_type = BigInt)]
    started: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
}

/// Starts the pending tasks of a step whose SIM can still be changed; the others fail.
fn start(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
    let Some(kind) = super::of(operation.kind) else { return Ok(()) };
    let moves = operation.target_company_id.is_some();
    if moves && operation.keep_labels {
        transfer::create_labels(conn, operation, step)?;
    }
    let sql = format!(
        "WITH {act} operations o WHERE o.id = $1), judged AS MATERIALIZED ( \
             SELECT tasks.position, sims.id, sims.company_id, sims.state, sims.offer_id, \
                    ({verdict})::failure_code AS code \
             FROM tasks JOIN sims ON sims.id = tasks.sim_id CROSS JOIN act \
             WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending'), \
         {moves} begun AS ( \
             UPDATE tasks SET state = CASE WHEN judged.code IS NULL THEN 'in_progress' ELSE 'failure' END::task_state, \
                    code = judged.code, finished_at = CASE WHEN judged.code IS NOT NULL THEN now() END, \
                    before_company_id = judged.company_id, before_state = judged.state, \
                    before_offer_id = judged.offer_id, \
                    moved_to_company_id = CASE WHEN judged.code IS NULL THEN act.target_company_id END \
             FROM judged CROSS JOIN act WHERE tasks.operation_id = $1 AND tasks.position = judged.position \
             AND tasks.position BETWEEN $2 AND $3 \
             RETURNING tasks.state) \
         SELECT count(*) FILTER (WHERE state = 'in_progress') AS started, \
                count(*) FILTER (WHERE state = 'failure') AS failed FROM begun",
        act = super::ACT,
        verdict = kind.verdict,
        moves = if moves { super::MOVE } else { "" },
    );
    let begun: Started = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .get_result(conn)?;
    let (started, failed) = (counted(begun.started), counted(begun.failed));
    let change = Counters {
        pending: -(started + failed),
        in_progress: started,
        failure: failed,
        ..Counters::default()
    };
    counters::add(conn, operation.id, operation.company_id, &change)?;
    if let (Some(target), 1..) = (operation.target_company_id, started) {
        counters::show_to(conn, operation.id, target)?;
        counters::add(conn, operation.id, target, &Counters { in_progress: started, ..Counters::default() })?;
    }
    Ok(())
}

/// What the network is to be asked for the started tasks of a step: those of now, and those
/// that an earlier worker left behind.
fn requests(
    conn: &mut PgConnection,
    operation: &Running,
    service: &Service,
    step: &Step,
) -> Result<(Vec<i32>, Vec<Request>)> {
    type Row = (i32, String, String, Option<String>, Option<OfferId>);
    let rows: Vec<Row> = tasks::table
        .inner_join(sims::table)
        .filter(tasks::operation_id.eq(operation.id))
        .filter(tasks::position.between(step.first_position, step.last_position))
        .filter(tasks::state.eq(crate::operations::TaskState::InProgress))
        .order(tasks::position)
        .select((tasks::position, sims::iccid, sims::imsi, sims::msisdn, sims::offer_id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(position, iccid, imsi, msisdn, offer)| {
            let request = Request {
                key: format!("{}-{position}-{}", operation.id, service.action.as_str()),
                action: service.action,
                attempt: step.attempts,
                iccid,
                imsi,
                msisdn,
                offer: operation.offer_id.or(offer),
            };
            (position, request)
        })
        .unzip())
}

/// The second transaction: ends the tasks that the network has answered for, unless somebody
/// else has taken the step over meanwhile.
fn end(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: &Running,
    service: &Service,
    asked: &Asked,
    outcomes: Vec<Outcome>,
) -> Result<()> {
    let ours: Option<Step> = steps::table
        .find((operation.id, asked.step.first_position))
        .filter(steps::lease.eq(asked.lease))
        .for_no_key_update()
        .select(Step::as_select())
        .first(conn)
        .optional()?;
    let Some(step) = ours else {
        tracing::warn!(operation = %operation.id, step = asked.step.first_position, "another worker took the step over");
        return Ok(());
    };
    let attempts = step.attempts.saturating_add(1);
    let answers = Answers::of(&asked.positions, outcomes, attempts >= settings.attempts);
    answers.apply(conn, operation, service)?;
    if answers.unanswered == 0 {
        return step::close(conn, operation.id, &step);
    }
    put_off(conn, settings, operation, &step, attempts)
}

/// Leaves the unanswered tasks of a step for later, each time longer.
fn put_off(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: &Running,
    step: &Step,
    attempts: i16,
) -> Result<()> {
    let wait = settings.back_off.saturating_mul(1 << (attempts - 1).clamp(0, 10));
    let until = format!("clock_timestamp() + interval '{} milliseconds'", wait.as_millis());
    diesel::update(steps::table.find((operation.id, step.first_position)))
        .set((
            steps::attempts.eq(attempts),
            steps::not_before.eq(diesel::dsl::sql::<diesel::sql_types::Timestamptz>(&until)),
            steps::lease.eq(None::<Uuid>),
            steps::leased_until.eq(None::<chrono::DateTime<chrono::Utc>>),
        ))
        .execute(conn)?;
    Ok(())
}

/// The answers of the network, as columns: one statement ends all tasks.
#[derive(Default)]
struct Answers {
    positions: Vec<i32>,
    codes: Vec<Option<&'static str>>,
    messages: Vec<Option<String>>,
    /// How many tasks are to be asked for again.
    unanswered: usize,
}

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = BigInt)]
    success: i64,
    #[diesel(sql_type = BigInt)]
    failure: i64,
}

impl Answers {
    fn of(positions: &[i32], outcomes: Vec<Outcome>, last_attempt: bool) -> Self {
        let mut answers = Self::default();
        for (position, outcome) in positions.iter().zip(outcomes) {
            let (code, message) = match outcome {
                Outcome::Done => (None, None),
                Outcome::Rejected { message } => (Some(FailureCode::NetworkRejected.as_str()), Some(message)),
                Outcome::Unreachable if last_attempt => {
                    (Some(FailureCode::NetworkUnreachable.as_str()), None)
                }
                Outcome::Unreachable => {
                    answers.unanswered += 1;
                    continue;
                }
            };
            answers.positions.push(*position);
            answers.codes.push(code);
            answers.messages.push(message);
        }
        answers
    }

    /// Ends the answered tasks, and changes the SIMs of those that succeeded.
    fn apply(&self, conn: &mut PgConnection, operation: &Running, service: &Service) -> Result<()> {
        // The offer was there when the tasks were started, and is not withdrawn while an
        // unfinished operation needs it. Should it be gone all the same, the task says so.
        let sql = format!(
            "WITH {act} operations o WHERE o.id = $1), \
             answered AS ( \
                 SELECT a.position, a.message, CASE WHEN a.code IS NOT NULL THEN a.code::failure_code \
                     WHEN act.offer_id IS NOT NULL AND NOT act.offer_assigned THEN 'offer_not_assigned' END AS code \
                 FROM unnest($2, $3, $4) AS a (position, code, message) CROSS JOIN act), \
             ended AS ( \
                 UPDATE tasks SET state = CASE WHEN answered.code IS NULL THEN 'success' ELSE 'failure' END::task_state, \
                        code = answered.code, network_message = answered.message, finished_at = now() \
                 FROM answered WHERE tasks.operation_id = $1 AND tasks.position = answered.position \
                 AND tasks.state = 'in_progress' \
                 RETURNING tasks.sim_id, tasks.state), \
             changed AS ( \
                 UPDATE sims SET {change}, changed_at = now() FROM ended CROSS JOIN act \
                 WHERE sims.id = ended.sim_id AND ended.state = 'success') \
             SELECT count(*) FILTER (WHERE state = 'success') AS success, \
                    count(*) FILTER (WHERE state = 'failure') AS failure FROM ended",
            act = super::ACT,
            change = service.change,
        );
        let ended: Ended = diesel::sql_query(sql)
            .bind::<BigInt, _>(operation.id)
            .bind::<Array<Integer>, _>(&self.positions)
            .bind::<Array<Nullable<Text>>, _>(&self.codes)
            .bind::<Array<Nullable<Text>>, _>(&self.messages)
            .get_result(conn)?;
        let (success, failure) = (counted(ended.success), counted(ended.failure));
        let change = Counters { in_progress: -(success + failure), success, failure, ..Counters::default() };
        counters::add(conn, operation.id, operation.company_id, &change)?;
        if let Some(target) = operation.target_company_id {
            counters::add(conn, operation.id, target, &change)?;
        }
        Ok(())
    }
}

/// A count of tasks of one step: at most some thousand.
fn counted(tasks: i64) -> i32 {
    i32::try_from(tasks).unwrap_or(i32::MAX)
}
