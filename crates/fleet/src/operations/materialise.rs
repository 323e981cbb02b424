//! Making the tasks of an operation from the SIMs that were selected at its launch.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use super::counters::{self, Counters};
use super::frozen::{self, Next};
use super::kinds::{self, Kind};
use super::worker::Settings;
use super::{OperationKind, OperationState, PauseRule, failure_counters, launch, pause, step};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, OfferId, OperationId};
use crate::schema::{offer_assignments, operations};

#[derive(Queryable, Selectable)]
#[diesel(table_name = operations, check_for_backend(diesel::pg::Pg))]
struct Initializing {
    id: OperationId,
    company_id: CompanyId,
    kind: OperationKind,
    target_company_id: Option<CompanyId>,
    offer_id: Option<OfferId>,
    selected: i32,
    tasks_made: i32,
    recall_of_id: Option<OperationId>,
    pause_at_failures: Option<i32>,
}

#[derive(QueryableByName)]
struct Chunk {
    #[diesel(sql_type = BigInt)]
    able: i64,
    #[diesel(sql_type = BigInt)]
    unable: i64,
    #[diesel(sql_type = BigInt)]
    busy: i64,
}

/// Makes the next chunk of tasks, and says whether there was anything to do.
///
/// One transaction: a worker that dies in it leaves no trace, and the next one begins at the
/// same SIM. The lock on the operation keeps a second worker, and a cancellation, out.
pub(super) fn make_chunk(conn: &mut PgConnection, settings: &Settings, id: OperationId) -> Result<bool> {
    conn.transaction(|conn| {
        let operation: Option<Initializing> = operations::table
            .find(id)
            .filter(operations::state.eq(OperationState::Initializing))
            .for_no_key_update()
            .skip_locked()
            .select(Initializing::as_select())
            .first(conn)
            .optional()?;
        let Some(operation) = operation else { return Ok(false) };
        step::commit_without_waiting(conn)?;
        if operation.tasks_made == 0 {
            assign_offer(conn, &operation)?;
        }
        let undone = kinds::recall::undone(conn, operation.recall_of_id)?;
        let source = undone.and_then(|undone| undone.source);
        let positions = (operation.tasks_made + 1, i32::MAX);
        let chunk = kinds::recall::counting_at_source(conn, operation.id, source, positions, |conn| {
            let kind = undone.map(|undone| undone.kind);
            let next = Next::after(operation.tasks_made, settings.chunk());
            let chunk = insert_tasks(conn, settings, &operation, &next, kind)?;
            if chunk.busy > 0 {
                name_blocking_operations(conn, &operation)?;
            }
            if chunk.unable > 0 && kind.is_some() {
                kinds::recall::name_later_operations(conn, operation.id, operation.tasks_made)?;
            }
            note_progress(conn, settings, &operation, &next, &chunk)?;
            Ok(chunk)
        })?;
        if chunk.unable + chunk.busy > 0 {
            failure_counters::count_made(conn, operation.id, operation.tasks_made)?;
        }
        Ok(true)
    })
}

