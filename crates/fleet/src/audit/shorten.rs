//! Forgetting old lines, where whoever runs the installation wants them gone. Never by a portal: see the trigger of the table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::note::PORTAL;
use crate::console::Console;
use crate::error::Result;

/// What is left of the lines of a company.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Shortened {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub company: String,
    /// So many are gone.
    #[diesel(sql_type = BigInt)]
    pub lines: i64,
}

/// Removes the lines that are older than so many days, and tells each company in its log how many those were.
///
/// An error for whoever does not own the table.
pub fn shorten(console: &mut Console, days: u32) -> Result<Vec<Shortened>> {
    const SQL: &str = "WITH gone AS (DELETE FROM audit_events WHERE at < now() - $1 * interval '1 day' RETURNING company_id), \
             counted AS (SELECT company_id, count(*) AS lines FROM gone GROUP BY company_id), \
             told AS (INSERT INTO audit_events (company_id, actor, action, subject, before, after) \
                SELECT c.id, $2, 'audit_shortened', c.name, \
                    jsonb_build_object('lines', n.lines), jsonb_build_object('days kept', $1) \
                FROM counted n JOIN companies c ON c.id = n.company_id) \
         SELECT c.name AS company, n.lines FROM counted n JOIN companies c ON c.id = n.company_id ORDER BY c.name, c.id";
    console.transaction(|conn| {
        diesel::sql_query("SET LOCAL simyard.shortens_audit = 'yes'").execute(conn)?;
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        Ok(diesel::sql_query(SQL).bind::<Integer, _>(days).bind::<Text, _>(PORTAL).load(conn)?)
    })
}
