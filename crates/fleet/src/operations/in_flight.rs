//! What is in flight: SIMs in unfinished operations, and offers that those need.

use diesel::expression::{AppearsOnTable, ValidGrouping};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool};

use super::{OperationKind, TaskState};
use crate::error::Result;
use crate::ids::{CompanyId, OfferId, OperationId, SimId};
use crate::schema::{operations, sims, tasks};
use crate::tenancy::CompanyScope;

/// A SIM in an unfinished operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct InFlight {
    /// The SIM.
    pub sim: SimId,
    /// The operation.
    pub operation: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// How far it has come with this SIM: pending or in progress.
    pub state: TaskState,
}

/// Tasks that have not ended, in the words of their index: with the states as parameters, a plan that
/// serves every value could not use it, and the statement would be planned each time.
#[derive(Debug, Clone, Copy, QueryId)]
struct Unfinished;

impl QueryFragment<Pg> for Unfinished {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("tasks.state IN ('pending', 'in_progress')");
        Ok(())
    }
}

impl Expression for Unfinished {
    type SqlType = Bool;
}

impl<From> AppearsOnTable<From> for Unfinished {}

impl ValidGrouping<()> for Unfinished {
    type IsAggregate = diesel::expression::is_aggregate::No;
}

/// Which of `sims` are in an unfinished operation; SIMs of other companies are left out.
pub fn unfinished_for(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    sims: &[SimId],
) -> Result<Vec<InFlight>> {
    Ok(tasks::table
        .inner_join(operations::table.on(operations::id.eq(tasks::operation_id)))
        .inner_join(sims::table)
        .filter(sims::company_id.eq(scope.company_id()))
        .filter(tasks::sim_id.eq_any(sims))
        .filter(Unfinished)
        .select((tasks::sim_id, tasks::operation_id, operations::kind, tasks::state))
        .load(conn)?)
}

#[derive(QueryableByName)]
struct Needs {
    #[diesel(sql_type = BigInt)]
    id: OperationId,
}

/// An unfinished operation that puts SIMs of `company` on `offer`, if there is one: the offer
/// must not be withdrawn from the company before it has ended.
///
/// To be asked in the transaction that withdraws the offer, after its assignment has been
/// deleted: a launch that comes at the same time holds the assignment until it can be seen.
pub fn unfinished_on_offer(
    conn: &mut PgConnection,
    company: CompanyId,
    offer: OfferId,
) -> Result<Option<OperationId>> {
    // A recall needs the offers that its SIMs were on before.
    const SQL: &str = "SELECT o.id FROM operations o WHERE o.state <> 'finished' \
         AND ((o.offer_id = $2 AND $1 IN (o.company_id, o.target_company_id)) \
              OR (o.kind = 'recall' AND o.company_id = $1 AND EXISTS ( \
                  SELECT FROM operations undone JOIN tasks t ON t.operation_id = undone.id \
                  WHERE undone.id = o.recall_of_id AND undone.kind = 'change_offer' \
                  AND t.state = 'success' AND t.before_offer_id = $2))) \
         ORDER BY o.id LIMIT 1";
    let found: Option<Needs> = diesel::sql_query(SQL)
        .bind::<BigInt, _>(company)
        .bind::<BigInt, _>(offer)
        .get_result(conn)
        .optional()?;
    Ok(found.map(|needs| needs.id))
}
