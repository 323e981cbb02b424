//! Statements over the SIMs of a selection, whatever way they were selected.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Untyped};

use crate::sims::SimQuery;

/// A statement that begins with a common table expression `chosen`: the selected SIMs.
///
/// The selection is a query that diesel has put together; what is done with it is SQL in the
/// text of `parts`, with values bound in between.
pub(super) struct OverSelection {
    chosen: SimQuery,
    parts: Vec<Part>,
}

enum Part {
    Sql(String),
    Number(Option<i64>),
}

impl OverSelection {
    pub(super) fn new(chosen: SimQuery) -> Self {
        Self { chosen, parts: Vec::new() }
    }

    /// Adds text of the statement, which no user has written.
    pub(super) fn sql(mut self, sql: impl Into<String>) -> Self {
        self.parts.push(Part::Sql(sql.into()));
        self
    }

    /// Adds a `bigint`.
    pub(super) fn number(mut self, number: impl Into<Option<i64>>) -> Self {
        self.parts.push(Part::Number(number.into()));
        self
    }
}

impl QueryFragment<Pg> for OverSelection {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("WITH chosen AS (");
        <SimQuery as QueryFragment<Pg>>::walk_ast(&self.chosen, out.reborrow())?;
        out.push_sql(")");
        for part in &self.parts {
            match part {
                Part::Sql(sql) => out.push_sql(sql),
                Part::Number(number) => out.push_bind_param::<Nullable<BigInt>, _>(number)?,
            }
        }
        Ok(())
    }
}

impl QueryId for OverSelection {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for OverSelection {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for OverSelection {}
