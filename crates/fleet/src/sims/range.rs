//! The SIMs of a range of an index, in its order; or of such a range in each of several states, or accounts.
//!
//! For PostgreSQL the latter is one query, which is carried out several times: to find a plan for each of them would take
//! longer than to carry it out.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Bool, Text};

use super::SimState;
use super::across::Across;
use super::filter::{SimQuery, in_states};
use super::order::Expr;
use super::rows::RowQuery;
use crate::db::statements;
use crate::ids::CompanyId;
use crate::schema::{sims, sql_types};

/// Those in the state that is wanted.
fn in_wanted(base: SimQuery) -> SimQuery {
    base.filter(Expr::<Bool>::new("sims.state = wanted.state"))
}

/// A part of a page: a range, or the same one in each of several states, one after the other.
pub(super) struct Range {
    query: RowQuery,
    /// Where the range is one in each of several accounts.
    across: Option<Across>,
    each_of: Vec<SimState>,
}

impl Range {
    /// The SIMs of `query`, which has an order; of each account, if `across` says so.
    pub(super) fn new(query: RowQuery, across: Option<Across>) -> Self {
        Self { query, across, each_of: Vec::new() }
    }

    /// Those of `base` in each of `states`, as `finish` selects them and puts them in order.
    pub(super) fn in_each(
        states: Vec<SimState>,
        base: SimQuery,
        finish: impl FnOnce(SimQuery) -> Self,
    ) -> Self {
        if let [state] = states[..] {
            return finish(in_states(base, &[state]));
        }
        Self { each_of: states, ..finish(in_wanted(base)) }
    }

    /// The first `limit` of it; any so many, where they are only counted.
    pub(super) fn walk<'b>(
        &'b self,
        limit: i64,
        to_count: bool,
        mut out: AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        if self.each_of.is_empty() {
            return self.walk_one(limit, to_count, &mut out);
        }
        let states: Vec<_> = self.each_of.iter().map(|state| format!("('{}')", state.as_str())).collect();
        out.push_sql("SELECT found.* FROM (VALUES ");
        out.push_sql(&states.join(", "));
        out.push_sql(") AS wanted (state) CROSS JOIN LATERAL (");
        self.walk_one(limit, to_count, &mut out)?;
        out.push_sql(&format!(") AS found LIMIT {limit}"));
        Ok(())
    }

    fn walk_one<'b>(&'b self, limit: i64, to_count: bool, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match &self.across {
            Some(across) if to_count => across.walk_any(&self.query, limit, out),
            Some(across) => across.walk(&self.query, limit, out),
            None => {
                QueryFragment::<Pg>::walk_ast(&self.query, out.reborrow())?;
                // A number in the text: a plan for an unknown limit is one for many rows.
                out.push_sql(&format!(" LIMIT {limit}"));
                Ok(())
            }
        }
    }
}

/// In which of some states of some companies there are SIMs, and how many in all of them, counted to a limit.
pub(super) struct CountInAll {
    ids: sims::BoxedQuery<'static, Pg, BigInt>,
    companies: Vec<CompanyId>,
    states: Vec<&'static str>,
    limit: i64,
}

impl CountInAll {
    /// Those of `base`, which are of any company.
    pub(super) fn new(wanted: &[(CompanyId, SimState)], base: SimQuery, limit: i64) -> Self {
        let of_company = base.filter(Expr::<Bool>::new("sims.company_id = wanted.company"));
        Self {
            ids: in_wanted(of_company).select(sims::id),
            companies: wanted.iter().map(|(company, _)| *company).collect(),
            states: wanted.iter().map(|(_, state)| state.as_str()).collect(),
            limit,
        }
    }

    /// The first `limit` ids of each state of each company, by the name of `found`.
    fn walk_each<'b>(&'b self, limit: i64, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.companies)?;
        out.push_sql("::bigint[], ");
        out.push_bind_param::<Array<Text>, _>(&self.states)?;
        out.push_sql("::text[]) AS wanted (company, state) CROSS JOIN LATERAL (");
        QueryFragment::<Pg>::walk_ast(&self.ids, out.reborrow())?;
        out.push_sql(&format!(" LIMIT {limit}) AS found"));
        Ok(())
    }
}

impl QueryFragment<Pg> for CountInAll {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT wanted.company, wanted.state, (SELECT count(*) FROM (SELECT");
        self.walk_each(self.limit, &mut out)?;
        // Of all together: not so many of each.
        out.push_sql(&format!(" LIMIT {}) AS counted)", self.limit));
        self.walk_each(1, &mut out)
    }
}

statements!([] CountInAll => (BigInt, sql_types::SimState, BigInt));
