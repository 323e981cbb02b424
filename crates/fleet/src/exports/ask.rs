//! Asking for an export.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::{AT_ONCE, DAYS_KEPT, Export, Format};
use crate::audit::{Action, Note};
use crate::db::{self, Limited};
use crate::error::{Error, Result};
use crate::schema::exports;
use crate::sims::{Columns, Selection};
use crate::tenancy::{CompanyScope, Permission};

/// The most exports of a person, and of a company, that are being made or are kept.
const OF_PERSON: i64 = 5;
const OF_COMPANY: i64 = 25;

/// What is to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// Which SIMs.
    pub selection: Selection,
    /// The same in words.
    pub words: String,
    /// What of each.
    pub columns: Columns,
    /// As what.
    pub format: Format,
}

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = BigInt)]
    own: i64,
    #[diesel(sql_type = BigInt)]
    all: i64,
}

/// What is noted of an export beside what was asked for.
pub(super) struct Asked<'a> {
    /// Its SIMs of the company that it is noted in.
    pub(super) selection: &'a Selection,
    pub(super) words: &'a str,
    /// How many SIMs are selected, there and elsewhere.
    pub(super) expected: i64,
    pub(super) of_tree: bool,
}

/// Notes an export: a short one is made when it is downloaded, a long one by a worker.
///
/// [`Error::Refused`] where nothing is selected, or the person or the company has too many exports already.
pub fn ask(conn: &mut PgConnection, scope: &CompanyScope, new: &NewExport) -> Result<Export> {
    scope.require(Permission::SimsExport)?;
    // Looked at first, so that one who asks a thousand times at once costs little.
    require_room(conn, scope)?;
    new.selection.check(conn, scope)?;
    let expected = new.selection.count(conn, scope)?;
    note(conn, scope, new, Asked { selection: &new.selection, words: &new.words, expected, of_tree: false })
}

/// Notes an export of the active company, of all or of its part of what was asked for.
pub(super) fn note(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewExport,
    asked: Asked<'_>,
) -> Result<Export> {
    let Asked { selection, words, expected, of_tree } = asked;
    if expected == 0 {
        return Err(Error::refused("No SIM is selected. Close this, select some and try again."));
    }
    let in_background = expected > AT_ONCE;
    let hours = if in_background { DAYS_KEPT * 24 } else { 1 };
    let expires_at =
        diesel::dsl::sql::<diesel::sql_types::Timestamptz>("clock_timestamp() + interval '1 hour' * ")
            .bind::<BigInt, _>(hours);
    let selection = written(selection)?;
    conn.transaction(|conn| {
        db::one_at_a_time(conn, Limited::Exports, scope.company_id())?;
        require_room(conn, scope)?;
        let export = diesel::insert_into(exports::table)
            .values((
                exports::uid.eq(Uuid::now_v7()),
                exports::company_id.eq(scope.company_id()),
                exports::asked_by.eq(scope.user()),
                exports::selection.eq(selection),
                exports::selection_words.eq(words),
                exports::shown_columns.eq(new.columns.to_text()),
                exports::format.eq(new.format),
                exports::expected.eq(i32::try_from(expected).unwrap_or(i32::MAX)),
                exports::in_background.eq(in_background),
                exports::expires_at.eq(expires_at),
                exports::of_tree.eq(of_tree),
            ))
            .returning(Export::as_returning())
            .get_result(conn)?;
        Note::of(Action::ExportAsked, words).with("SIMs", expected).write(conn, scope)?;
        Ok(export)
    })
}

/// A selection as it is kept.
pub(super) fn written(selection: &Selection) -> Result<serde_json::Value> {
    serde_json::to_value(selection).map_err(|error| Error::Internal(error.to_string()))
}

/// Fails where the person or the company has as many exports as there may be.
pub(super) fn require_room(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    // A short one that nobody has fetched for some minutes is not waited for any more.
    const OPEN: &str = "SELECT count(*) AS all, count(*) FILTER (WHERE asked_by = $2) AS own FROM exports \
         WHERE company_id = $1 AND expires_at > clock_timestamp() AND CASE WHEN in_background \
             THEN state IN ('pending', 'ready') \
             ELSE state = 'pending' AND asked_at > clock_timestamp() - interval '5 minutes' END";
    let open: Open = diesel::sql_query(OPEN)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(scope.user())
        .get_result(conn)?;
    if open.own >= OF_PERSON {
        return Err(Error::refused(format!(
            "You have {OF_PERSON} exports that are being made or kept. Remove one under Exports, or wait until one is done."
        )));
    }
    if open.all >= OF_COMPANY {
        return Err(Error::refused(format!(
            "This company has {OF_COMPANY} exports that are being made or kept. Ask a colleague to remove one, or wait."
        )));
    }
    Ok(())
}
