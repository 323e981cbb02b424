//! Checking the rows of a draft, while the person waits or in the background.
//!
//! Some rows at a time go into the draft, each time in a transaction that also notes how many there are and that the check
//! is alive. A check that is not heard of any more has been broken off, with the portal that it ran in; its
//! draft says so, and nothing of it can be loaded.

use std::io::{Read, Seek};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::staging::{self, Staged};
use super::{kept, new_labels};
use crate::error::{Error, Result};
use crate::ids::{ImportDraftId, ImportDraftUid};
use crate::operations::clock;
use crate::schema::import_drafts;
use crate::sim_files::{FileProblem, FoundColumn, ReadOptions, SimFile};

/// A draft whose rows are to be checked.
pub struct Checking<R> {
    pub(super) id: ImportDraftId,
    pub(super) uid: ImportDraftUid,
    pub(super) file: R,
    pub(super) size: u64,
    pub(super) options: ReadOptions,
    pub(super) columns: Vec<FoundColumn>,
    pub(super) row_limit: u32,
}

impl<R: Read + Seek> Checking<R> {
    /// The draft.
    pub const fn uid(&self) -> ImportDraftUid {
        self.uid
    }

    /// How many bytes the file has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Its columns, as they are taken.
    pub fn columns(&self) -> &[FoundColumn] {
        &self.columns
    }

    /// Says that the check will go on, for one that waits for its turn.
    pub fn wait(&self, conn: &mut PgConnection) -> Result<()> {
        seen(conn, self.id, 0)
    }

    /// Checks all rows while somebody waits. Of a file that nothing can come of, nothing is kept.
    ///
    /// [`Error::Invalid`] for the field `column` where a column is probably not what it is taken as.
    pub fn at_once(self, conn: &mut PgConnection, progress: impl FnMut(u32)) -> Result<ImportDraftUid> {
        let (id, uid) = (self.id, self.uid);
        self.check(conn, progress).map(|()| uid).inspect_err(|_| {
            let gone = conn.transaction(|conn| {
                kept::remove_rows(conn, &[id])?;
                diesel::delete(import_drafts::table.find(id)).execute(conn)
            });
            if let Err(cause) = gone {
                tracing::warn!(%cause, "a draft that nothing can come of is removed later");
            }
        })
    }

    /// Checks all rows after the person has been answered. Why nothing can come of a file is kept with its draft.
    pub fn in_background(self, conn: &mut PgConnection) -> Result<()> {
        let id = self.id;
        let outcome = self.check(conn, |_| {});
        let sentence = match &outcome {
            Ok(()) => return Ok(()),
            Err(Error::Invalid { message, .. } | Error::Refused(message)) => message.clone().into_owned(),
            Err(_) => "The portal has met an error while it checked the file. Send it again.".to_owned(),
        };
        conn.transaction(|conn| {
            kept::remove_rows(conn, &[id])?;
            let row = import_drafts::table.find(id);
            diesel::update(row).set(import_drafts::failed_because.eq(sentence)).execute(conn)
        })?;
        match outcome {
            Err(Error::Invalid { .. } | Error::Refused(_)) => Ok(()),
            other => other,
        }
    }

    fn check(self, conn: &mut PgConnection, progress: impl FnMut(u32)) -> Result<()> {
        let Self { id, mut file, options, row_limit, .. } = self;
        rewind(&mut file)?;
        let opened = SimFile::open(file, options).map_err(|problem| unreadable(&problem))?;
        let staged = staging::stage(conn, id, opened, row_limit, progress)?;
        if staged.rows == 0 {
            return Err(Error::invalid("file", "There is no row below the header."));
        }
        seen(conn, id, staged.rows)?;
        conn.transaction(|conn| {
            conn.batch_execute("SET LOCAL work_mem = '64MB'; ANALYZE import_lines")?;
            mark_loaded_already(conn, id)?;
            let company = import_drafts::table.find(id).select(import_drafts::company_id).first(conn)?;
            new_labels::mark_without_room(conn, company, id)?;
            note_counts(conn, id, &staged)
        })
    }
}

pub(super) fn unreadable(problem: &FileProblem) -> Error {
    Error::invalid("file", problem.to_string())
}

pub(super) fn rewind(file: &mut impl Seek) -> Result<()> {
    file.rewind().map_err(|error| lost(&error))
}

pub(super) fn lost(error: &std::io::Error) -> Error {
    Error::Internal(format!("an uploaded file: {error}"))
}

/// Notes how many rows have been read, and that the check is alive.
pub(super) fn seen(conn: &mut PgConnection, draft: ImportDraftId, rows: u32) -> Result<()> {
    let changed = diesel::update(import_drafts::table.find(draft))
        .set((import_drafts::rows.eq(rows.cast_signed()), import_drafts::seen_at.eq(clock())))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Marks the rows with an identifier of a SIM that is loaded already, in whatever company: whose is not said.
fn mark_loaded_already(conn: &mut PgConnection, draft: ImportDraftId) -> Result<()> {
    const SQL: &str = "WITH found AS ( \
             SELECT line, string_agg('A SIM with this ' || what || ' is in a fleet already.', ' ' ORDER BY place) AS reason \
             FROM (SELECT r.line, 1 AS place, 'ICCID' AS what FROM import_lines r JOIN sims s ON s.iccid = r.iccid \
                 WHERE r.draft_id = $1 \
             UNION ALL \
             SELECT r.line, 2, 'IMSI' FROM import_lines r JOIN sims s ON s.imsi = r.imsi WHERE r.draft_id = $1 \
             UNION ALL \
             SELECT r.line, 3, 'MSISDN' FROM import_lines r JOIN sims s ON s.msisdn = r.msisdn WHERE r.draft_id = $1 \
             ) AS each GROUP BY line), \
         noted AS (INSERT INTO import_problems (draft_id, problem, line) \
             SELECT $1, 'already_loaded', line FROM found) \
         UPDATE import_lines l SET problem = coalesce(l.problem, 'already_loaded'), \
             reason = concat_ws(' ', l.reason, found.reason) \
         FROM found WHERE l.draft_id = $1 AND l.line = found.line";
    diesel::sql_query(SQL).bind::<BigInt, _>(draft).execute(conn)?;
    Ok(())
}

/// Counts what was found, with which the check has ended well.
fn note_counts(conn: &mut PgConnection, draft: ImportDraftId, staged: &Staged) -> Result<()> {
    const SQL: &str = "UPDATE import_drafts SET checked_at = clock_timestamp(), \
             ready = rows - (SELECT count(*) FROM import_lines WHERE draft_id = $1 AND problem IS NOT NULL), \
             problems = (SELECT coalesce(jsonb_object_agg(problem, lines), '{}') FROM ( \
                 SELECT problem, count(*) AS lines FROM import_problems WHERE draft_id = $1 GROUP BY problem) AS kinds) \
         WHERE id = $1";
    seen(conn, draft, staged.rows)?;
    let blank_lines = i32::try_from(staged.blank_lines).unwrap_or(i32::MAX);
    let row = import_drafts::table.find(draft);
    diesel::update(row).set(import_drafts::blank_lines.eq(blank_lines)).execute(conn)?;
    diesel::sql_query(SQL).bind::<BigInt, _>(draft).execute(conn)?;
    Ok(())
}
