//! The end of the drafts that nobody needs any more.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool};

use super::BROKEN_OFF;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, ImportDraftId};
use crate::schema::{import_drafts, import_lines, import_problems};
use crate::tenancy;

/// The most drafts of a company, and the most rows in all of them: the oldest make room for a new one.
const DRAFTS: i64 = 100;
const ROWS: i64 = 5_000_000;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: ImportDraftId,
}

/// The most files of a company that may be under check at once: each takes its size on the disk of a portal.
const CHECKS: i64 = 3;

/// Fails where the company has as many files under check as there may be.
pub(super) fn require_turn(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    let under_check = import_drafts::table
        .filter(import_drafts::company_id.eq(company))
        .filter(import_drafts::checked_at.is_null())
        .filter(import_drafts::failed_because.is_null())
        .filter(diesel::dsl::not(diesel::dsl::sql::<Bool>(BROKEN_OFF)));
    if under_check.count().get_result::<i64>(conn)? < CHECKS {
        return Ok(());
    }
    Err(Error::refused(
        "Several files of this company are being checked already. Nothing was kept of this one: send it when they are done.",
    ))
}

pub(super) fn make_room(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    const SQL: &str = "SELECT id FROM (SELECT id, row_number() OVER newest AS place, \
             sum(rows::bigint) OVER newest AS rows \
         FROM import_drafts WHERE company_id = $1 WINDOW newest AS (ORDER BY id DESC)) AS kept \
         WHERE place >= $2 OR rows > $3";
    let surplus = diesel::sql_query(SQL)
        .bind::<BigInt, _>(company)
        .bind::<BigInt, _>(DRAFTS)
        .bind::<BigInt, _>(ROWS)
        .load(conn)?;
    remove(conn, &surplus)?;
    Ok(())
}

/// Removes the drafts that are a week old, and says how many those were.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const SQL: &str = "SELECT id FROM import_drafts WHERE created_at < now() - interval '7 days'";
    let old: Vec<Id> = diesel::sql_query(SQL).load(conn)?;
    remove(conn, &old)
}

/// Removes drafts, but for those that are being checked or loaded.
fn remove(conn: &mut PgConnection, drafts: &[Id]) -> Result<usize> {
    // One that is launched at this moment names an operation that is not seen here yet: it stays.
    let delete = format!(
        "DELETE FROM import_drafts d WHERE id = ANY($1) AND (d.operation_id IS NULL OR EXISTS \
         (SELECT FROM operations o WHERE o.id = d.operation_id AND o.state = 'finished')) \
         AND (d.checked_at IS NOT NULL OR d.failed_because IS NOT NULL OR {BROKEN_OFF}) \
         RETURNING id"
    );
    if drafts.is_empty() {
        return Ok(0);
    }
    conn.transaction(|conn| {
        let gone: Vec<Id> = diesel::sql_query(delete).bind::<Array<BigInt>, _>(ids(drafts)).load(conn)?;
        // The company does not see what hangs on drafts that are gone.
        tenancy::beyond(conn, |conn| remove_rows(conn, &ids(&gone)))?;
        Ok(gone.len())
    })
}

/// Removes the rows of drafts, and what was wrong with them.
pub(super) fn remove_rows(conn: &mut PgConnection, drafts: &[ImportDraftId]) -> QueryResult<()> {
    diesel::delete(import_problems::table.filter(import_problems::draft_id.eq_any(drafts))).execute(conn)?;
    diesel::delete(import_lines::table.filter(import_lines::draft_id.eq_any(drafts))).execute(conn)?;
    Ok(())
}

fn ids(drafts: &[Id]) -> Vec<ImportDraftId> {
    drafts.iter().map(|draft| draft.id).collect()
}
