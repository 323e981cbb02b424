//! Imports: operations whose SIMs are not there when they are launched.
//!
//! The rows of a checked file are cut into steps at launch, and each step makes the SIMs of its rows, with a task that has
//! succeeded for each. A row whose identifier has come into a fleet in the meantime has no SIM that this company
//! could be told of, and so no task: it is counted as a failure, and its line keeps the reason. So has a
//! row that a cancellation was faster than.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use super::counters::{self, Counters};
use super::step::{self, Running, Step};
use super::worker::{Lane, Settings};
use super::{OperationKind, OperationState, launch};
use crate::error::{Error, Result};
use crate::ids::{ImportDraftId, OperationId};
use crate::schema::{import_drafts, operations};
use crate::tenancy::CompanyScope;

/// How many lines of the file make a step. The position of a task is the line of its row.
const LINES_IN_STEP: i32 = 5_000;

/// Launches the loading of a draft, which the caller has checked and locked.
pub(crate) fn launch_import(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    draft: ImportDraftId,
) -> Result<OperationId> {
    let id: OperationId = diesel::insert_into(operations::table)
        .values((
            operations::company_id.eq(scope.company_id()),
            operations::kind.eq(OperationKind::Import),
            operations::state.eq(OperationState::InProgress),
            operations::started_at.eq(step::clock().nullable()),
            // What it loads is named by the draft.
            operations::selection.eq(serde_json::json!({ "sims": [] })),
            operations::launched_by.eq(scope.user()),
        ))
        .returning(operations::id)
        .get_result(conn)?;
    make_labels(conn, scope, draft)?;
    let rows = cut(conn, id, draft)?;
    diesel::update(operations::table.find(id)).set(operations::selected.eq(rows)).execute(conn)?;
    counters::show_to(conn, id, scope.company_id())?;
    counters::add(conn, id, scope.company_id(), &Counters { pending: rows, ..Counters::default() })?;
    launch::wake_workers(conn)?;
    Ok(id)
}

/// Makes the labels of the file that the company does not have yet.
fn make_labels(conn: &mut PgConnection, scope: &CompanyScope, draft: ImportDraftId) -> Result<()> {
    const SQL: &str = "INSERT INTO labels (company_id, name) \
         SELECT DISTINCT ON (lower(label)) $1, label FROM import_lines \
         WHERE draft_id = $2 AND problem IS NULL AND label IS NOT NULL ORDER BY lower(label), label \
         ON CONFLICT DO NOTHING";
    diesel::sql_query(SQL).bind::<BigInt, _>(scope.company_id()).bind::<BigInt, _>(draft).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Cuts the good rows of a draft into steps, and says how many rows there are.
fn cut(conn: &mut PgConnection, operation: OperationId, draft: ImportDraftId) -> Result<i32> {
    const SQL: &str = "WITH parts AS (SELECT min(line) AS first_line, max(line) AS last_line, count(*) AS rows \
             FROM import_lines WHERE draft_id = $2 AND problem IS NULL GROUP BY line / $3), \
         cut AS (INSERT INTO steps (operation_id, first_position, last_position) \
             SELECT $1, first_line, last_line FROM parts) \
         SELECT coalesce(sum(rows), 0)::bigint AS rows FROM parts";
    let Rows { rows } = diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation)
        .bind::<BigInt, _>(draft)
        .bind::<Integer, _>(LINES_IN_STEP)
        .get_result(conn)?;
    i32::try_from(rows).map_err(|_| Error::Internal(format!("an import of {rows} rows")))
}

/// Does one step, and says whether there was one to do. One transaction: a worker that dies in it leaves no trace.
pub(super) fn run_next(
    conn: &mut PgConnection,
    settings: &Settings,
    lane: Lane,
    operation: &Running,
) -> Result<bool> {
    if lane == Lane::Network {
        return Ok(false);
    }
    conn.transaction(|conn| {
        let Some(step) = step::claim(conn, lane, operation.id)? else {
            return counters::finish_if_done(conn, settings, operation.id);
        };
        step::commit_without_waiting(conn)?;
        let draft = import_drafts::table
            .filter(import_drafts::operation_id.eq(operation.id))
            .select(import_drafts::id)
            .first(conn)?;
        let change = if operation.state == OperationState::Cancelling {
            cancelled(conn, draft, &step)?
        } else {
            load(conn, operation, draft, &step)?
        };
        counters::add(conn, operation.id, operation.company_id, &change)?;
        note_taken(conn, operation, draft, change.failure)?;
        step::close(conn, settings, operation.id, &step)?;
        Ok(true)
    })
}

