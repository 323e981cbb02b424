//! The ids of the SIMs of a selection, in the order of the ICCIDs: what is written down at launch.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Uuid};

use super::filter::SimQuery;
use super::of_tasks::OfTasks;
use crate::ids::{CompanyId, SimListUid};

/// A query of one column, `id`.
///
/// Lists and tasks stand in the order of the ICCIDs already: a million of them are read off without a look at
/// the SIMs.
pub(crate) enum SelectedIds {
    /// Of these SIMs.
    Sims(SimQuery),
    /// In a kept list of `company`.
    List { list: SimListUid, company: CompanyId },
    /// Of tasks of an earlier operation.
    Tasks(OfTasks),
}

impl QueryFragment<Pg> for SelectedIds {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Sims(query) => {
                out.push_sql("SELECT id FROM (");
                <SimQuery as QueryFragment<Pg>>::walk_ast(query, out.reborrow())?;
                out.push_sql(") AS selected ORDER BY iccid");
            }
            Self::List { list, company } => {
                out.push_sql("SELECT member.sim_id AS id FROM sim_list_members member WHERE member.list = ");
                out.push_bind_param::<Uuid, _>(list)?;
                out.push_sql(" AND EXISTS (SELECT FROM sim_lists list WHERE list.uid = ");
                out.push_bind_param::<Uuid, _>(list)?;
                out.push_sql(" AND list.company_id = ");
                out.push_bind_param::<BigInt, _>(company)?;
                out.push_sql(") ORDER BY member.iccid");
            }
            Self::Tasks(tasks) => {
                out.push_sql("SELECT t.sim_id AS id ");
                tasks.walk_tasks(&mut out)?;
                out.push_sql(" ORDER BY t.position");
            }
        }
        Ok(())
    }
}
