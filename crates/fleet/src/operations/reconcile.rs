//! Reconciliations that no person launches: from the command line, and on a schedule.
//!
//! They are of all SIMs of a company that have been put in service in a network which can tell what it holds.
//! A company that is suspended is left alone.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};

use super::worker::Stop;
use super::{FailureCode, OperationKind, OperationState, counters, frozen, launch, noted};
use crate::console::Console;
use crate::db::{Pool, with};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, OfferId, OperationId};
use crate::schema::{operation_failures, operations};
use crate::sims::Selection;

/// The key of the lock that keeps two workers from launching for the same company.
const LOCK: &str = "reconciliations";

/// How often to look whether something is due.
const ROUND: Duration = Duration::from_secs(30);

/// When SIMs are compared with their networks without a person's word.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How long after one comparison the next one begins.
    pub every: Duration,
    /// Whether what is found is put right.
    pub mends: bool,
}

/// A company with SIMs on offers of networks that can tell.
#[derive(QueryableByName)]
struct InService {
    #[diesel(sql_type = BigInt)]
    company: CompanyId,
    #[diesel(sql_type = Array<BigInt>)]
    offers: Vec<OfferId>,
}

/// The companies that have SIMs on offers of these networks, by name `$1`; read from counters.
const IN_SERVICE: &str = "SELECT n.company_id AS company, array_agg(DISTINCT n.offer_id) AS offers \
    FROM sim_group_counts n JOIN offers f ON f.id = n.offer_id AND f.network = ANY($1) \
    JOIN companies c ON c.id = n.company_id AND c.suspended_at IS NULL WHERE n.sims > 0";

/// Launches what is due by `plan`: a comparison in each company where none has begun for long enough and nothing of
/// the kind is under way, and the mending of what the last one has found; says which operations these are.
///
/// `networks` are those that can tell.
pub fn launch_due(conn: &mut PgConnection, networks: &[String], plan: &Plan) -> Result<Vec<OperationId>> {
    let due = format!(
        "{IN_SERVICE} AND NOT EXISTS (SELECT FROM operations o WHERE o.company_id = n.company_id \
             AND o.kind IN ('reconcile', 'mend') AND (o.state <> 'finished' OR (o.launched_by IS NULL \
                 AND o.kind = 'reconcile' AND o.launched_at > now() - $2 * interval '1 second'))) \
         GROUP BY n.company_id ORDER BY n.company_id"
    );
    conn.transaction(|conn| {
        let Turn { ours } =
            diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS ours")
                .bind::<Text, _>(LOCK)
                .get_result(conn)?;
        if !ours {
            return Ok(Vec::new());
        }
        let mut launched = if plan.mends { mend_found(conn, plan)? } else { Vec::new() };
        let due: Vec<InService> = diesel::sql_query(due)
            .bind::<Array<Text>, _>(networks)
            .bind::<BigInt, _>(i64::try_from(plan.every.as_secs()).unwrap_or(i64::MAX))
            .load(conn)?;
        for InService { company, offers } in due {
            let selection = Selection::OnceInService { offers };
            launched.extend(alone(conn, company, OperationKind::Reconcile, &selection)?);
        }
        Ok(launched)
    })
}

/// Whether it is this worker that looks what is due.
#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = Bool)]
    ours: bool,
}

/// As [`insert`]; what is wrong with one company keeps none of the others waiting.
fn alone(
    conn: &mut PgConnection,
    company: CompanyId,
    kind: OperationKind,
    selection: &Selection,
) -> Result<Option<OperationId>> {
    match conn.transaction(|conn| insert(conn, company, kind, selection)) {
        Err(cause) => {
            tracing::error!(%cause, %company, "a reconciliation can't be launched");
            Ok(None)
        }
        launched => launched,
    }
}

/// Launches what is due by `plan`, until it is told to stop. To be run on a thread of its own; any number of workers may
/// keep to the same plan.
pub fn keep_to(pool: &Pool, networks: &[String], plan: &Plan, stop: &Stop) {
    while !stop.is_stopped() {
        match with(pool, |conn| launch_due(conn, networks, plan)) {
            Ok(launched) if launched.is_empty() => {}
            Ok(launched) => tracing::info!(?launched, "reconciliations have begun"),
            Err(cause) => tracing::error!(%cause, "no reconciliation can be launched now"),
        }
        stop.wait(ROUND);
    }
}

