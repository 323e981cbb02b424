//! The files that are kept: in the database, which every portal reaches, in pieces that are read one by one.

use std::fs::File;
use std::io::Read;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::file::failed;
use super::tree::sources;
use super::{Export, ExportState, find};
use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::{ExportId, ExportUid};
use crate::schema::{export_chunks, exports};
use crate::tenancy::CompanyScope;

/// The bytes of a piece.
const PIECE: u64 = 256 * 1024;
/// Pieces that are written by one statement.
const AT_ONCE: usize = 16;
/// The most files, and the most records, that are removed at once.
const FILES_AT_ONCE: i64 = 20;
const RECORDS_AT_ONCE: i64 = 5_000;

/// Keeps a file. To be called in the transaction that says that it is ready.
pub(super) fn store(conn: &mut PgConnection, id: ExportId, file: &mut File) -> Result<()> {
    let mut number = 0;
    loop {
        let mut pieces = Vec::with_capacity(AT_ONCE);
        while pieces.len() < AT_ONCE {
            let mut bytes = Vec::new();
            file.take(PIECE).read_to_end(&mut bytes).map_err(failed)?;
            if bytes.is_empty() {
                break;
            }
            pieces.push((
                export_chunks::export_id.eq(id),
                export_chunks::number.eq(number),
                export_chunks::bytes.eq(bytes),
            ));
            number += 1;
        }
        let is_last = pieces.len() < AT_ONCE;
        diesel::insert_into(export_chunks::table).values(pieces).execute(conn)?;
        if is_last {
            return Ok(());
        }
    }
}

/// A piece of a file that is kept, from 0 on; none after the last one.
///
/// Each is asked for in a scope of its own: whoever is no member any more gets no more of it.
pub fn piece(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: ExportUid,
    number: i32,
) -> Result<Option<Vec<u8>>> {
    let export = find(conn, scope, uid)?;
    if export.state != ExportState::Ready {
        return Err(Error::NotFound);
    }
    sources(conn, scope, &export)?;
    let piece =
        export_chunks::table.find((export.id, number)).select(export_chunks::bytes).first(conn).optional()?;
    Ok(piece)
}

/// Removes the file of an export, or gives up making it. Its record stays.
///
/// [`Error::Refused`] for one that has no file to be removed.
pub fn remove(conn: &mut PgConnection, scope: &CompanyScope, uid: ExportUid) -> Result<Export> {
    conn.transaction(|conn| {
        let export = find(conn, scope, uid)?;
        let removed = exports::table
            .find(export.id)
            .filter(exports::in_background)
            .filter(exports::state.eq_any([ExportState::Pending, ExportState::Ready]));
        let removed = diesel::update(removed)
            .set(exports::state.eq(ExportState::Removed))
            .returning(Export::as_returning())
            .get_result(conn)
            .optional()?;
        let Some(export) = removed else {
            return Err(Error::refused("There is no file to remove: it is not kept any more."));
        };
        diesel::delete(export_chunks::table.filter(export_chunks::export_id.eq(export.id))).execute(conn)?;
        Note::of(Action::ExportRemoved, &export.selection_words).write(conn, scope)?;
        Ok(export)
    })
}

/// Removes the files that have been kept for long enough, and the records of a year ago, some at once; says how many.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const FILES: &str = "WITH old AS (UPDATE exports SET state = 'removed' WHERE id IN \
             (SELECT id FROM exports WHERE state = 'ready' AND in_background AND expires_at < clock_timestamp() \
              LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id), \
         gone AS (DELETE FROM export_chunks c USING old WHERE c.export_id = old.id) \
         SELECT count(*) AS number FROM old";
    const RECORDS: &str = "DELETE FROM exports WHERE id IN (SELECT id FROM exports \
         WHERE asked_at < now() - interval '1 year' LIMIT $1 FOR UPDATE SKIP LOCKED)";
    let files: Files = diesel::sql_query(FILES).bind::<BigInt, _>(FILES_AT_ONCE).get_result(conn)?;
    let records = diesel::sql_query(RECORDS).bind::<BigInt, _>(RECORDS_AT_ONCE).execute(conn)?;
    Ok(usize::try_from(files.number).unwrap_or_default() + records)
}

#[derive(QueryableByName)]
struct Files {
    #[diesel(sql_type = BigInt)]
    number: i64,
}
