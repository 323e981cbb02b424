//! The condition that a SIM is in a kept list.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{BigInt, Bool, Text, Uuid};

use crate::ids::{CompanyId, SimListUid};

/// An end of a part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The ICCID that the part begins after, or ends before.
    pub(crate) iccid: String,
    /// Whether it ends there.
    pub(crate) is_end: bool,
}

/// In the list, or in the part of it beyond a bound. A list of another company has no SIMs.
///
/// The bound stands here as well as on the SIMs: from one, the planner does not conclude the other,
/// and would go through the list from its beginning.
#[derive(Debug, Clone)]
pub(super) struct InList {
    pub(super) list: SimListUid,
    pub(super) company: CompanyId,
    pub(super) beyond: Option<Bound>,
    /// Whether each SIM is looked up in the list. Else the list and the SIMs are walked side by side, or one is joined
    /// to the other: as the planner likes, also in an order that is not the list's.
    pub(super) one_by_one: bool,
}

impl QueryFragment<Pg> for InList {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("EXISTS (SELECT FROM sim_lists list WHERE list.company_id = ");
        out.push_bind_param::<BigInt, _>(&self.company)?;
        out.push_sql(" AND list.uid = ");
        out.push_bind_param::<Uuid, _>(&self.list)?;
        if self.one_by_one {
            out.push_sql(") AND (SELECT true FROM sim_list_members member WHERE member.iccid = sims.iccid AND member.list = ");
            out.push_bind_param::<Uuid, _>(&self.list)?;
            out.push_sql(")");
            return Ok(());
        }
        // The name stands here as it is, so that the planner knows how long this list is.
        out.push_sql(
            ") AND sims.iccid IN (SELECT member.iccid FROM sim_list_members member WHERE member.list = ",
        );
        out.push_bind_param::<Uuid, _>(&self.list)?;
        if let Some(Bound { iccid, is_end }) = &self.beyond {
            out.push_sql(if *is_end { " AND member.iccid < " } else { " AND member.iccid > " });
            out.push_bind_param::<Text, _>(iccid)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for InList {
    type SqlType = Bool;
}
