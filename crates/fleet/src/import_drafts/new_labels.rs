//! The labels that a file brings and the company does not have yet. There is room for so many.
//!
//! The check marks the rows whose label would be one too many, and the launch makes all that are left, or launches nothing: a
//! SIM is never loaded without the label that its row has.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::ImportDraft;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, ImportDraftId};
use crate::labels;
use crate::numbers::{count, with_noun};
use crate::sim_files::Column;
use crate::tenancy;

/// What is said of each row whose label finds no room.
pub(crate) const NO_ROOM: &str = "A company has at most 1,000 labels, and this label would be one more: remove labels that are not used, or \
     leave the cell empty.";

#[derive(QueryableByName)]
struct NewLabel {
    /// In small letters, as the server makes them.
    #[diesel(sql_type = Text)]
    key: String,
    /// As the first row that can be loaded writes it.
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Integer)]
    line: i32,
}

/// Those of the rows that can become SIMs, in the order of the file.
fn read(conn: &mut PgConnection, company: CompanyId, draft: ImportDraftId) -> QueryResult<Vec<NewLabel>> {
    const SQL: &str = "SELECT named.key, first.label AS name, first.line FROM ( \
             SELECT lower(label) AS key, min(line) AS line FROM import_lines \
             WHERE draft_id = $2 AND problem IS NULL AND label IS NOT NULL GROUP BY lower(label)) AS named \
         JOIN import_lines first ON first.draft_id = $2 AND first.line = named.line \
         WHERE NOT EXISTS (SELECT FROM labels l WHERE l.company_id = $1 AND lower(l.name) = named.key) \
         ORDER BY first.line";
    diesel::sql_query(SQL).bind::<BigInt, _>(company).bind::<BigInt, _>(draft).load(conn)
}

/// Marks the rows whose label would be one too many now: those that come first in the file find room.
pub(super) fn mark_without_room(
    conn: &mut PgConnection,
    company: CompanyId,
    draft: ImportDraftId,
) -> Result<()> {
    const SQL: &str = "WITH marked AS (UPDATE import_lines SET problem = 'no_room', reason = $3 \
             WHERE draft_id = $1 AND problem IS NULL AND lower(label) = ANY($2) RETURNING line) \
         INSERT INTO import_problems (draft_id, problem, line) SELECT $1, 'no_room', line FROM marked";
    let new = read(conn, company, draft)?;
    let beyond: Vec<String> =
        new.into_iter().skip(labels::room(conn, company)?).map(|label| label.key).collect();
    if beyond.is_empty() {
        return Ok(());
    }
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(draft)
        .bind::<Array<Text>, _>(beyond)
        .bind::<Text, _>(NO_ROOM)
        .execute(conn)?;
    Ok(())
}

/// Makes them all. To be called in the transaction that launches the draft.
///
/// [`Error::Refused`] where there is no room for them any more since the file was checked.
pub(super) fn make(conn: &mut PgConnection, company: CompanyId, draft: &ImportDraft) -> Result<()> {
    const SQL: &str = "INSERT INTO labels (company_id, name) SELECT $1, name FROM unnest($2) AS new (name) ON CONFLICT DO NOTHING";
    if draft.place(Column::Label).is_none() {
        return Ok(());
    }
    let room = labels::held_room(conn, company)?;
    // Each of up to a million rows would be looked up as one of the company's own.
    let new = tenancy::beyond(conn, |conn| read(conn, company, draft.id))?;
    if let Some(first) = new.get(room) {
        return Err(Error::refused(format!(
            "The file brings {}, and there is room for {} more: the first that finds none stands in line {}. Nothing was \
             loaded. Remove labels that are not used, or send the file again to see which rows those are.",
            with_noun(new.len(), "new label", "new labels"),
            count(i64::try_from(room).unwrap_or(i64::MAX)),
            count(first.line.into()),
        )));
    }
    if new.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = new.into_iter().map(|label| label.name).collect();
    diesel::sql_query(SQL).bind::<BigInt, _>(company).bind::<Array<Text>, _>(names).execute(conn)?;
    Ok(())
}
