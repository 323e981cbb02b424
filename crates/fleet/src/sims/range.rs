//! The SIMs of a range of an index, in its order; or of such a range in each of several states.
//!
//! For PostgreSQL the latter is one query, which is carried out several times: to find a plan for each of them would take
//! longer than to carry it out.

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool};

use super::SimState;
use super::filter::{SimQuery, in_states};
use super::rows::RowQuery;
use crate::schema::{sims, sql_types};

/// A table of states, by the name of `wanted`.
fn wanted(states: &[SimState]) -> String {
    let states: Vec<_> = states.iter().map(|state| format!("('{}')", state.as_str())).collect();
    format!("(VALUES {}) AS wanted (state)", states.join(", "))
}

/// Those in the state that is wanted.
fn in_wanted(base: SimQuery) -> SimQuery {
    base.filter(sql::<Bool>("sims.state = wanted.state"))
}

/// A part of a page: a range, or the same one in each of several states, one after the other.
pub(super) struct Range {
    query: RowQuery,
    each_of: Vec<SimState>,
}

impl Range {
    /// The SIMs of `query`, which has an order.
    pub(super) fn new(query: RowQuery) -> Self {
        Self { query, each_of: Vec::new() }
    }

    /// Those of `base` in each of `states`, as `finish` selects them and puts them in order.
    pub(super) fn in_each(
        states: Vec<SimState>,
        base: SimQuery,
        finish: impl FnOnce(SimQuery) -> RowQuery,
    ) -> Self {
        if let [state] = states[..] {
            return Self::new(finish(in_states(base, &[state])));
        }
        Self { query: finish(in_wanted(base)), each_of: states }
    }

    /// The first `limit` of it.
    pub(super) fn walk<'b>(&'b self, limit: i64, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // A number in the text: a plan for an unknown limit is one for many rows.
        let limit = format!(" LIMIT {limit}");
        if self.each_of.is_empty() {
            QueryFragment::<Pg>::walk_ast(&self.query, out.reborrow())?;
            out.push_sql(&limit);
            return Ok(());
        }
        out.push_sql(&format!("SELECT found.* FROM {} CROSS JOIN LATERAL (", wanted(&self.each_of)));
        QueryFragment::<Pg>::walk_ast(&self.query, out.reborrow())?;
        out.push_sql(&format!("{limit}) AS found{limit}"));
        Ok(())
    }
}

/// Which of some states have SIMs, and how many SIMs are in all of them, counted to a limit.
pub(super) struct CountInAll {
    ids: sims::BoxedQuery<'static, Pg, BigInt>,
    states: Vec<SimState>,
    limit: i64,
}

impl CountInAll {
    /// Those of `base`.
    pub(super) fn new(states: Vec<SimState>, base: SimQuery, limit: i64) -> Self {
        Self { ids: in_wanted(base).select(sims::id), states, limit }
    }

    /// The first `limit` ids of each state, by the name of `found`.
    fn walk_each<'b>(&'b self, limit: i64, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&format!(" FROM {} CROSS JOIN LATERAL (", wanted(&self.states)));
        QueryFragment::<Pg>::walk_ast(&self.ids, out.reborrow())?;
        out.push_sql(&format!(" LIMIT {limit}) AS found"));
        Ok(())
    }
}

impl QueryFragment<Pg> for CountInAll {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT wanted.state, (SELECT count(*) FROM (SELECT");
        self.walk_each(self.limit, &mut out)?;
        // Of all together: not so many of each.
        out.push_sql(&format!(" LIMIT {}) AS counted)", self.limit));
        self.walk_each(1, &mut out)
    }
}

impl Query for CountInAll {
    type SqlType = (sql_types::SimState, BigInt);
}

impl QueryId for CountInAll {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for CountInAll {}
