//! The download of an export: its file is made now, or has been made already.

use std::fs::File;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::tree::{Source, note_rows, sources};
use super::{AT_ONCE, Export, ExportState, file, find};
use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::ExportUid;
use crate::schema::exports;
use crate::tenancy::{self, CompanyScope};

/// How long a statement may take while a person waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// An export that is being downloaded.
#[derive(Debug)]
pub struct Opened {
    /// What it is.
    pub export: Export,
    /// Its file, if it is not kept: it is gone when it is closed.
    pub file: Option<File>,
}

/// Goes on with a file that is made while somebody waits, unless more SIMs match by now than anybody should wait for.
fn if_short(rows: i32) -> Result<bool> {
    if i64::from(rows) <= AT_ONCE {
        return Ok(true);
    }
    Err(Error::refused(
        "More SIMs match than when this was asked for. Export them again: it is then made in the background.",
    ))
}

/// Opens an export, making its file where that is not kept, and notes who downloads it: each in a transaction of its own.
///
/// [`Error::NotFound`] for what is not this person's to see, [`Error::Refused`] where there is no file.
pub fn open(conn: &mut PgConnection, scope: &CompanyScope, uid: ExportUid) -> Result<Opened> {
    let (export, sources) = tenancy::within(conn, scope, |conn| {
        let export = find(conn, scope, uid)?;
        if !export.is_downloadable() {
            return Err(Error::refused(why_not(&export)));
        }
        let sources = sources(conn, scope, &export)?;
        Ok((export, sources))
    })?;
    let accounts: Vec<_> = sources.iter().map(|source| &source.account).collect();
    if export.in_background {
        tenancy::within_all(conn, &accounts, |conn| note_download(conn, scope, &export, &sources))?;
        return Ok(Opened { export, file: None });
    }
    if export.asked_by != scope.user() {
        return Err(Error::NotFound);
    }
    let made = match file::make(conn, &export, &sources, PATIENCE, &mut |rows| if_short(rows)) {
        Err(Error::Refused(words)) => {
            let failed = (exports::state.eq(ExportState::Failed), exports::failure.eq(words.as_ref()));
            let noted = diesel::update(exports::table.find(export.id)).set(failed);
            tenancy::within(conn, scope, |conn| Ok(noted.execute(conn)?))?;
            return Err(Error::Refused(words));
        }
        other => other?.ok_or_else(|| Error::Internal("an export was given up by nobody".into()))?,
    };
    let export = tenancy::within_all(conn, &accounts, |conn| {
        note_download(conn, scope, &export, &sources)?;
        note_rows(conn, &made.rows_of)?;
        Ok(diesel::update(exports::table.find(export.id))
            .set((
                exports::state.eq(ExportState::Ready),
                exports::rows.eq(made.rows),
                exports::bytes.eq(made.bytes),
                exports::made_at.eq(diesel::dsl::now),
            ))
            .returning(Export::as_returning())
            .get_result(conn)?)
    })?;
    Ok(Opened { export, file: Some(made.file) })
}

fn why_not(export: &Export) -> String {
    if export.part_of.is_some() {
        return "The file has SIMs of several accounts: it is with the account that it was exported from."
            .to_owned();
    }
    match (export.state, &export.failure) {
        (_, Some(failure)) => failure.clone(),
        (ExportState::Pending, None) if export.in_background => {
            "The file is still being made. A message comes when it is ready.".to_owned()
        }
        _ => "This file is not kept any more. Export the SIMs again.".to_owned(),
    }
}

/// Noted before the first byte: whoever has half of a file has that half.
fn note_download(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    export: &Export,
    sources: &[Source],
) -> Result<()> {
    const SQL: &str = "INSERT INTO export_downloads (export_id, user_id) VALUES ($1, $2) \
         ON CONFLICT (export_id, user_id) DO UPDATE \
         SET last_at = clock_timestamp(), times = export_downloads.times + 1";
    diesel::sql_query(SQL).bind::<BigInt, _>(export.id).bind::<BigInt, _>(scope.user()).execute(conn)?;
    for source in sources {
        Note::of(Action::ExportDownloaded, &source.words)
            .with("SIMs", source.expected)
            .write(conn, &source.account)?;
    }
    Ok(())
}
