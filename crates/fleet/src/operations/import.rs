//! Imports: operations whose SIMs are not there when they are launched.
//!
//! The lines of a checked file are cut into steps at launch, by their numbers and without a look at each, and each step makes
//! the SIMs of its rows, with a task that has succeeded for each. A row whose identifier has come into a fleet in the meantime has no SIM that this company
//! could be told of, and so no task: it is counted as a failure, and its line keeps the reason. So has a
//! row that a cancellation was faster than.

use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::counters::{self, Counters};
use super::step::{self, Running, Step};
use super::worker::{Lane, Settings};
use super::{FailureCode, OperationKind, OperationState, launch, noted};
use crate::console::Console;
use crate::error::Result;
use crate::ids::{CompanyId, ImportDraftId, OperationId, UserId};
use crate::import_drafts::NO_ROOM;
use crate::labels;
use crate::schema::{import_drafts, operation_companies, operations, sql_types};
use crate::tenancy;

/// How many lines of the file make a step. The position of a task is the line of its row.
const LINES_IN_STEP: i32 = 5_000;

/// Launches the loading of the `ready` rows of a draft, which the caller has checked and locked. By nobody: the command line.
pub(crate) fn launch_import(
    conn: &mut PgConnection,
    (company, by): (CompanyId, Option<UserId>),
    draft: ImportDraftId,
    ready: i32,
) -> Result<OperationId> {
    let id: OperationId = diesel::insert_into(operations::table)
        .values((
            operations::company_id.eq(company),
            operations::kind.eq(OperationKind::Import),
            operations::state.eq(OperationState::InProgress),
            operations::started_at.eq(step::clock().nullable()),
            // What it loads is named by the draft.
            operations::selection.eq(serde_json::json!({ "sims": [] })),
            operations::launched_by.eq(by),
            operations::selected.eq(ready),
        ))
        .returning(operations::id)
        .get_result(conn)?;
    cut(conn, id, draft)?;
    counters::show_to(conn, id, company)?;
    counters::add(conn, id, company, &Counters { pending: ready, ..Counters::default() })?;
    noted::note_launch_by(conn, (company, by), id)?;
    launch::wake_workers(conn)?;
    Ok(id)
}

/// Cuts the lines of a draft into steps, but for those without a good row.
fn cut(conn: &mut PgConnection, operation: OperationId, draft: ImportDraftId) -> Result<()> {
    const SQL: &str = "INSERT INTO steps (operation_id, first_position, last_position) \
         SELECT $1, part * $3, part * $3 + $3 - 1 FROM generate_series(0, \
             (SELECT max(line) / $3 FROM import_lines WHERE draft_id = $2)) AS part \
         WHERE EXISTS (SELECT FROM import_lines WHERE draft_id = $2 AND problem IS NULL \
             AND line BETWEEN part * $3 AND part * $3 + $3 - 1)";
    let cut = diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation)
        .bind::<BigInt, _>(draft)
        .bind::<Integer, _>(LINES_IN_STEP);
    tenancy::beyond(conn, |conn| cut.execute(conn))?;
    Ok(())
}

/// How long to wait where the steps that are left are with other workers.
const WAIT: Duration = Duration::from_millis(100);

/// Loads an import that was launched from the command line, beside the workers that there are, and says what came of it.
/// Told how far it is after each step.
pub fn load_import(
    console: &mut Console,
    id: OperationId,
    progress: impl FnMut(&Counters),
) -> Result<Counters> {
    load_all(console, id, progress)
}

/// As [`load_import`].
pub(crate) fn load_all(
    conn: &mut PgConnection,
    id: OperationId,
    mut progress: impl FnMut(&Counters),
) -> Result<Counters> {
    let settings = Settings::default();
    loop {
        let operation = Running::read(conn, id)?;
        let worked = operation.state != OperationState::Finished
            && run_next(conn, &settings, Lane::Database, &operation)?;
        let counters = operation_companies::table
            .find((operation.company_id, id))
            .select(Counters::as_select())
            .first(conn)?;
        progress(&counters);
        if operation.state == OperationState::Finished {
            return Ok(counters);
        }
        if !worked {
            thread::park_timeout(WAIT);
        }
    }
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
        let (change, without_room) = if operation.state == OperationState::Cancelling {
            (cancelled(conn, draft, &step)?, 0)
        } else {
            let left = make_labels(conn, operation, draft, &step)?;
            let loaded = load(conn, operation, draft, &step)?;
            let failure = loaded.failure + left;
            (Counters { pending: loaded.pending - left, failure, ..loaded }, left)
        };
        // First what every step changes: the others wait there, and for nothing else.
        counters::add(conn, operation.id, operation.company_id, &change)?;
        note_left(conn, operation, draft, (FailureCode::TooManyLabels, "no_room"), without_room)?;
        let loaded_already = change.failure - without_room;
        note_left(conn, operation, draft, (FailureCode::AlreadyLoaded, "already_loaded"), loaded_already)?;
        step::close(conn, settings, operation.id, &step)?;
        Ok(true)
    })
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
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

