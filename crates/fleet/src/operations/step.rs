//! Steps: a run of tasks that a worker takes at once, does, and closes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};

use super::changes::Edit;
use super::counters::{self, Counters};
use super::worker::{Lane, Settings};
use super::{OperationKind, OperationState, failure_counters, import, kinds, launch, pause};
use crate::error::Result;
use crate::ids::{CompanyId, OperationId};
use crate::network::Network;
use crate::schema::{operations, steps};
use crate::tenancy;

/// An unfinished operation, as far as its steps need to know it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = operations, check_for_backend(diesel::pg::Pg))]
pub(super) struct Running {
    pub(super) id: OperationId,
    pub(super) kind: OperationKind,
    pub(super) state: OperationState,
    pub(super) company_id: CompanyId,
    pub(super) target_company_id: Option<CompanyId>,
    pub(super) keep_labels: bool,
    pub(super) recall_of_id: Option<OperationId>,
    pub(super) changes: Option<Edit>,
}

impl Running {
    pub(super) fn read(conn: &mut PgConnection, id: OperationId) -> Result<Self> {
        Ok(operations::table.find(id).select(Self::as_select()).first(conn)?)
    }
}

/// A step that this worker has claimed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = steps, check_for_backend(diesel::pg::Pg))]
pub(super) struct Step {
    pub(super) first_position: i32,
    pub(super) last_position: i32,
    pub(super) attempts: i16,
}

/// Does one step of `operation`, and says whether there was one to do.
pub(super) fn run_next(
    conn: &mut PgConnection,
    network: &std::sync::Arc<dyn Network>,
    settings: &Settings,
    lane: Lane,
    operation: &Running,
) -> Result<bool> {
    if operation.kind == OperationKind::Import {
        return import::run_next(conn, settings, lane, operation);
    }
    let undone = kinds::recall::undone(conn, operation.recall_of_id)?;
    let Some(kind) = kinds::of(operation.kind, undone.map(|undone| undone.kind)) else { return Ok(false) };
    match (kind.service, lane) {
        // What has not begun is cancelled without a word to the network.
        (Some(service), lane) if lane == Lane::Network || operation.state == OperationState::Cancelling => {
            kinds::with_network::run_next(conn, network, settings, lane, operation, &kind, service)
        }
        (Some(_), _) | (None, Lane::Network) => Ok(false),
        (None, Lane::Database) => conn.transaction(|conn| {
            let Some(step) = claim(conn, lane, operation.id)? else {
                return counters::finish_if_done(conn, settings, operation.id);
            };
            commit_without_waiting(conn)?;
            let positions = (step.first_position, step.last_position);
            let source = undone.and_then(|undone| undone.source);
            let failed = kinds::recall::counting_at_source(conn, operation.id, source, positions, |conn| {
                match operation.kind {
                    _ if operation.state == OperationState::Cancelling => {
                        cancel_pending(conn, operation, &step)?;
                        Ok(Vec::new())
                    }
                    OperationKind::Edit => kinds::edit::run(conn, operation, &step, &kind),
                    OperationKind::Recall => kinds::recall::run(conn, operation, &step, &kind),
                    _ => kinds::transfer::run(conn, operation, &step, &kind),
                }
            })?;
            failure_counters::count(conn, operation.id, &failed)?;
            close(conn, settings, operation.id, &step)?;
            Ok(true)
        }),
    }
}

/// Locks the next step of the operation that nobody works on and that `lane` may take, until the transaction ends.
///
/// Large operations do not go through the fleet from one end to the other: see the column `place`.
pub(super) fn claim(conn: &mut PgConnection, lane: Lane, operation: OperationId) -> Result<Option<Step>> {
    claim_where(conn, lane, operation, "true")
}

/// The same, among the steps that somebody has begun and not ended.
pub(super) fn claim_begun(
    conn: &mut PgConnection,
    lane: Lane,
    operation: OperationId,
) -> Result<Option<Step>> {
    claim_where(conn, lane, operation, "(steps.leased_until IS NOT NULL OR steps.attempts > 0)")
}

fn claim_where(
    conn: &mut PgConnection,
    lane: Lane,
    operation: OperationId,
    condition: &str,
) -> Result<Option<Step>> {
    let may_take = format!(
        "{condition} AND EXISTS (SELECT FROM operations o WHERE o.id = steps.operation_id AND {})",
        lane.may_take()
    );
    Ok(steps::table
        .filter(steps::operation_id.eq(operation))
        .filter(diesel::dsl::not(steps::done))
        .filter(steps::not_before.le(clock()))
        .filter(steps::leased_until.is_null().or(steps::leased_until.lt(clock().nullable())))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(&may_take))
        .order((steps::place.desc(), steps::first_position))
        .limit(1)
        .for_update()
        .skip_locked()
        .select(Step::as_select())
        .first(conn)
        .optional()?)
}

/// Marks the step as done, and ends the operation with it if it was the last. Where too much has failed, the
/// operation pauses.
pub(super) fn close(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: OperationId,
    step: &Step,
) -> Result<()> {
    diesel::update(steps::table.find((operation, step.first_position)))
        .set((
            steps::done.eq(true),
            steps::lease.eq(None::<uuid::Uuid>),
            steps::leased_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)?;
    counters::finish_if_done(conn, settings, operation)?;
    pause::pause_if_failing(conn, operation)
}

/// Cancels what has not started of a step.
pub(super) fn cancel_pending(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
    const SQL: &str = "UPDATE tasks SET state = 'cancelled', finished_at = now() \
         WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND state = 'pending'";
    let cancelled = diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .execute(conn)?;
    let cancelled = i32::try_from(cancelled).unwrap_or(0);
    let change = Counters { pending: -cancelled, cancelled, ..Counters::default() };
    counters::add(conn, operation.id, operation.company_id, &change)?;
    Ok(())
}

/// What waited for a network to be asked again may be begun: a network is asked again, or the operation is being
/// cancelled.
const UNHOLD: &str = "UPDATE steps SET not_before = '-infinity' WHERE (operation_id, first_position) IN ( \
     SELECT operation_id, first_position FROM steps WHERE NOT done AND attempts = 0 AND leased_until IS NULL \
     AND not_before > clock_timestamp() AND ($1 IS NULL OR operation_id = $1) FOR NO KEY UPDATE SKIP LOCKED)";

/// Lets begin what waited for a network that was left alone.
pub(crate) fn network_is_back(conn: &mut PgConnection) -> Result<()> {
    diesel::sql_query(UNHOLD).bind::<Nullable<BigInt>, _>(None::<OperationId>).execute(conn)?;
    launch::wake_workers(conn)
}

/// Lets be cancelled what waited for a network that is left alone.
pub(super) fn unhold(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    let unhold = diesel::sql_query(UNHOLD).bind::<Nullable<BigInt>, _>(Some(operation));
    tenancy::beyond(conn, |conn| unhold.execute(conn))?;
    Ok(())
}

/// Lets this transaction commit without waiting for the disk, which is a tenth of a step's time.
///
/// If the server loses power before the disk has it, the whole transaction is as if it had never been, and is done
/// again. Not for a transaction after which somebody outside is asked or told something.
pub(super) fn commit_without_waiting(conn: &mut PgConnection) -> Result<()> {
    diesel::sql_query("SET LOCAL synchronous_commit = off").execute(conn)?;
    Ok(())
}

/// The clock of the database: it alone orders things.
pub(crate) fn clock() -> diesel::expression::SqlLiteral<diesel::sql_types::Timestamptz> {
    diesel::dsl::sql("clock_timestamp()")
}
