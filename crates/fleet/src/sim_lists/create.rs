//! Making a list of what somebody has sent.

use std::io::Read;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid};

use super::find_sims::{self, Matches};
use super::kept::{self, Kept};
use super::split::Layout;
use super::staging::{self, Staged};
use super::{SimList, details, read};
use crate::error::{Error, Result};
use crate::schema::sim_lists;
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

/// Makes a list of the SIMs of the active company that `source` names by ICCID, IMSI, MSISDN, EID or IMEI.
///
/// [`Error::Invalid`] for the field `identifiers` with nothing in it, with more than a million
/// entries, or with what is no text. A number that is the IMSI of one SIM and the MSISDN or IMEI of
/// another means the first; an EID means all SIMs on its eUICC, an IMEI all SIMs seen in the device.
///
/// A table of details takes the right to edit SIMs. What a row would write must be what a person could: a row with anything else
/// is malformed, and names no SIM.
pub fn create<R: Read>(conn: &mut PgConnection, scope: &CompanyScope, source: Source<R>) -> Result<SimList> {
    may_create(scope, source.layout)?;
    let list = conn.transaction(|conn| {
        conn.batch_execute("SET LOCAL work_mem = '64MB'")?;
        let list = kept::insert(conn, scope, &source.origin)?;
        let details = match source.layout {
            Layout::Details => details::known(conn, scope)?,
            Layout::Words | Layout::Table => Vec::new(),
        };
        let staged = staging::stage(conn, scope, source.text, source.layout, &details)?;
        if staged.entries == 0 {
            let sentence = if staged.passed_over == 0 {
                "Paste identifiers, or choose a file with some."
            } else {
                "There is no identifier in this: an ICCID, IMSI, MSISDN, EID or IMEI is a number."
            };
            return Err(Error::invalid("identifiers", sentence));
        }
        let sims = find_sims::find_sims(conn, scope.company_id())?;
        if staged.has_shortened {
            take_lines_of_entries(conn)?;
        }
        let found = insert_members(conn, &list, &staged)?;
        if staged.has_chips || sims.by_imei > 0 || found != staged.entries {
            insert_leftovers(conn, &list)?;
        }
        note_counts(conn, &list, &staged, found)?;
        note_readings(conn, &list, staged, &sims)?;
        read::find(conn, scope, list.uid)
    })?;
    kept::refresh_statistics(conn, list.found)?;
    Ok(list)
}

/// Fails unless the person may make such a list.
pub fn may_create(scope: &CompanyScope, layout: Layout) -> Result<()> {
    scope.require(Permission::FleetView)?;
    if layout == Layout::Details { scope.require(Permission::SimsEdit) } else { Ok(()) }
}

/// What is found is found by the first entry, which need not be in the first line.
fn take_lines_of_entries(conn: &mut PgConnection) -> Result<()> {
    let sql = "UPDATE list_matches m SET line = e.line FROM list_entries e WHERE e.entry = m.entry AND e.line <> m.line";
    conn.batch_execute(sql)?;
    Ok(())
}

fn insert_members(conn: &mut PgConnection, list: &Kept, staged: &Staged) -> Result<usize> {
    const DETAILED: &str = "INSERT INTO sim_list_members (list, iccid, sim_id, line, details) \
         SELECT DISTINCT ON (m.iccid) $1, m.iccid, m.sim_id, m.line, e.details \
         FROM list_matches m JOIN list_entries e USING (entry) ORDER BY m.iccid, m.entry";
    const SQL: &str = "INSERT INTO sim_list_members (list, iccid, sim_id, line) \
         SELECT DISTINCT ON (iccid) $1, iccid, sim_id, line FROM list_matches ORDER BY iccid, entry";
    let sql = if staged.details.is_empty() { SQL } else { DETAILED };
    Ok(diesel::sql_query(sql).bind::<Uuid, _>(list.uid).execute(conn)?)
}

/// Keeps what is no SIM of the list, and why. Several identifiers of a SIM on one line are a row of a table, not worth
/// a word.
fn insert_leftovers(conn: &mut PgConnection, list: &Kept) -> Result<()> {
    const SQL: &str = "WITH judged AS ( \
             SELECT entry, line, coalesce(written, number) AS written, reason, \
                 first_value(entry) OVER same AS first_entry, first_value(line) OVER same AS first_line, \
                 row_number() OVER same > 1 AS is_repeated \
             FROM list_entries WINDOW same AS (PARTITION BY kind, number ORDER BY entry)), \
         named AS (SELECT entry, min(iccid) AS iccid, bool_or(entry = owner) AS is_own, min(owner_line) AS owner_line FROM ( \
             SELECT entry, iccid, first_value(entry) OVER same_sim AS owner, first_value(line) OVER same_sim AS owner_line \
             FROM list_matches WINDOW same_sim AS (PARTITION BY sim_id ORDER BY entry)) AS m GROUP BY entry) \
         INSERT INTO sim_list_leftovers (list_id, problem, entry, line, written, reason) \
         SELECT $1, CASE WHEN is_repeated OR iccid IS NOT NULL THEN 'duplicate' \
                 WHEN reason IS NULL THEN 'not_found' ELSE 'malformed' END::sim_list_problem, \
             judged.entry, line, written, \
             CASE WHEN is_repeated AND iccid IS NULL THEN 'It stands in line ' || first_line || ' already.' \
                 WHEN is_repeated THEN 'It stands in line ' || first_line || ' already: SIM ' || iccid || '.' \
                 WHEN iccid IS NOT NULL THEN 'Line ' || owner_line || ' names this SIM already: ' || iccid || '.' \
                 ELSE reason END \
         FROM judged LEFT JOIN named ON named.entry = judged.first_entry \
         WHERE is_repeated OR (is_own IS NOT TRUE AND owner_line IS DISTINCT FROM line)";
    diesel::sql_query(SQL).bind::<BigInt, _>(list.id).execute(conn)?;
    Ok(())
}

/// Keeps what was passed over, how was read what can be read in several ways, and which details there are.
fn note_readings(conn: &mut PgConnection, list: &Kept, staged: Staged, sims: &Matches) -> Result<()> {
    let mut notes = staged.notes;
    if sims.by_open_iccid > 0 {
        let sims = crate::numbers::count(i64::try_from(sims.by_open_iccid).unwrap_or(i64::MAX));
        notes.push(format!("Found by ICCIDs whose check digit is missing: {sims}."));
    }
    let passed_over = i32::try_from(staged.passed_over).unwrap_or(i32::MAX);
    if passed_over > 0 || !notes.is_empty() || !staged.details.is_empty() {
        diesel::update(sim_lists::table.find(list.id))
            .set((
                sim_lists::passed_over.eq(passed_over),
                sim_lists::notes.eq(notes),
                sim_lists::details.eq(staged.details),
            ))
            .execute(conn)?;
    }
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
