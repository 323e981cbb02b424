//! The SIMs of tasks of an earlier operation: those to be tried again, and those to be undone.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool};

use super::filter::SimQuery;
use crate::ids::{CompanyId, OperationId};
use crate::operations::FailureCode;
use crate::schema::{sims, sql_types};

/// Which tasks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tasks {
    /// Those that failed, for a reason or for any. Another company's operation shows a company
    /// those that moved a SIM into it.
    Failed(Option<FailureCode>),
    /// Those that succeeded; of the company's own operation alone.
    Succeeded,
}

/// The condition that a SIM is one of the tasks' SIMs.
#[derive(Debug, Clone)]
pub(crate) struct OfTasks {
    operation: OperationId,
    tasks: Tasks,
    company: CompanyId,
}

impl OfTasks {
    pub(super) const fn new(operation: OperationId, tasks: Tasks, company: CompanyId) -> Self {
        Self { operation, tasks, company }
    }

    pub(super) fn query(self) -> SimQuery {
        sims::table.filter(self).into_boxed()
    }

    /// `FROM tasks t WHERE ...`: the tasks themselves.
    pub(super) fn walk_tasks<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("FROM tasks t WHERE t.operation_id = ");
        out.push_bind_param::<BigInt, _>(&self.operation)?;
        // The states stand in the text for the sake of the partial index.
        match &self.tasks {
            Tasks::Failed(code) => {
                out.push_sql(" AND t.state = 'failure'");
                if let Some(code) = code {
                    out.push_sql(" AND t.code = ");
                    out.push_bind_param::<sql_types::FailureCode, _>(code)?;
                }
            }
            Tasks::Succeeded => out.push_sql(" AND t.state = 'success'"),
        }
        out.push_sql(" AND (EXISTS (SELECT FROM operations o WHERE o.id = ");
        out.push_bind_param::<BigInt, _>(&self.operation)?;
        out.push_sql(" AND o.company_id = ");
        out.push_bind_param::<BigInt, _>(&self.company)?;
        out.push_sql(")");
        if matches!(self.tasks, Tasks::Failed(_)) {
            out.push_sql(" OR t.moved_to_company_id = ");
            out.push_bind_param::<BigInt, _>(&self.company)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for OfTasks {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("sims.id IN (SELECT t.sim_id ");
        self.walk_tasks(&mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for OfTasks {
    type SqlType = Bool;
}

impl QueryId for OfTasks {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl ValidGrouping<()> for OfTasks {
    type IsAggregate = diesel::expression::is_aggregate::No;
}

impl AppearsOnTable<sims::table> for OfTasks {}
