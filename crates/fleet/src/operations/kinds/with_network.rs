//! Running a step with the network.
//!
//! A step takes two transactions, with the call to the network between them. The first one
//! takes a lease on the step and starts its tasks; the second one ends them, if the lease is
//! still ours. After a worker has died the lease runs out, and who takes the step over asks
//! the network again with the same idempotency keys. A step whose answers come later is left until then.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use uuid::Uuid;

use super::Kind;
use super::answers::{Answer, Answers};
use super::judge;
use super::later::{self, Asked};
use super::reconcile;
use super::service::{Asks, Service};
use super::transfer;
use crate::error::Result;
use crate::ids::OfferId;
use crate::life_signs;
use crate::network::{Network, Outcome, Request, SIMULATED, Services, carry_out_in_time};
use crate::offers;
use crate::operations::counters::{self, Counters};
use crate::operations::step::{self, Running, Step};
use crate::operations::worker::{Lane, Settings};
use crate::operations::{OperationState, failure_counters, pause};
use crate::schema::{sql_types, steps};
use crate::sims::SimState;

/// A step with the tasks that the network is to be asked for.
struct Leased {
    step: Step,
    lease: Uuid,
    positions: Vec<i32>,
    asked: Asked,
}

/// What the first transaction came to.
enum Begun {
    NothingToDo,
    Done,
    Ask(Leased),
}

/// What came of asking the network.
enum Came {
    /// What it has answered to what it was asked for.
    Outcomes(Vec<Outcome>),
    /// What it holds, compared with what it is to hold.
    Comparison(Vec<Answer>),
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
    let begin = |conn: &mut PgConnection| begin(conn, &**network, settings, lane, operation, kind, service);
    let leased = match conn.transaction(begin)? {
        Begun::NothingToDo => return Ok(false),
        Begun::Done => return Ok(true),
        Begun::Ask(leased) => leased,
    };
    let deadline = Instant::now() + settings.network_deadline;
    let came = match service.asks {
        Asks::For(_) => {
            let open = leased.asked.open();
            let is_known = open.is_empty();
            Came::Outcomes(if is_known { Vec::new() } else { carry_out_in_time(network, open, deadline) })
        }
        Asks::Whether { mends } => {
            let own = offers::networks(conn, operation.company_id)?;
            let compared = reconcile::compare(network, &own, leased.asked.requests(), mends, deadline);
            life_signs::note(conn, &compared.seen)?;
            Came::Comparison(compared.answers)
        }
    };
    conn.transaction(|conn| end(conn, settings, operation, service, &leased, came))?;
    Ok(true)
}

/// The first transaction: claims a step, starts its tasks, and takes the lease.
fn begin(
    conn: &mut PgConnection,
    network: &dyn Network,
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
    } else if hold_back(conn, operation, service, &step)? {
        return Ok(Begun::Done);
    } else {
        start(conn, operation, &step, kind)?;
    }
    let (positions, requests) = requests(conn, operation, service, &step)?;
    if requests.is_empty() {
        step::close(conn, settings, operation.id, &step)?;
        return Ok(Begun::Done);
    }
    let asked = match service.asks {
        Asks::For(_) => Asked::begin(conn, network, operation, &step, settings.attempts, requests)?,
        Asks::Whether { .. } => Asked::at_once(requests),
    };
    let lease = Uuid::now_v7();
    let until = format!("clock_timestamp() + interval '{} milliseconds'", settings.lease.as_millis());
    diesel::update(steps::table.find((operation.id, step.first_position)))
        .set((
            steps::lease.eq(lease),
            steps::leased_until.eq(diesel::dsl::sql::<diesel::sql_types::Timestamptz>(&until).nullable()),
        ))
        .execute(conn)?;
    Ok(Begun::Ask(Leased { step, lease, positions, asked }))
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

/// Leaves a step for later where it would begin to ask a network that is left alone now: what has not begun can be
/// cancelled. Says whether it has.
fn hold_back(conn: &mut PgConnection, operation: &Running, service: &Service, step: &Step) -> Result<bool> {
    let sql = format!(
        "UPDATE steps SET not_before = held.held_until FROM network_states held \
         WHERE steps.operation_id = $1 AND steps.first_position = $2 AND held.held_until > clock_timestamp() \
         AND EXISTS (SELECT FROM tasks JOIN sims ON sims.id = tasks.sim_id JOIN operations act ON act.id = $1 \
             LEFT JOIN offers ON offers.id = {offer} \
             WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
             AND coalesce(offers.network, '{SIMULATED}') = held.network)",
        offer = service.offer.unwrap_or("sims.offer_id"),
    );
    let held = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .execute(conn)?;
    Ok(held > 0)
}

/// Starts the pending tasks of a step whose SIM can still be changed; the others fail. In a
/// hand-over, the SIMs are moved now.
fn start(conn: &mut PgConnection, operation: &Running, step: &Step, kind: &Kind) -> Result<()> {
    const START: &str = "UPDATE tasks SET state = 'in_progress', moved_to_company_id = $4 \
         WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND state = 'pending'";
    let mut failed = judge::fail_unable(conn, operation, step, kind)?;
    if operation.target_company_id.is_some() {
        failed.extend(transfer::move_pending(conn, operation, step)?);
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
    leased: &Leased,
    came: Came,
) -> Result<()> {
    let ours: Option<Step> = steps::table
        .find((operation.id, leased.step.first_position))
        .filter(steps::lease.eq(leased.lease))
        .for_no_key_update()
        .select(Step::as_select())
        .first(conn)
        .optional()?;
    let Some(step) = ours else {
        tracing::warn!(operation = %operation.id, step = leased.step.first_position, "another worker took the step over");
        return Ok(());
    };
    // Once it has answered, the network gives the same answer to the same keys again.
    step::commit_without_waiting(conn)?;
    let asked = &leased.asked;
    let (outcomes, answers) = match came {
        Came::Outcomes(outcomes) => {
            let outcomes = asked.end(conn, outcomes)?;
            let answers = outcomes.iter().cloned().map(Answer::from).collect();
            (outcomes, answers)
        }
        Came::Comparison(answers) => (answers.iter().map(Answer::outcome).collect(), answers),
    };
    let attempts = asked.attempts(step.attempts, &outcomes);
    let answers = Answers::of(&leased.positions, asked.requests(), answers, attempts >= settings.attempts);
    answers.apply(conn, operation, &step, service)?;
    if answers.all_final() {
        return step::close(conn, settings, operation.id, &step);
    }
    let back_off = settings.back_off.saturating_mul(1 << (attempts - 1).clamp(0, 10));
    later::put_off(conn, operation.id, &step, attempts, asked.waits(&outcomes, back_off))?;
    pause::pause_if_failing(conn, operation.id)
}