/// Hand-over: the target gets the offer if it lacks it.
fn assign_offer(conn: &mut PgConnection, operation: &Initializing) -> Result<()> {
    if let (Some(target), Some(offer)) = (operation.target_company_id, operation.offer_id) {
        diesel::insert_into(offer_assignments::table)
            .values((
                offer_assignments::company_id.eq(target),
                offer_assignments::offer_id.eq(offer),
                offer_assignments::assigned_by_company_id.eq(operation.company_id),
            ))
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

/// Inserts a task for each of the next SIMs, and the steps for those that can be changed.
///
/// Of the SIMs that can be changed, those in another unfinished operation meet the unique
/// index on unfinished tasks and become failures too. The insertion goes in the order of the
/// ICCIDs, so that two of them wait for each other in one direction only.
fn insert_tasks(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: &Initializing,
    next: &Next,
    undone: Option<OperationKind>,
) -> Result<Chunk> {
    let kind = kinds::of(operation.kind, undone)
        .ok_or_else(|| Error::Internal(format!("operation {} has no kind that is launched", operation.id)))?;
    let sql = format!(
        "WITH {next}, {act} operations o WHERE o.id = $1), judged AS MATERIALIZED (SELECT sims.*, \
             ({verdict})::failure_code AS code, ($5 + place)::integer AS position \
             FROM chosen AS sims CROSS JOIN act{join}), \
         unable AS (INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state, \
             before_offer_id, state, code, finished_at) \
             SELECT $1, position, id, company_id, state, offer_id, 'failure', code, now() \
             FROM judged WHERE code IS NOT NULL RETURNING 1), \
         able AS (INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state, before_offer_id) \
             SELECT $1, position, id, company_id, state, offer_id FROM judged WHERE code IS NULL ORDER BY position \
             ON CONFLICT (sim_id) WHERE state IN ('pending', 'in_progress') DO NOTHING RETURNING position), \
         busy AS (INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state, \
             before_offer_id, state, code, finished_at) \
             SELECT $1, position, id, company_id, state, offer_id, 'failure', 'busy', now() \
             FROM judged WHERE code IS NULL AND position NOT IN (SELECT able.position FROM able) RETURNING 1), \
         cut AS (INSERT INTO steps (operation_id, first_position, last_position) \
             SELECT $1, min(position), max(position) FROM able \
             GROUP BY (position - 1) / $6, (position - 1) % $7 < $8) \
         SELECT (SELECT count(*) FROM able) AS able, (SELECT count(*) FROM unable) AS unable, \
             (SELECT count(*) FROM busy) AS busy",
        next = frozen::NEXT,
        act = kinds::ACT,
        verdict = kind.verdict,
        join = kind.join,
    );
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(next.first)
        .bind::<Integer, _>(next.last)
        .bind::<Integer, _>(next.part)
        .bind::<Integer, _>(operation.tasks_made)
        .bind::<Integer, _>(operation.step(settings, &kind))
        .bind::<Integer, _>(frozen::PART)
        .bind::<Integer, _>(if kind.service.is_some() { PauseRule::AT_LEAST } else { 0 })
        .get_result(conn)?)
}

impl Initializing {
    /// The most tasks in a step: where a number of failures pauses the operation, not many more than that.
    ///
    /// Each run of SIMs that steps are taken from begins with a small one, from which the rule learns soon.
    fn step(&self, settings: &Settings, kind: &Kind) -> i32 {
        match self.pause_at_failures {
            Some(failures) if kind.service.is_some() => settings.step.min(failures.max(PauseRule::AT_LEAST)),
            _ => settings.step,
        }
    }
}

/// Notes in the tasks that found their SIM busy which operation held it.
///
/// A statement of its own, because the operation may have begun after the snapshot of the one
/// before. If it has ended by now, it is still the last other one of the SIM. Only operations that the company
/// sees are named.
fn name_blocking_operations(conn: &mut PgConnection, operation: &Initializing) -> Result<()> {
    const SQL: &str = "UPDATE tasks SET blocking_operation_id = ( \
             SELECT other.operation_id FROM tasks other \
             WHERE other.sim_id = tasks.sim_id AND other.operation_id <> tasks.operation_id \
             AND EXISTS (SELECT FROM operation_companies seen \
                 WHERE seen.company_id = $3 AND seen.operation_id = other.operation_id) \
             ORDER BY other.state IN ('pending', 'in_progress') DESC, other.operation_id DESC LIMIT 1) \
         WHERE operation_id = $1 AND position > $2 AND state = 'failure' AND code = 'busy' \
         AND before_company_id = $3";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<BigInt, _>(i64::from(operation.tasks_made))
        .bind::<BigInt, _>(operation.company_id)
        .execute(conn)?;
    Ok(())
}

/// Counts the new tasks, and lets the operation begin once all are made.
fn note_progress(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: &Initializing,
    next: &Next,
    chunk: &Chunk,
) -> Result<()> {
    let few = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    let change =
        Counters { pending: few(chunk.able), failure: few(chunk.unable + chunk.busy), ..Counters::default() };
    let counted = counters::add(conn, operation.id, operation.company_id, &change)?;
    let row = operations::table.find(operation.id);
    let made = (operation.tasks_made + next.len()).min(operation.selected);
    diesel::update(row).set(operations::tasks_made.eq(made)).execute(conn)?;
    if made == operation.selected {
        diesel::update(row)
            .set((
                operations::state.eq(OperationState::InProgress),
                operations::started_at.eq(step::clock().nullable()),
            ))
            .execute(conn)?;
        pause::count_from(conn, operation.id, &counted)?;
        counters::finish_if_done(conn, settings, operation.id)?;
        // Where a network is asked, another loop goes on.
        launch::wake_workers(conn)?;
    }
    Ok(())
}
