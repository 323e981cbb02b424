//! Asking for an export.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::{AT_ONCE, DAYS_KEPT, Export, Format};
use crate::audit::{Action, Note};
use crate::db::{self, Limited};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, UserId};
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

/// Notes an export: a short one is made when it is downloaded, a long one by a worker.
///
/// [`Error::Refused`] where nothing is selected, or the person or the company has too many exports already.
pub fn ask(conn: &mut PgConnection, scope: &CompanyScope, new: &NewExport) -> Result<Export> {
    scope.require(Permission::SimsExport)?;
    // Looked at first, so that one who asks a thousand times at once costs little.
    require_room(conn, scope.company_id(), scope.user())?;
    new.selection.check(conn, scope)?;
    let selected = new.selection.count(conn, scope)?;
    if selected == 0 {
        return Err(Error::refused("No SIM is selected. Close this, select some and try again."));
    }
    let selection =
        serde_json::to_value(&new.selection).map_err(|error| Error::Internal(error.to_string()))?;
    let in_background = selected > AT_ONCE;
    let hours = if in_background { DAYS_KEPT * 24 } else { 1 };
    let expires_at =
        diesel::dsl::sql::<diesel::sql_types::Timestamptz>("clock_timestamp() + interval '1 hour' * ")
            .bind::<BigInt, _>(hours);
    conn.transaction(|conn| {
        db::one_at_a_time(conn, Limited::Exports, scope.company_id())?;
        require_room(conn, scope.company_id(), scope.user())?;
        let export = diesel::insert_into(exports::table)
            .values((
                exports::uid.eq(Uuid::now_v7()),
                exports::company_id.eq(scope.company_id()),
                exports::asked_by.eq(scope.user()),
                exports::selection.eq(selection),
                exports::selection_words.eq(&new.words),
                exports::shown_columns.eq(new.columns.to_text()),
                exports::format.eq(new.format),
                exports::expected.eq(i32::try_from(selected).unwrap_or(i32::MAX)),
                exports::in_background.eq(in_background),
                exports::expires_at.eq(expires_at),
            ))
            .returning(Export::as_returning())
            .get_result(conn)?;
        Note::of(Action::ExportAsked, &new.words).with("SIMs", selected).write(conn, scope)?;
        Ok(export)
    })
}

/// Fails where the person or the company has as many exports as there may be.
fn require_room(conn: &mut PgConnection, company: CompanyId, user: UserId) -> Result<()> {
    // A short one that nobody has fetched for some minutes is not waited for any more.
    const OPEN: &str = "SELECT count(*) AS all, count(*) FILTER (WHERE asked_by = $2) AS own FROM exports \
         WHERE company_id = $1 AND expires_at > clock_timestamp() AND CASE WHEN in_background \
             THEN state IN ('pending', 'ready') \
             ELSE state = 'pending' AND asked_at > clock_timestamp() - interval '5 minutes' END";
    let open: Open =
        diesel::sql_query(OPEN).bind::<BigInt, _>(company).bind::<BigInt, _>(user).get_result(conn)?;
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
