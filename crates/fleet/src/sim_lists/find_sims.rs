//! The SIMs that the entries of a list name.
//!
//! What may well find nothing is looked up number by number, by an index: of numbers that no statistics tell of, and under
//! row-level security, the planner would go through the whole fleet for each. `OFFSET 0` leaves it no other way.

use diesel::PgConnection;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;

use crate::error::Result;
use crate::ids::CompanyId;

/// How many SIMs were found in other ways than by ICCID, IMSI, MSISDN or EID.
pub(super) struct Matches {
    /// By an ICCID without its check digit.
    pub(super) by_open_iccid: usize,
    /// By the IMEI of the device that the SIM is in.
    pub(super) by_imei: usize,
}

/// Fills `list_matches`: the SIMs that the first entry with each number names.
///
/// What identifies one SIM exactly comes first; the rest is looked for only where that finds nothing.
pub(super) fn find_sims(conn: &mut PgConnection, company: CompanyId) -> Result<Matches> {
    exactly(conn, company)?;
    let by_open_iccid = open_iccids(conn, company)?;
    insert(conn, company, MSISDNS)?;
    let by_imei = insert(conn, company, IMEIS)?;
    conn.batch_execute("ANALYZE list_matches")?;
    Ok(Matches { by_open_iccid, by_imei })
}

/// Each kind of entry is grouped by itself, straight from the table: so the planner knows how many there are, and
/// does not look up a million of them one by one.
fn exactly(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    const MATCHES: &str = "CREATE TEMPORARY TABLE list_matches \
         (entry integer, line integer, sim_id bigint, iccid text COLLATE \"C\") ON COMMIT DROP";
    const SQL: &str = "WITH cards AS (SELECT number, min(entry) AS entry, min(line) AS line \
             FROM list_entries WHERE kind = 'c' GROUP BY number), \
         subscriptions AS (SELECT number, min(entry) AS entry, min(line) AS line \
             FROM list_entries WHERE kind = 's' GROUP BY number), \
         chips AS (SELECT number, min(entry) AS entry, min(line) AS line \
             FROM list_entries WHERE kind = 'e' GROUP BY number) \
         INSERT INTO list_matches (entry, line, sim_id, iccid) \
         SELECT w.entry, w.line, s.id, s.iccid FROM cards w \
             JOIN sims s ON s.iccid = w.number AND s.company_id = $1 \
         UNION ALL \
         SELECT w.entry, w.line, s.id, s.iccid FROM subscriptions w \
             JOIN sims s ON s.imsi = w.number AND s.company_id = $1 \
         UNION ALL \
         SELECT w.entry, w.line, s.id, s.iccid FROM chips w \
             CROSS JOIN unnest('{inventory,active,suspended,retired}'::text[]) AS any_state \
             CROSS JOIN LATERAL (SELECT id, iccid FROM sims \
                 WHERE company_id = $1 AND state = any_state AND eid = w.number OFFSET 0) AS s";
    conn.batch_execute(MATCHES)?;
    insert(conn, company, SQL)?;
    conn.batch_execute("ANALYZE list_matches")?;
    Ok(())
}

/// A number as it was written, and the other way in which it can be meant.
const MSISDNS: &str = "WITH rest AS ( \
         SELECT number, min(other) AS other, min(entry) AS entry, min(line) AS line \
         FROM list_entries WHERE kind = 's' GROUP BY number) \
     INSERT INTO list_matches (entry, line, sim_id, iccid) \
     SELECT w.entry, w.line, s.id, s.iccid FROM rest w \
         CROSS JOIN LATERAL (VALUES (w.number), (w.other)) AS either (number) \
         CROSS JOIN LATERAL (SELECT id, iccid FROM sims \
             WHERE company_id = $1 AND msisdn = either.number OFFSET 0) AS s \
     WHERE NOT EXISTS (SELECT FROM list_matches m WHERE m.entry = w.entry)";

/// A device has one SIM at a time, but nobody is kept from noting it with several. How long numbers are is asked late: the
/// planner guesses that most entries are shorter, and with so few would compare each with every match.
const IMEIS: &str = "WITH rest AS ( \
         SELECT number, min(other) AS other, min(entry) AS entry, min(line) AS line \
         FROM list_entries WHERE kind = 's' GROUP BY number) \
     INSERT INTO list_matches (entry, line, sim_id, iccid) \
     SELECT w.entry, w.line, s.id, s.iccid FROM rest w \
         CROSS JOIN LATERAL (VALUES (w.number), (w.other)) AS either (number) \
         CROSS JOIN unnest('{inventory,active,suspended,retired}'::text[]) AS any_state \
         CROSS JOIN LATERAL (SELECT id, iccid FROM sims \
             WHERE company_id = $1 AND state = any_state AND imei = either.number OFFSET 0) AS s \
     WHERE length(either.number) >= 14 AND NOT EXISTS (SELECT FROM list_matches m WHERE m.entry = w.entry)";

fn insert(conn: &mut PgConnection, company: CompanyId, sql: &str) -> Result<usize> {
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(company).execute(conn)?)
}

/// The SIMs whose ICCIDs are entries with one digit more. Where several are, none is meant, and the entry says so.
fn open_iccids(conn: &mut PgConnection, company: CompanyId) -> Result<usize> {
    const SQL: &str = "WITH rest AS ( \
             SELECT CASE WHEN length(number) IN (18, 19) THEN number END AS open, min(entry) AS entry, min(line) AS line \
             FROM list_entries WHERE kind = 'c' GROUP BY number), \
         longer AS MATERIALIZED ( \
             SELECT w.entry, w.line, s.id AS sim_id, s.iccid, count(*) OVER (PARTITION BY w.entry) AS sims FROM rest w \
             CROSS JOIN LATERAL (SELECT id, iccid FROM sims \
                 WHERE company_id = $1 AND iccid BETWEEN w.open || '0' AND w.open || '9' \
                     AND length(iccid) = length(w.open) + 1 OFFSET 0) AS s \
             WHERE NOT EXISTS (SELECT FROM list_matches m WHERE m.entry = w.entry)), \
         ambiguous AS ( \
             UPDATE list_entries e SET reason = \
                 'Its check digit is missing, and several SIMs begin with it: ' || several.iccids || '.' \
             FROM (SELECT entry, string_agg(iccid, ', ' ORDER BY iccid) AS iccids FROM longer WHERE sims > 1 \
                 GROUP BY entry) AS several \
             WHERE e.entry = several.entry) \
         INSERT INTO list_matches (entry, line, sim_id, iccid) \
         SELECT entry, line, sim_id, iccid FROM longer WHERE sims = 1";
    insert(conn, company, SQL)
}
