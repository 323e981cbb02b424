//! From a draft to the operation that loads it.

use diesel::prelude::*;

use super::{Check, ImportDraft, Importer, Stored, new_labels};
use crate::error::{Error, Result};
use crate::ids::{ImportDraftUid, OperationId};
use crate::numbers::count;
use crate::operations;
use crate::schema::import_drafts;

/// Launches the operation that loads the good rows of a draft, once: launched again, it says which operation there is.
///
/// [`Error::Refused`] with nothing to load, and for a file that is not whole unless what is wrong with it is to be left
/// out. Also where the labels of its rows find no room any more.
pub fn launch(
    conn: &mut PgConnection,
    importer: Importer,
    uid: ImportDraftUid,
    leave_out: bool,
) -> Result<OperationId> {
    conn.transaction(|conn| {
        let stored: Stored = import_drafts::table
            .filter(import_drafts::uid.eq(uid))
            .filter(import_drafts::company_id.eq(importer.company))
            .for_update()
            .select(Stored::as_select())
            .first(conn)?;
        let draft = ImportDraft::of(stored)?;
        if let Some(launched) = draft.operation {
            return Ok(launched);
        }
        check(&draft, leave_out)?;
        new_labels::make(conn, importer.company, &draft)?;
        let operation =
            operations::launch_import(conn, (importer.company, importer.by), draft.id, draft.ready)?;
        diesel::update(import_drafts::table.find(draft.id))
            .set(import_drafts::operation_id.eq(operation))
            .execute(conn)?;
        Ok(operation)
    })
}

fn check(draft: &ImportDraft, leave_out: bool) -> Result<()> {
    match &draft.check {
        Check::UnderWay => return Err(Error::refused("The file is still being checked.")),
        Check::Failed(sentence) => return Err(Error::refused(sentence.clone())),
        Check::Done => {}
    }
    if draft.ready == 0 {
        return Err(Error::refused("No row of the file can become a SIM. Nothing was loaded."));
    }
    if draft.is_whole() || leave_out {
        return Ok(());
    }
    Err(Error::refused(match draft.announced {
        Some(announced) if draft.is_cut() => format!(
            "The file announces {} rows and has {}. Have it sent again, or load what there is.",
            count(announced.into()),
            count(draft.rows.into())
        ),
        _ => format!(
            "{} of {} rows have problems. Correct them and send the file again, or leave them out.",
            count(draft.bad().into()),
            count(draft.rows.into())
        ),
    }))
}