fn cancelled(conn: &mut PgConnection, draft: ImportDraftId, step: &Step) -> Result<Counters> {
    const SQL: &str = "SELECT count(*) AS rows FROM import_lines \
         WHERE draft_id = $1 AND line BETWEEN $2 AND $3 AND problem IS NULL";
    let Rows { rows } = diesel::sql_query(SQL)
        .bind::<BigInt, _>(draft)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .get_result(conn)?;
    let rows = few(rows);
    Ok(Counters { pending: -rows, cancelled: rows, ..Counters::default() })
}

#[derive(QueryableByName)]
struct Loaded {
    #[diesel(sql_type = BigInt)]
    loaded: i64,
    #[diesel(sql_type = BigInt)]
    taken: i64,
}

/// Makes the SIMs of the rows of a step, in the order of their ICCIDs: two imports that meet wait in one direction only.
fn load(conn: &mut PgConnection, operation: &Running, draft: ImportDraftId, step: &Step) -> Result<Counters> {
    const SQL: &str = "WITH next AS MATERIALIZED (SELECT * FROM import_lines \
             WHERE draft_id = $3 AND line BETWEEN $4 AND $5 AND problem IS NULL), \
         loaded AS (INSERT INTO sims (company_id, iccid, imsi, msisdn, eid, sim_type, label_ids) \
             SELECT $2, n.iccid, n.imsi, n.msisdn, n.eid, n.sim_type::sim_type, \
                 CASE WHEN l.id IS NULL THEN '{}' ELSE ARRAY[l.id] END \
             FROM next n LEFT JOIN labels l ON l.company_id = $2 AND lower(l.name) = lower(n.label) \
             ORDER BY n.iccid ON CONFLICT DO NOTHING RETURNING id, iccid), \
         done AS (INSERT INTO tasks (operation_id, position, sim_id, state, before_company_id, before_state, finished_at) \
             SELECT $1, next.line, loaded.id, 'success', $2, 'inventory', now() FROM next JOIN loaded USING (iccid)), \
         taken AS (UPDATE import_lines SET problem = 'already_loaded', \
                 reason = 'A SIM with this ICCID, IMSI or MSISDN has come into a fleet since the file was checked.' \
             WHERE draft_id = $3 AND line IN (SELECT line FROM next WHERE iccid NOT IN (SELECT iccid FROM loaded)) \
             RETURNING 1) \
         SELECT (SELECT count(*) FROM loaded) AS loaded, (SELECT count(*) FROM taken) AS taken";
    let Loaded { loaded, taken } = diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<BigInt, _>(operation.company_id)
        .bind::<BigInt, _>(draft)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .get_result(conn)?;
    let (success, failure) = (few(loaded), few(taken));
    Ok(Counters { pending: -success - failure, success, failure, ..Counters::default() })
}

/// Counts the rows that were taken since the file was checked, with the operation and with the draft.
fn note_taken(conn: &mut PgConnection, operation: &Running, draft: ImportDraftId, taken: i32) -> Result<()> {
    const FAILURES: &str = "INSERT INTO operation_failures AS kept (company_id, operation_id, code, tasks, moved) \
         VALUES ($1, $2, 'already_loaded', $3, 0) \
         ON CONFLICT (company_id, operation_id, code) DO UPDATE SET tasks = kept.tasks + excluded.tasks";
    const PROBLEMS: &str = "UPDATE import_drafts SET ready = ready - $2, problems = problems || jsonb_build_object( \
             'already_loaded', coalesce((problems ->> 'already_loaded')::integer, 0) + $2) WHERE id = $1";
    if taken == 0 {
        return Ok(());
    }
    diesel::sql_query(FAILURES)
        .bind::<BigInt, _>(operation.company_id)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(taken)
        .execute(conn)?;
    diesel::sql_query(PROBLEMS).bind::<BigInt, _>(draft).bind::<Integer, _>(taken).execute(conn)?;
    Ok(())
}

fn few(rows: i64) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
