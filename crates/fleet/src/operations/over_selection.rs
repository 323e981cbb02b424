//! Statements over the SIMs of a selection, whatever way they were selected.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Untyped};

use crate::db::statements;

/// A statement that begins with a common table expression `chosen`: the selected SIMs, or their ids.
///
/// The selection is a query that diesel has put together; what is done with it is SQL in the
/// text of `parts`, with values bound in between.
pub(super) struct OverSelection<Chosen> {
    chosen: Chosen,
    parts: Vec<Part>,
}

enum Part {
    Sql(String),
    Number(Option<i64>),
}

impl<Chosen> OverSelection<Chosen> {
    pub(super) fn new(chosen: Chosen) -> Self {
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

impl<Chosen: QueryFragment<Pg>> QueryFragment<Pg> for OverSelection<Chosen> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("WITH chosen AS (");
        self.chosen.walk_ast(out.reborrow())?;
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

statements!([Chosen] OverSelection<Chosen> => Untyped);
