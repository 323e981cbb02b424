//! Running a step with the network.
//!
//! A step takes two transactions, with the call to the network between them. The first one
//! takes a lease on the step and starts its tasks; the second one ends them, if the lease is
//! still ours. After a worker has died the lease runs out, and who takes the step over asks
//! the network again with the same idempotency keys.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use uuid::Uuid;

use super::Kind;
use super::answers::{Answer, Answers};
use super::judge;
use super::reconcile;
use super::service::{Asks, Service};
use super::transfer;
use crate::error::Result;
use crate::ids::OfferId;
use crate::life_signs;
use crate::network::{Network, Request, SIMULATED, Services, carry_out_in_time};
use crate::operations::counters::{self, Counters};
use crate::operations::step::{self, Running, Step};
use crate::operations::worker::{Lane, Settings};
use crate::operations::{OperationState, failure_counters, pause};
use crate::schema::{sql_types, steps};
use crate::sims::SimState;

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
    lane: Lane,
    operation: &Running,
    kind: &Kind,
    service: &Service,
) -> Result<bool> {
    let asked = match conn.transaction(|conn| begin(conn, settings, lane, operation, kind, service))? {
        Begun::NothingToDo => return Ok(false),
        Begun::Done => return Ok(true),
        Begun::Ask(asked) => asked,
    };
    let deadline = Instant::now() + settings.network_deadline;
    let answers = match service.asks {
        Asks::For(_) => {
            let outcomes = carry_out_in_time(network, asked.requests.clone(), deadline);
            outcomes.into_iter().map(Answer::from).collect()
        }
        Asks::Whether { mends } => {
            let compared = reconcile::compare(network, &asked.requests, mends, deadline);
            life_signs::note(conn, &compared.seen)?;
            compared.answers
        }
    };
    conn.transaction(|conn| end(conn, settings, operation, service, &asked, answers))?;
    Ok(true)
}

/// The first transaction: claims a step, starts its tasks, and takes the lease.
fn begin(
    conn: &mut PgConnection,
    settings: &Settings,
    lane: Lane,
    operation: &Running,
    kind: &Kind,
    service: &Service,
) -> Result<Begun> {
    let is_cancelling = operation.state == OperationState::Cancelling;
    let claimed = if !is_cancelling && first_goes_alone(conn, operation)? {
        step::claim_begun(conn, lane, operation.id)?
    } else {
        step::claim(conn, lane, operation.id)?
    };
    let Some(step) = claimed else {
        let ended = counters::finish_if_done(conn, settings, operation.id)?;
        return Ok(if ended { Begun::Done } else { Begun::NothingToDo });
    };
    if is_cancelling {
        step::cancel_pending(conn, operation, &step)?;
    } else {
        start(conn, operation, &step, kind)?;
    }
    let (positions, requests) = requests(conn, operation, service, &step)?;
    if requests.is_empty() {
        step::close(conn, settings, operation.id, &step)?;
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

/// Whether only what has begun may be gone on with: where failures are to pause the operation, nothing follows its
/// first step, which is a small one, until something has come of that.
fn first_goes_alone(conn: &mut PgConnection, operation: &Running) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        answer: bool,
    }
    const TRIED: &str = "SELECT (o.pause_at_percent IS NULL AND o.pause_at_failures IS NULL) \
             OR c.success + c.failure > o.ended_before AS answer \
         FROM operations o JOIN operation_companies c ON c.operation_id = o.id AND c.company_id = o.company_id \
         WHERE o.id = $1";
    const BEGUN: &str = "SELECT EXISTS (SELECT FROM steps WHERE operation_id = $1 AND NOT done \
         AND (leased_until IS NOT NULL OR attempts > 0)) AS answer";
    let mut ask = |sql: &str| -> Result<bool> {
        let answer: Answer = diesel::sql_query(sql).bind::<BigInt, _>(operation.id).get_result(conn)?;
        Ok(answer.answer)
    };
    if ask(TRIED)? {
        return Ok(false);
    }
    // Of several workers that come at once, the second one sees what the first one has begun.
    Ok(!ask(&format!("{TRIED} FOR NO KEY UPDATE OF c"))? && ask(BEGUN)?)
}

/// Starts the pending tasks of a step whose SIM can still be changed; the others fail. In a
/// hand-over, the SIMs are moved now.
fn start(conn: &mut PgConnection, operation: &Running, step: &Step, kind: &Kind) -> Result<()> {
    const START: &str = "UPDATE tasks SET state = 'in_progress', moved_to_company_id = $4 \
         WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND state = 'pending'";
    let failed = judge::fail_unable(conn, operation, step, kind)?;
    if operation.target_company_id.is_some() {
        transfer::move_pending(conn, operation, step)?;
    }
    let started = diesel::sql_query(START)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Nullable<BigInt>, _>(operation.target_company_id)
        .execute(conn)?;
    let (in_progress, failure) = (super::counted(started), super::counted(failed.len()));
    let change = Counters { pending: -(in_progress + failure), in_progress, failure, ..Counters::default() };
    counters::add(conn, operation.id, operation.company_id, &change)?;
    transfer::arrived(conn, operation, &Counters { in_progress, ..Counters::default() })?;
    failure_counters::count(conn, operation.id, &failed)
}

