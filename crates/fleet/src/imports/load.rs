//! From the temporary table to the SIMs.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DatabaseError};
use diesel::sql_types::{BigInt, Integer, Text};

use super::Progress;
use super::report::Problems;
use super::staging::remove;
use crate::error::{Error, Result};
use crate::ids::CompanyId;
use crate::sim_files::{Column, LineProblem, RowProblem};

/// One statement takes this much of the temporary table, about 40,000 rows: small enough for the memory of the
/// triggers that count, large enough that statements cost nothing.
const PAGES_PER_STATEMENT: i64 = 500;

/// The most labels that one file may bring: more is a column in the wrong place.
const LABEL_LIMIT: i64 = 1_000;

/// From this many rows on, the planner is told at once rather than by the next automatic run.
const ROWS_THAT_CHANGE_PLANS: u64 = 5_000;

/// Moves all rows to the inventory of `company` and returns how many there were.
///
/// Rows whose identifiers are loaded already are added to `problems`; they keep everything out unless `skip_bad`.
pub(super) fn load(
    conn: &mut PgConnection,
    company: CompanyId,
    skip_bad: bool,
    mut rows: u64,
    problems: &mut Problems,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64> {
    check_labels(conn)?;
    // A second round only happens after bad lines were taken out, a third only if another import ran in between.
    for _ in 0..3 {
        match conn.transaction(|conn| insert(conn, company, rows, progress)) {
            Err(Error::Database(DatabaseError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))) => {}
            done => return done,
        }
        let taken = find_loaded_already(conn)?;
        remove(conn, &taken)?;
        rows -= taken.len() as u64;
        problems.add(taken);
        if !skip_bad {
            return Ok(0);
        }
    }
    Err(Error::refused(
        "Other imports are loading the same SIMs at this moment. Try again when they are done.",
    ))
}

fn insert(
    conn: &mut PgConnection,
    company: CompanyId,
    of: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64> {
    make_labels(conn, company)?;
    let pages: i64 = diesel::select(diesel::dsl::sql::<BigInt>(
        "pg_relation_size('import_rows') / current_setting('block_size')::bigint",
    ))
    .get_result(conn)?;
    let mut rows = 0;
    for first in (0..pages).step_by(usize::try_from(PAGES_PER_STATEMENT).unwrap_or(usize::MAX)) {
        rows += diesel::sql_query(
            "INSERT INTO sims (company_id, iccid, imsi, msisdn, eid, sim_type, label_ids)
             SELECT $1, r.iccid, r.imsi, r.msisdn, r.eid, r.sim_type,
                    CASE WHEN l.id IS NULL THEN '{}' ELSE ARRAY[l.id] END
             FROM import_rows r LEFT JOIN labels l ON l.company_id = $1 AND lower(l.name) = lower(r.label)
             WHERE r.ctid >= $2::tid AND r.ctid < $3::tid",
        )
        .bind::<BigInt, _>(company)
        .bind::<Text, _>(format!("({first},0)"))
        .bind::<Text, _>(format!("({},0)", first + PAGES_PER_STATEMENT))
        .execute(conn)? as u64;
        progress(Progress::Loading { rows, of });
    }
    Ok(rows)
}

/// Refuses files in which nearly every row has a label of its own.
fn check_labels(conn: &mut PgConnection) -> Result<()> {
    let labels: i64 = diesel::select(diesel::dsl::sql::<BigInt>(
        "(SELECT count(*) FROM (SELECT DISTINCT lower(label) FROM import_rows WHERE label IS NOT NULL) AS labels)",
    ))
    .get_result(conn)?;
    if labels > LABEL_LIMIT {
        return Err(Error::refused(format!(
            "The file has {labels} different labels, at most {LABEL_LIMIT} are allowed. Is another column named “label”?"
        )));
    }
    Ok(())
}

/// Makes the labels of the file that `company` does not have yet.
fn make_labels(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO labels (company_id, name)
         SELECT DISTINCT ON (lower(label)) $1, label FROM import_rows WHERE label IS NOT NULL
         ORDER BY lower(label), label
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(company)
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct LoadedAlready {
    #[diesel(sql_type = Integer)]
    line: i32,
    #[diesel(sql_type = Integer)]
    column_number: i32,
}

/// The rows of the temporary table with an identifier of a SIM that is loaded already, in whatever company.
pub(super) fn find_loaded_already(conn: &mut PgConnection) -> Result<Vec<LineProblem>> {
    conn.batch_execute("ANALYZE import_rows")?;
    let found: Vec<LoadedAlready> = diesel::sql_query(
        "SELECT DISTINCT ON (line) line, column_number FROM (
             SELECT r.line, 1 AS column_number FROM import_rows r JOIN sims s ON s.iccid = r.iccid
             UNION ALL
             SELECT r.line, 2 FROM import_rows r JOIN sims s ON s.imsi = r.imsi
             UNION ALL
             SELECT r.line, 3 FROM import_rows r JOIN sims s ON s.msisdn = r.msisdn
         ) AS found ORDER BY line, column_number",
    )
    .load(conn)?;
    Ok(found
        .into_iter()
        .map(|LoadedAlready { line, column_number }| LineProblem {
            line: line.cast_unsigned(),
            column: Some(match column_number {
                1 => Column::Iccid,
                2 => Column::Imsi,
                _ => Column::Msisdn,
            }),
            reason: RowProblem::AlreadyLoaded,
        })
        .collect())
}

/// After a large load, lets the planner know how large the table has become.
pub(super) fn refresh_statistics(conn: &mut PgConnection, loaded: u64) -> Result<()> {
    if loaded >= ROWS_THAT_CHANGE_PLANS {
        conn.batch_execute("ANALYZE sims; ANALYZE labels")?;
    }
    Ok(())
}
