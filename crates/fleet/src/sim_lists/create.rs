//! Making a list of what somebody has sent.

use std::io::Read;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid};

use super::kept::{self, Kept};
use super::split::Layout;
use super::staging::{self, Staged};
use super::{SimList, read};
use crate::error::{Error, Result};
use crate::ids::CompanyId;
use crate::tenancy::{CompanyScope, Permission};

/// What is sent: the text, how it is laid out, and what it is called.
pub struct Source<R> {
    /// The text.
    pub text: R,
    /// How it is read where no header says so.
    pub layout: Layout,
    /// The name of the file, or where else it comes from.
    pub origin: String,
}

/// Makes a list of the SIMs of the active company that `source` names by ICCID, IMSI, MSISDN or EID.
///
/// [`Error::Invalid`] for the field `identifiers` with nothing in it, with more than a million
/// entries, or with what is no text. A number that is the IMSI of one SIM and the MSISDN of
/// another means the first; an EID means all SIMs on its eUICC.
pub fn create<R: Read>(conn: &mut PgConnection, scope: &CompanyScope, source: Source<R>) -> Result<SimList> {
    scope.require(Permission::FleetView)?;
    let list = conn.transaction(|conn| {
        conn.batch_execute("SET LOCAL work_mem = '64MB'")?;
        let list = kept::insert(conn, scope, &source.origin)?;
        let staged = staging::stage(conn, source.text, source.layout)?;
        if staged.entries == 0 {
            return Err(Error::invalid("identifiers", "Paste identifiers, or choose a file with some."));
        }
        find_sims(conn, scope.company_id())?;
        let found = insert_members(conn, &list)?;
        if staged.has_chips || found != staged.entries {
            insert_leftovers(conn, &list)?;
        }
        note_counts(conn, &list, &staged, found)?;
        read::find(conn, scope, list.uid)
    })?;
    kept::refresh_statistics(conn, list.found)?;
    Ok(list)
}

/// Fills `list_matches`: the SIMs that the first entry with each number names.
///
/// Each kind of entry is grouped by itself, straight from the table: so the planner knows how many there are, and
/// does not look up a million of them one by one.
fn find_sims(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    const SQL: &str = "CREATE TEMPORARY TABLE list_matches ON COMMIT DROP AS \
         WITH cards AS (SELECT number, min(entry) AS entry FROM list_entries WHERE kind = 'c' GROUP BY number), \
         subscriptions AS (SELECT number, min(entry) AS entry FROM list_entries WHERE kind = 's' GROUP BY number), \
         chips AS (SELECT number, min(entry) AS entry FROM list_entries WHERE kind = 'e' GROUP BY number) \
         SELECT w.entry, s.id AS sim_id, s.iccid FROM cards w \
             JOIN sims s ON s.iccid = w.number AND s.company_id = $1 \
         UNION ALL \
         SELECT w.entry, s.id, s.iccid FROM subscriptions w \
             JOIN sims s ON s.imsi = w.number AND s.company_id = $1 \
         UNION ALL \
         SELECT w.entry, s.id, s.iccid FROM subscriptions w \
             JOIN sims s ON s.msisdn = w.number AND s.company_id = $1 \
             WHERE NOT EXISTS (SELECT FROM sims other WHERE other.imsi = w.number AND other.company_id = $1) \
         UNION ALL \
         SELECT w.entry, s.id, s.iccid FROM chips w CROSS JOIN unnest(enum_range(NULL::sim_state)) AS any_state \
             JOIN sims s ON s.eid = w.number AND s.company_id = $1 AND s.state = any_state";
    // A statement that makes a table takes no parameters; the id is a number of ours.
    conn.batch_execute(&SQL.replace("$1", &company.0.to_string()))?;
    conn.batch_execute("ANALYZE list_matches")?;
    Ok(())
}

fn insert_members(conn: &mut PgConnection, list: &Kept) -> Result<usize> {
    const SQL: &str = "INSERT INTO sim_list_members (list, iccid, sim_id) \
         SELECT DISTINCT $1, iccid, sim_id FROM list_matches ORDER BY iccid";
    Ok(diesel::sql_query(SQL).bind::<Uuid, _>(list.uid).execute(conn)?)
}

/// Keeps what is no SIM of the list, and why.
fn insert_leftovers(conn: &mut PgConnection, list: &Kept) -> Result<()> {
    const SQL: &str = "WITH judged AS ( \
             SELECT entry, line, coalesce(written, number) AS written, reason, \
                 first_value(line) OVER same AS first_line, row_number() OVER same > 1 AS is_repeated \
             FROM list_entries WINDOW same AS (PARTITION BY number ORDER BY entry)), \
         named AS (SELECT entry, bool_or(is_first) AS is_own FROM ( \
             SELECT entry, row_number() OVER (PARTITION BY sim_id ORDER BY entry) = 1 AS is_first \
             FROM list_matches) AS m GROUP BY entry) \
         INSERT INTO sim_list_leftovers (list_id, problem, entry, line, written, reason) \
         SELECT $1, CASE WHEN is_repeated OR is_own IS NOT NULL THEN 'duplicate' \
                 WHEN reason IS NULL THEN 'not_found' ELSE 'malformed' END::sim_list_problem, \
             entry, line, written, \
             CASE WHEN is_repeated THEN 'It stands in line ' || first_line || ' already.' \
                 WHEN is_own IS NOT NULL THEN 'The list names this SIM already, by another identifier.' \
                 ELSE reason END \
         FROM judged LEFT JOIN named USING (entry) WHERE is_repeated OR is_own IS NOT TRUE";
    diesel::sql_query(SQL).bind::<BigInt, _>(list.id).execute(conn)?;
    Ok(())
}

fn note_counts(conn: &mut PgConnection, list: &Kept, staged: &Staged, found: usize) -> Result<()> {
    const SQL: &str = "UPDATE sim_lists SET found = $2, not_found = n.not_found, malformed = n.malformed, \
             duplicates = n.duplicates FROM ( \
             SELECT count(*) FILTER (WHERE problem = 'not_found') AS not_found, \
                 count(*) FILTER (WHERE problem = 'malformed') AS malformed, \
                 count(*) FILTER (WHERE problem = 'duplicate') AS duplicates \
             FROM sim_list_leftovers WHERE list_id = $1) AS n WHERE id = $1";
    tracing::debug!(entries = staged.entries, found, "made a list of SIMs");
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(list.id)
        .bind::<BigInt, _>(i64::try_from(found).unwrap_or(i64::MAX))
        .execute(conn)?;
    Ok(())
}
