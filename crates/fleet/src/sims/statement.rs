//! Runs as statements: how they are planned, and what is asked for by them.

use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::BigInt;

use super::range::Range;
use super::rows::{Row, RowSql};
use super::runs::Runs;
use crate::db::statements;
use crate::error::Result;

/// How a statement is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// For its values, each time: kept prepared, PostgreSQL might settle on a plan that suits other ones.
    Own,
    /// It is kept prepared, and PostgreSQL decides whether to plan anew: it may know of its values only how few SIMs have them.
    Kept,
    /// Once: all values have the same plan, and to find it takes long beside carrying it out.
    Once,
}

impl Plan {
    /// That of so many ranges: for each of many, whether its values matter or not, there are some hundred ways to think of.
    pub(super) fn of_ranges(ranges: &[Range], is_same: bool) -> Self {
        match (is_same, ranges) {
            (false, _) => Self::Own,
            (true, [_]) => Self::Kept,
            (true, _) => Self::Once,
        }
    }
}

impl Runs {
    /// The rows, in their order.
    pub(super) fn rows(self, conn: &mut PgConnection) -> Result<Vec<Row>> {
        let plan = self.plan;
        planned(conn, plan, |conn| self.load(conn))
    }

    /// The rows in their order; any as many, where they are only counted.
    fn walk<'b>(&'b self, to_count: bool, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.plan == Plan::Own {
            out.unsafe_to_cache_prepared();
        }
        if let Some(few) = &self.few {
            if let Some(ids) = few.ids().filter(|_| to_count) {
                return ids.walk_ast(out);
            }
            few.walk_ast(out.reborrow())?;
        }
        if let [only] = self.ranges.as_slice() {
            return only.walk(self.limit, to_count, out);
        }
        for (index, range) in self.ranges.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
            range.walk(self.limit, to_count, out.reborrow())?;
            out.push_sql(")");
        }
        if let Some(columns) = self.merge.as_ref().filter(|_| !to_count) {
            out.push_sql(" ORDER BY ");
            out.push_sql(columns);
        }
        out.push_sql(&format!(" LIMIT {}", self.limit));
        Ok(())
    }
}

impl QueryFragment<Pg> for Runs {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk(false, out)
    }
}

/// What `ask` is told by a statement that is planned so, in a transaction: if it fails, nothing is asked any more.
pub(super) fn planned<T>(
    conn: &mut PgConnection,
    plan: Plan,
    ask: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> Result<T> {
    if plan != Plan::Once {
        return Ok(ask(conn)?);
    }
    // In favour of indexes, whatever the server is told: it may take the SIMs that are asked for to be nearly all.
    // Without workers: to start them takes longer than the statement.
    conn.batch_execute(
        "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL random_page_cost = 1.1; \
         SET LOCAL max_parallel_workers_per_gather = 0",
    )?;
    let told = ask(conn)?;
    // Else it would be so for all that the request asks later. What the connection began with holds again.
    conn.batch_execute(
        "SET LOCAL plan_cache_mode TO DEFAULT; SET LOCAL random_page_cost TO DEFAULT; \
         SET LOCAL max_parallel_workers_per_gather TO DEFAULT",
    )?;
    Ok(told)
}

/// How many rows a page has.
pub(super) struct CountOf<'a>(pub(super) &'a Runs);

impl QueryFragment<Pg> for CountOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Each limit is a statement of its own.
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk(true, out.reborrow())?;
        out.push_sql(") AS page");
        Ok(())
    }
}

statements!([] Runs => RowSql, [] CountOf<'_> => BigInt);

/// The plan of a query, as PostgreSQL carried it out.
#[cfg(feature = "testing")]
pub(super) struct Explained<'a, Q>(pub(super) &'a Q);

#[cfg(feature = "testing")]
impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Explained<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ");
        self.0.walk_ast(out)
    }
}

#[cfg(feature = "testing")]
statements!([Q] Explained<'_, Q> => diesel::sql_types::Json);
