//! How many tasks have failed for each reason, kept as tasks fail, and what is read from that.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable};

use super::failure::Reason;
use super::{FailureCode, detail};
use crate::error::Result;
use crate::ids::OperationId;
use crate::schema::sql_types;
use crate::tenancy::CompanyScope;

/// The statement that counts failed tasks, those of `tasks t` and `operations o` that `which` chooses, for
/// each company that sees them.
///
/// That a task has failed is said by its code and not by its state: with the state, the planner may take
/// the index on failures and read all those of the operation, where the key leads to a few.
fn counting(which: &str) -> String {
    format!(
        "INSERT INTO operation_failures AS kept (company_id, operation_id, code, tasks, moved, \
             least_blocking_operation_id, greatest_blocking_operation_id) \
         SELECT seen.company_id, o.id, t.code, count(*), count(t.moved_to_company_id), \
             min(t.blocking_operation_id), max(t.blocking_operation_id) \
         FROM operation_companies seen JOIN operations o ON o.id = seen.operation_id \
         JOIN tasks t ON t.operation_id = o.id AND t.code IS NOT NULL \
             AND (o.company_id = seen.company_id OR t.moved_to_company_id = seen.company_id \
                 OR (o.kind = 'recall' AND t.before_company_id = seen.company_id)) \
         WHERE {which} GROUP BY seen.company_id, o.id, t.code ORDER BY seen.company_id, o.id, t.code \
         ON CONFLICT (company_id, operation_id, code) DO UPDATE SET tasks = kept.tasks + excluded.tasks, \
             moved = kept.moved + excluded.moved, \
             least_blocking_operation_id = \
                 least(kept.least_blocking_operation_id, excluded.least_blocking_operation_id), \
             greatest_blocking_operation_id = \
                 greatest(kept.greatest_blocking_operation_id, excluded.greatest_blocking_operation_id)"
    )
}

/// Counts the tasks at these positions, which this transaction has failed.
///
/// To be called after the counters per state have been changed: whoever fails tasks of an operation holds the row
/// of the launching company then, so that nobody meets these rows in another order. The companies
/// that the tasks are to be shown to see the operation by then.
pub(super) fn count(conn: &mut PgConnection, operation: OperationId, failed: &[i32]) -> Result<()> {
    let (Some(first), Some(last)) = (failed.iter().min(), failed.iter().max()) else { return Ok(()) };
    let sql = counting("o.id = $1 AND t.position BETWEEN $2 AND $3 AND t.position = ANY($4)");
    diesel::sql_query(sql)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(first)
        .bind::<Integer, _>(last)
        .bind::<Array<Integer>, _>(failed)
        .execute(conn)?;
    Ok(())
}

/// Counts the failed ones among the tasks after a position, all of which this transaction has made. As [`count`].
pub(super) fn count_made(conn: &mut PgConnection, operation: OperationId, after: i32) -> Result<()> {
    diesel::sql_query(counting("o.id = $1 AND t.position > $2"))
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(after)
        .execute(conn)?;
    Ok(())
}

/// Counts all failed tasks that there are, where none has been counted.
pub(crate) fn count_all_failures(conn: &mut PgConnection) -> Result<()> {
    diesel::sql_query(counting("true")).execute(conn)?;
    Ok(())
}

/// Tasks of an operation that failed for one reason.
#[derive(Debug, Clone)]
pub struct FailureGroup {
    /// The reason.
    pub code: FailureCode,
    /// How many tasks.
    pub tasks: i64,
    /// The reason in plain words.
    pub sentence: String,
    /// What can be done about it, if anything.
    pub remedy: Option<String>,
    /// How many of the tasks the active company could try again: not those whose SIM has gone
    /// to another company by this operation.
    pub to_retry: i64,
    /// The operation that they were all busy in, or changed by, if it is one.
    pub blocking: Option<OperationId>,
}

#[derive(QueryableByName)]
struct Group {
    #[diesel(sql_type = sql_types::FailureCode)]
    code: FailureCode,
    #[diesel(sql_type = BigInt)]
    tasks: i64,
    #[diesel(sql_type = BigInt)]
    moved: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    blocking: Option<OperationId>,
}

/// The failed tasks of an operation that the active company sees, grouped by reason, the
/// largest group first.
pub fn failures_by_code(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    number: OperationId,
) -> Result<Vec<FailureGroup>> {
    const SQL: &str = "SELECT code, tasks::bigint AS tasks, moved::bigint AS moved, \
             CASE WHEN least_blocking_operation_id = greatest_blocking_operation_id \
                  THEN least_blocking_operation_id END AS blocking \
         FROM operation_failures WHERE company_id = $1 AND operation_id = $2 ORDER BY tasks DESC, code";
    let summary = detail::find(conn, scope, number)?.summary;
    let groups: Vec<Group> =
        diesel::sql_query(SQL).bind::<BigInt, _>(scope.company_id()).bind::<BigInt, _>(number).load(conn)?;
    Ok(groups
        .into_iter()
        .map(|group| {
            let reason = Reason {
                target: summary.target.as_deref().or(summary.source.as_deref()),
                undone: summary.undone,
                offer: summary.offer.as_deref(),
                moved: group.moved > 0,
                ..Reason::new(summary.kind, group.code)
            };
            FailureGroup {
                code: group.code,
                tasks: group.tasks,
                sentence: reason.sentence(),
                remedy: reason.remedy(),
                to_retry: if summary.is_own { group.tasks - group.moved } else { group.tasks },
                blocking: group.blocking,
            }
        })
        .collect())
}
