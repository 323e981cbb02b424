//! What is in flight: SIMs in unfinished operations, and offers that those need.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt};

use super::{OperationKind, TaskState};
use crate::error::Result;
use crate::ids::{CompanyId, OfferId, OperationId, SimId};
use crate::schema::sql_types;
use crate::tenancy::{self, CompanyScope, TreeScope};

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

/// Asks for each SIM by itself, with the states in the words of their index: whatever the planner knew about the
/// unfinished tasks when the statement was prepared, it looks into the index, and never goes through all of them. A
/// million may have come since.
#[derive(Debug, Clone, QueryId)]
struct UnfinishedFor {
    companies: Vec<CompanyId>,
    sims: Vec<SimId>,
}

impl QueryFragment<Pg> for UnfinishedFor {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT sims.id, held.operation_id, kind_of_operation(held.operation_id), held.state FROM sims \
             CROSS JOIN LATERAL (SELECT tasks.operation_id, tasks.state FROM tasks \
                 WHERE tasks.sim_id = sims.id AND tasks.state IN ('pending', 'in_progress') LIMIT 1) held \
             WHERE sims.company_id = ANY(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.companies)?;
        out.push_sql(") AND sims.id = ANY(");
        out.push_bind_param::<Array<BigInt>, _>(&self.sims)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Query for UnfinishedFor {
    type SqlType = (BigInt, BigInt, sql_types::OperationKind, sql_types::TaskState);
}

impl RunQueryDsl<PgConnection> for UnfinishedFor {}

/// Which of `sims` are in an unfinished operation; SIMs of other companies are left out.
pub fn unfinished_for(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    sims: &[SimId],
) -> Result<Vec<InFlight>> {
    Ok(UnfinishedFor { companies: vec![scope.company_id()], sims: sims.to_vec() }.load(conn)?)
}

/// The same for SIMs of any account of a tree.
pub(crate) fn unfinished_in_tree(
    conn: &mut PgConnection,
    tree: &TreeScope,
    sims: &[SimId],
) -> Result<Vec<InFlight>> {
    Ok(UnfinishedFor { companies: tree.ids(), sims: sims.to_vec() }.load(conn)?)
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
    let query = diesel::sql_query(SQL).bind::<BigInt, _>(company).bind::<BigInt, _>(offer);
    let found: Option<Needs> = tenancy::beyond(conn, |conn| query.get_result(conn).optional())?;
    Ok(found.map(|needs| needs.id))
}
