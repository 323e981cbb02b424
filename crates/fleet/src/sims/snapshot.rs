//! All SIMs of a selection, page by page, as they are at one moment.
//!
//! Through a cursor rather than by key: a key needs an index that gives each filter in order, or else each page sorts
//! again what all of them have in common. A cursor goes through the selection once, whatever the filter is.

use std::time::Duration;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::Untyped;

use super::rows::{Row, RowQuery, RowSql, selected};
use super::{Selection, SimQuery};
use crate::db::statements;
use crate::error::Result;
use crate::ids::CompanyId;
use crate::schema::sims;

/// Rows that are fetched at once.
const PAGE: usize = 5_000;

/// Runs `work` in a transaction that only reads, and that sees everything as it is now, however long it takes.
///
/// It holds back the removal of what has been deleted since, so it may not stand still: no statement takes longer than
/// `patience`, and the server ends it where it hears nothing for as long.
pub(crate) fn begin_snapshot<T>(
    conn: &mut PgConnection,
    patience: Duration,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    conn.build_transaction().read_only().repeatable_read().run(|conn| {
        let milliseconds = patience.as_millis();
        for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
            diesel::sql_query(format!("SET LOCAL {setting} = {milliseconds}")).execute(conn)?;
        }
        // All rows are wanted, not the first ones soon.
        diesel::sql_query("SET LOCAL cursor_tuple_fraction = 1").execute(conn)?;
        work(conn)
    })
}

/// Hands the SIMs of `company` that are selected to `take`, in the order of the ICCIDs, until there are no more of them
/// or it says that it wants no more. To be called within [`begin_snapshot`].
pub(crate) fn each_page(
    conn: &mut PgConnection,
    company: CompanyId,
    selection: &Selection,
    mut take: impl FnMut(&mut PgConnection, &[Row]) -> Result<bool>,
) -> Result<()> {
    Declare::of(own(selection.query(company), company)).execute(conn)?;
    loop {
        let rows: Vec<Row> = Fetch.load(conn)?;
        if !take(conn, &rows)? || rows.len() < PAGE {
            break;
        }
    }
    diesel::sql_query("CLOSE exported").execute(conn)?;
    Ok(())
}

/// The tasks of an operation also select SIMs that have left the company since.
fn own(query: SimQuery, company: CompanyId) -> SimQuery {
    query.filter(sims::company_id.eq(company))
}

struct Declare(RowQuery);

impl Declare {
    fn of(query: SimQuery) -> Self {
        Self(selected(query).order(sims::iccid))
    }
}

impl QueryFragment<Pg> for Declare {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("DECLARE exported NO SCROLL CURSOR FOR ");
        QueryFragment::<Pg>::walk_ast(&self.0, out)
    }
}

struct Fetch;

impl QueryFragment<Pg> for Fetch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(&format!("FETCH FORWARD {PAGE} FROM exported"));
        Ok(())
    }
}

statements!([] Declare => Untyped, [] Fetch => RowSql);