/// A SIM that the network is to be asked for.
#[derive(QueryableByName)]
struct Wanted {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    iccid: String,
    #[diesel(sql_type = Text)]
    imsi: String,
    #[diesel(sql_type = Nullable<Text>)]
    msisdn: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    offer: Option<OfferId>,
    #[diesel(sql_type = Text)]
    network: String,
    #[diesel(sql_type = sql_types::SimState)]
    state: SimState,
    #[diesel(sql_type = Bool)]
    packet: bool,
    #[diesel(sql_type = Bool)]
    circuit: bool,
}

/// What the network is to be asked for the started tasks of a step: those of now, and those
/// that an earlier worker left behind.
///
/// What the network was silent about may have been done. Whoever asks for the same thing next, by whatever
/// operation, asks with the same key, so that it is not done twice; until the network has answered for the SIM
/// again, or has been silent about something else.
fn requests(
    conn: &mut PgConnection,
    operation: &Running,
    service: &Service,
    step: &Step,
) -> Result<(Vec<i32>, Vec<Request>)> {
    let sql = format!(
        "SELECT tasks.position, coalesce(earlier.network_key, tasks.operation_id || '-' || tasks.position || $4) AS key, \
             sims.iccid, sims.imsi, sims.msisdn, offers.id AS offer, \
             coalesce(offers.network, $5) AS network, sims.state, \
             coalesce(offers.packet_service, false) AS packet, coalesce(offers.circuit_service, false) AS circuit \
         FROM tasks JOIN sims ON sims.id = tasks.sim_id JOIN operations act ON act.id = $1 \
         LEFT JOIN offers ON offers.id = {offer} \
         LEFT JOIN LATERAL (SELECT silent.network_key FROM tasks silent \
             JOIN operations asked ON asked.id = silent.operation_id \
             WHERE silent.sim_id = tasks.sim_id AND silent.network_key IS NOT NULL \
             AND right(silent.network_key, length($4)) = $4 \
             AND asked.offer_id IS NOT DISTINCT FROM act.offer_id \
             AND asked.recall_of_id IS NOT DISTINCT FROM act.recall_of_id \
             AND NOT EXISTS (SELECT FROM tasks later JOIN operations o ON o.id = later.operation_id \
                 WHERE later.sim_id = silent.sim_id AND later.operation_id <> silent.operation_id \
                 AND later.finished_at > silent.finished_at AND {asks_network} AND o.kind <> 'reconcile' \
                 AND (later.network_key IS NOT NULL OR later.state = 'success' OR later.code = 'network_rejected')) \
             ORDER BY silent.finished_at DESC LIMIT 1) earlier ON true \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'in_progress' \
         ORDER BY tasks.position",
        offer = service.offer.unwrap_or("sims.offer_id"),
        asks_network = *super::ASKS_NETWORK,
    );
    let without_offer = match service.asks {
        Asks::For(_) => SIMULATED,
        Asks::Whether { .. } => reconcile::ANY,
    };
    let rows: Vec<Wanted> = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Text, _>(format!("-{}", service.asks.as_str()))
        .bind::<Text, _>(without_offer)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|wanted| {
            let of_offer = Services { packet: wanted.packet, circuit: wanted.circuit };
            let (action, services) = match service.asks {
                Asks::For(action) => (action, of_offer),
                Asks::Whether { .. } => reconcile::due(wanted.state, of_offer),
            };
            let request = Request {
                key: wanted.key,
                action,
                attempt: step.attempts,
                iccid: wanted.iccid,
                imsi: wanted.imsi,
                msisdn: wanted.msisdn,
                offer: wanted.offer,
                network: wanted.network,
                services,
            };
            (wanted.position, request)
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
    answers: Vec<Answer>,
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
    // Once it has answered, the network gives the same answer to the same keys again.
    step::commit_without_waiting(conn)?;
    let attempts = step.attempts.saturating_add(1);
    let answers = Answers::of(&asked.positions, &asked.requests, answers, attempts >= settings.attempts);
    answers.apply(conn, operation, &step, service)?;
    if answers.all_final() {
        return step::close(conn, settings, operation.id, &step);
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
    pause::pause_if_failing(conn, operation.id)
}
