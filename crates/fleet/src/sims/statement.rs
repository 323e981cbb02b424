//! Runs as statements: how they are planned, and what is asked for by them.

use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use super::range::Range;
use super::rows::{Row, RowSql};
use super::runs::Runs;
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

impl Query for Runs {
    type SqlType = RowSql;
}

impl QueryId for Runs {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Runs {}

/// What `ask` is told by a statement that is planned so.
pub(super) fn planned<T>(
    conn: &mut PgConnection,
    plan: Plan,
    ask: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> Result<T> {
    if plan != Plan::Once {
        return Ok(ask(conn)?);
    }
    let mut told = Err(diesel::result::Error::NotFound);
    let forced = conn.transaction(|conn| {
        // In favour of indexes, whatever the server is told: it may take the SIMs that are asked for to be nearly all.
        conn.batch_execute(
            "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL random_page_cost = 1.1",
        )?;
        told = ask(conn);
        // Else it would be so for all that the request asks later.
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    match forced {
        Ok(()) | Err(diesel::result::Error::RollbackTransaction) => Ok(told?),
        Err(error) => Err(error.into()),
    }
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

impl Query for CountOf<'_> {
    type SqlType = BigInt;
}

impl QueryId for CountOf<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for CountOf<'_> {}

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
impl<Q> QueryId for Explained<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(feature = "testing")]
impl<Q> Query for Explained<'_, Q> {
    type SqlType = diesel::sql_types::Json;
}

#[cfg(feature = "testing")]
impl<Q> RunQueryDsl<PgConnection> for Explained<'_, Q> {}