/// Launches the mending of what the latest unattended comparison of each company has found, once.
fn mend_found(conn: &mut PgConnection, plan: &Plan) -> Result<Vec<OperationId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        company: CompanyId,
        #[diesel(sql_type = BigInt)]
        operation: OperationId,
    }
    const SQL: &str = "SELECT o.company_id AS company, o.id AS operation FROM operations o \
         JOIN companies c ON c.id = o.company_id AND c.suspended_at IS NULL \
         WHERE o.kind = 'reconcile' AND o.state = 'finished' AND o.launched_by IS NULL \
         AND o.launched_at > now() - $1 * interval '1 second' \
         AND EXISTS (SELECT FROM operation_failures f WHERE f.company_id = o.company_id AND f.operation_id = o.id \
             AND f.code::text = ANY($2)) \
         AND NOT EXISTS (SELECT FROM operations later WHERE later.company_id = o.company_id \
             AND later.kind IN ('reconcile', 'mend') AND later.id > o.id) ORDER BY o.id";
    let differences: Vec<&str> = FailureCode::DIFFERENCES.iter().map(|code| code.as_str()).collect();
    let found: Vec<Found> = diesel::sql_query(SQL)
        .bind::<BigInt, _>(i64::try_from(plan.every.as_secs()).unwrap_or(i64::MAX))
        .bind::<Array<Text>, _>(differences)
        .load(conn)?;
    let mut launched = Vec::new();
    for Found { company, operation } in found {
        let selection = Selection::FailedOf { operation, code: None };
        launched.extend(alone(conn, company, OperationKind::Mend, &selection)?);
    }
    Ok(launched)
}

/// The companies with SIMs on offers of these networks, for the command line.
pub fn reconcilable(console: &mut Console, networks: &[String]) -> Result<Vec<(CompanyId, String)>> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = BigInt)]
        id: CompanyId,
        #[diesel(sql_type = Text)]
        name: String,
    }
    let sql = format!(
        "SELECT c.id, c.name FROM ({IN_SERVICE} GROUP BY n.company_id) AS found \
         JOIN companies c ON c.id = found.company ORDER BY c.lineage"
    );
    let found: Vec<Named> = diesel::sql_query(sql).bind::<Array<Text>, _>(networks).load(&mut **console)?;
    Ok(found.into_iter().map(|company| (company.id, company.name)).collect())
}

/// Launches, from the command line, the comparison of all SIMs of a company that have been put in service, or the mending
/// of what the comparison `found` has found. None where there is no such SIM.
pub fn reconcile(
    console: &mut Console,
    company: CompanyId,
    networks: &[String],
    found: Option<OperationId>,
) -> Result<Option<OperationId>> {
    let conn: &mut PgConnection = console;
    if let Some(operation) = found {
        let selection = Selection::FailedOf { operation, code: None };
        return conn.transaction(|conn| insert(conn, company, OperationKind::Mend, &selection));
    }
    let of_company: Option<InService> =
        diesel::sql_query(format!("{IN_SERVICE} AND n.company_id = $2 GROUP BY n.company_id"))
            .bind::<Array<Text>, _>(networks)
            .bind::<BigInt, _>(company)
            .get_result(conn)
            .optional()?;
    let Some(InService { offers, .. }) = of_company else { return Ok(None) };
    let selection = Selection::OnceInService { offers };
    conn.transaction(|conn| insert(conn, company, OperationKind::Reconcile, &selection))
}

/// What an operation of [`reconcile`] has found, the largest group first.
pub fn found_by(console: &mut Console, operation: OperationId) -> Result<Vec<(FailureCode, i32)>> {
    Ok(operation_failures::table
        .filter(operation_failures::operation_id.eq(operation))
        .order((operation_failures::tasks.desc(), operation_failures::code))
        .select((operation_failures::code, operation_failures::tasks))
        .load(&mut **console)?)
}

/// Launches an operation in the name of the portal; none on no SIM. It pauses never: what it finds are differences.
fn insert(
    conn: &mut PgConnection,
    company: CompanyId,
    kind: OperationKind,
    selection: &Selection,
) -> Result<Option<OperationId>> {
    let written =
        serde_json::to_value(selection).map_err(|cause| Error::Internal(format!("selection: {cause}")))?;
    let id: OperationId = diesel::insert_into(operations::table)
        .values((
            operations::company_id.eq(company),
            operations::kind.eq(kind),
            operations::state.eq(OperationState::Initializing),
            operations::selection.eq(written),
            operations::retry_of_id.eq(selection.retries()),
        ))
        .returning(operations::id)
        .get_result(conn)?;
    let selected = frozen::freeze(conn, id, company, selection)?;
    if selected == 0 {
        diesel::delete(operations::table.find(id)).execute(conn)?;
        return Ok(None);
    }
    diesel::update(operations::table.find(id)).set(operations::selected.eq(selected)).execute(conn)?;
    counters::show_to(conn, id, company)?;
    noted::note_launch_by(conn, (company, None), id)?;
    launch::wake_workers(conn)?;
    Ok(Some(id))
}