/// Makes the labels of the rows of a step that the company does not have. The launch has made them: these are the ones that
/// somebody has removed or renamed since. Where there is no room for them any more, their rows are marked, as no SIM comes
/// without its label: says how many.
fn make_labels(
    conn: &mut PgConnection,
    operation: &Running,
    draft: ImportDraftId,
    step: &Step,
) -> Result<i32> {
    const MISSING: &str = "SELECT name FROM ( \
             SELECT DISTINCT ON (lower(label)) label AS name FROM import_lines \
             WHERE draft_id = $2 AND line BETWEEN $3 AND $4 AND problem IS NULL AND label IS NOT NULL \
             ORDER BY lower(label), line) AS named \
         WHERE NOT EXISTS (SELECT FROM labels l WHERE l.company_id = $1 AND lower(l.name) = lower(named.name)) \
         ORDER BY lower(name)";
    const MAKE: &str = "INSERT INTO labels (company_id, name) SELECT $1, name FROM unnest($2) AS new (name) \
         ON CONFLICT DO NOTHING";
    const LEAVE: &str = "WITH left_out AS (UPDATE import_lines SET problem = 'no_room', reason = $5 \
             WHERE draft_id = $2 AND line BETWEEN $3 AND $4 AND problem IS NULL AND label IS NOT NULL \
             AND NOT EXISTS (SELECT FROM labels l WHERE l.company_id = $1 AND lower(l.name) = lower(label)) RETURNING line) \
         INSERT INTO import_problems (draft_id, problem, line) SELECT $2, 'no_room', line FROM left_out";
    let of_step = |sql| {
        diesel::sql_query(sql)
            .bind::<BigInt, _>(operation.company_id)
            .bind::<BigInt, _>(draft)
            .bind::<Integer, _>(step.first_position)
            .bind::<Integer, _>(step.last_position)
    };
    let missing: Vec<Missing> = of_step(MISSING).load(conn)?;
    if missing.is_empty() {
        return Ok(0);
    }
    let room = labels::held_room(conn, operation.company_id)?;
    // Another step may have made them meanwhile.
    let missing: Vec<Missing> = of_step(MISSING).load(conn)?;
    let has_room = missing.len() <= room;
    let names: Vec<String> = missing.into_iter().take(room).map(|label| label.name).collect();
    diesel::sql_query(MAKE)
        .bind::<BigInt, _>(operation.company_id)
        .bind::<Array<Text>, _>(names)
        .execute(conn)?;
    if has_room {
        return Ok(0);
    }
    let left = of_step(LEAVE).bind::<Text, _>(NO_ROOM).execute(conn)?;
    Ok(i32::try_from(left).unwrap_or(i32::MAX))
}

#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = Text)]
    name: String,
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
             RETURNING line), \
         told AS (INSERT INTO import_problems (draft_id, problem, line) SELECT $3, 'already_loaded', line FROM taken) \
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

/// Counts the rows of a step that are not loaded after all, with the operation and with the draft: by the reason that each
/// has for it.
fn note_left(
    conn: &mut PgConnection,
    operation: &Running,
    draft: ImportDraftId,
    (code, problem): (FailureCode, &str),
    rows: i32,
) -> Result<()> {
    const FAILURES: &str = "INSERT INTO operation_failures AS kept (company_id, operation_id, code, tasks, moved) \
         VALUES ($1, $2, $4, $3, 0) \
         ON CONFLICT (company_id, operation_id, code) DO UPDATE SET tasks = kept.tasks + excluded.tasks";
    const PROBLEMS: &str = "UPDATE import_drafts SET ready = ready - $2, problems = problems || jsonb_build_object( \
             $3, coalesce((problems ->> $3)::integer, 0) + $2) WHERE id = $1";
    if rows == 0 {
        return Ok(());
    }
    diesel::sql_query(FAILURES)
        .bind::<BigInt, _>(operation.company_id)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(rows)
        .bind::<sql_types::FailureCode, _>(code)
        .execute(conn)?;
    diesel::sql_query(PROBLEMS)
        .bind::<BigInt, _>(draft)
        .bind::<Integer, _>(rows)
        .bind::<Text, _>(problem)
        .execute(conn)?;
    Ok(())
}

fn few(rows: i64) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
