//! What came of an operation, SIM by SIM, for a file that people take with them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

use super::tasks::{TASK_FROM, Task, columns, seen};
use super::{FailureCode, detail};
use crate::error::Result;
use crate::ids::OperationId;
use crate::schema::sql_types;
use crate::tenancy::{self, CompanyScope, Permission};

/// A task with all identifiers of its SIM.
#[derive(Debug, Clone, QueryableByName)]
pub struct TaskResult {
    /// The task.
    #[diesel(embed)]
    pub task: Task,
    /// The SIM's IMSI.
    #[diesel(sql_type = Text)]
    pub imsi: String,
    /// The SIM's MSISDN.
    #[diesel(sql_type = Nullable<Text>)]
    pub msisdn: Option<String>,
}

/// The tasks of an operation in the order of the ICCIDs, from after the position `after` on.
///
/// A company that the operation was not launched in sees those that moved a SIM into it, and those of a
/// recall that found the SIM there;
/// [`Error::NotFound`](crate::Error::NotFound) for one that does not see the operation.
pub fn results(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
    after: i32,
    limit: i64,
) -> Result<Vec<TaskResult>> {
    scope.require(Permission::FleetView)?;
    let sql = format!(
        "SELECT {task}, s.imsi, s.msisdn {TASK_FROM} \
         WHERE t.operation_id = $1 AND t.position > $2 AND {seen} ORDER BY t.position LIMIT $5",
        task = columns("$4"),
        seen = seen("$3", "$4"),
    );
    let sees_all = detail::sees_all(conn, scope, operation)?;
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(after)
        .bind::<Bool, _>(sees_all)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(limit);
    Ok(tenancy::beyond(conn, |conn| query.load(conn))?)
}

/// The tasks that failed, by reason, from after one of them on. Otherwise as [`results`].
pub fn failures(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
    after: Option<(FailureCode, i32)>,
    limit: i64,
) -> Result<Vec<TaskResult>> {
    scope.require(Permission::FleetView)?;
    // In the order of an index on failures alone, so that a few among a million are found at once.
    let beyond =
        if after.is_some() { "AND (t.code, t.position) > ($2, $3)" } else { "AND $2 IS NULL AND $3 = 0" };
    let sql = format!(
        "SELECT {task}, s.imsi, s.msisdn {TASK_FROM} \
         WHERE t.operation_id = $1 AND t.state = 'failure' {beyond} AND {seen} \
         ORDER BY t.code, t.position LIMIT $6",
        task = columns("$5"),
        seen = seen("$4", "$5"),
    );
    let sees_all = detail::sees_all(conn, scope, operation)?;
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation)
        .bind::<Nullable<sql_types::FailureCode>, _>(after.map(|(code, _)| code))
        .bind::<Integer, _>(after.map_or(0, |(_, position)| position))
        .bind::<Bool, _>(sees_all)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(limit);
    Ok(tenancy::beyond(conn, |conn| query.load(conn))?)
}
