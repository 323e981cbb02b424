//! What a company writes on one of its SIMs: name, note, labels and custom fields.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use crate::audit::{Action, Note};
use crate::characters::{composed, is_control, lines};
use crate::custom_fields::{self, Field};
use crate::error::{Error, Result};
use crate::ids::{FieldId, LabelId, SimId};
use crate::labels::{self, ShortName};
use crate::schema::{sims, tasks};
use crate::tenancy::{self, CompanyScope, Permission};

/// The most characters of a SIM's name.
pub const NAME_LIMIT: usize = 100;
/// The most characters of a note.
pub const NOTE_LIMIT: usize = 1_000;

/// The details of a SIM as they were typed; what is empty is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Its name.
    pub name: String,
    /// A note on it.
    pub note: String,
    /// Its labels.
    pub labels: Vec<LabelId>,
    /// One label more, by its name: made if the company has none of that name.
    pub new_label: String,
    /// What stands in its custom fields; those that are not named stay as they are.
    pub fields: BTreeMap<FieldId, String>,
    /// When the SIM had last changed, in microseconds, as they were typed; none where nobody has looked.
    pub seen: Option<i64>,
}

/// Reads the name of a SIM; none for an empty one.
pub(crate) fn parse_name(typed: &str) -> Result<Option<String>> {
    let name = composed(typed.trim());
    if name.chars().count() > NAME_LIMIT {
        return Err(Error::invalid("name", format!("Use at most {NAME_LIMIT} characters.")));
    }
    if name.chars().any(is_control) {
        return Err(Error::invalid("name", "Remove line breaks and other control characters."));
    }
    Ok(Some(name.into_owned()).filter(|name| !name.is_empty()))
}

/// Reads a note; none for an empty one.
pub(crate) fn parse_note(typed: &str) -> Result<Option<String>> {
    let note = lines(typed.trim());
    if note.chars().count() > NOTE_LIMIT {
        return Err(Error::invalid("note", "Use at most 1,000 characters."));
    }
    if note.chars().any(|c| is_control(c) && c != '\n') {
        return Err(Error::invalid("note", "Remove control characters."));
    }
    Ok(Some(note).filter(|note| !note.is_empty()))
}

/// Reads the name of a label that may be new; none for an empty one.
pub(crate) fn parse_new_label(typed: &str) -> Result<Option<ShortName>> {
    if typed.trim().is_empty() { Ok(None) } else { ShortName::parse("new_label", typed).map(Some) }
}

/// What is said of a label or a field that the active company has not, or not any more.
pub(crate) fn gone(field: &'static str) -> Error {
    let what = if field == "fields" { "A field" } else { "A label" };
    Error::invalid(field, format!("{what} that was chosen is not there any more. Choose again."))
}

/// What is wrong with the value of one of several fields.
pub(crate) fn wrong_value(field: &Field, sentence: &str) -> Error {
    Error::invalid("fields", format!("{}: {sentence}", field.name))
}

/// Writes the details of a SIM, all of them, at once.
///
/// [`Error::Refused`] where it has left the active company or has changed since it was looked at,
/// [`Error::NotFound`] where it never was here.
pub fn edit(conn: &mut PgConnection, scope: &CompanyScope, iccid: &str, details: &Details) -> Result<()> {
    scope.require(Permission::FleetView)?;
    scope.require_to_change(Permission::SimsEdit)?;
    let (name, note) = (parse_name(&details.name)?, parse_note(&details.note)?);
    let new_label = parse_new_label(&details.new_label)?;
    conn.transaction(|conn| {
        let own = sims::table.filter(sims::company_id.eq(scope.company_id())).filter(sims::iccid.eq(iccid));
        let before: Option<Before> =
            own.select(Before::as_select()).for_no_key_update().first(conn).optional()?;
        let Some(before) = before else { return Err(not_here(conn, scope, iccid)?) };
        if details.seen.is_some_and(|seen| seen != before.changed_at.timestamp_micros()) {
            return Err(Error::refused(
                "The SIM has changed since this was opened. Nothing was saved: look at it, then save again to have it as it \
                 stands here.",
            ));
        }
        let named = named_fields(conn, scope, &details.fields)?;
        let fields = values(&named, &details.fields, &before.fields)?;
        let mut labels: Vec<LabelId> =
            labels::held(conn, scope, &details.labels)?.into_iter().map(|label| label.id).collect();
        if details.labels.iter().any(|label| !labels.contains(label)) {
            return Err(gone("label"));
        }
        if let Some(name) = &new_label {
            labels.push(labels::find_or_create(conn, scope, name)?.id);
        }
        labels.sort_unstable();
        labels.dedup();
        if labels.len() > labels::OF_A_SIM
            && labels.len() > labels::held(conn, scope, &before.label_ids)?.len()
        {
            let (few, many) = (labels::OF_A_SIM, labels.len());
            return Err(Error::invalid(
                "label",
                format!("A SIM can have at most {few} labels, and these are {many}. Nothing was saved: take some off."),
            ));
        }
        let mut note_of_it = Note::of(Action::SimEdited, iccid)
            .from_to("name", before.name, name.clone())
            .from_to("note", before.note, note.clone())
            .from_to(
                "labels",
                label_names(conn, scope, &before.label_ids)?,
                label_names(conn, scope, &labels)?,
            );
        for field in &named {
            let value = |values: &Value| values.get(field.id.to_string()).cloned().unwrap_or_default();
            note_of_it = note_of_it.from_to(&field.name, value(&before.fields), value(&fields));
        }
        diesel::update(sims::table.find(before.id))
            .set((
                sims::name.eq(name),
                sims::note.eq(note),
                sims::label_ids.eq(labels),
                sims::fields.eq(fields),
                sims::changed_at.eq(diesel::dsl::now),
            ))
            .execute(conn)?;
        if note_of_it.is_bare() { Ok(()) } else { note_of_it.write(conn, scope) }
    })
}

/// What stands on a SIM that is edited.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sims, check_for_backend(diesel::pg::Pg))]
struct Before {
    id: SimId,
    name: Option<String>,
    note: Option<String>,
    label_ids: Vec<LabelId>,
    fields: Value,
    changed_at: DateTime<Utc>,
}

/// The names of labels, in one text.
fn label_names(conn: &mut PgConnection, scope: &CompanyScope, ids: &[LabelId]) -> Result<String> {
    let labels = labels::shown(conn, &[scope.company_id()], ids)?;
    Ok(labels.iter().map(|label| label.name.as_str()).collect::<Vec<_>>().join(", "))
}

/// What is said of a SIM that is not here: where it was before, this company knows.
fn not_here(conn: &mut PgConnection, scope: &CompanyScope, iccid: &str) -> Result<Error> {
    let was_here = tasks::table
        .inner_join(sims::table)
        .filter(sims::iccid.eq(iccid))
        .filter(tasks::before_company_id.eq(scope.company_id()))
        .filter(tasks::moved_to_company_id.is_not_null());
    let was_here = diesel::select(diesel::dsl::exists(was_here));
    if !tenancy::beyond(conn, |conn| was_here.get_result::<bool>(conn))? {
        return Ok(Error::NotFound);
    }
    let company = scope.company_name();
    Ok(Error::refused(format!("The SIM has left {company} meanwhile. Nothing was changed.")))
}

/// The fields in which something was typed.
fn named_fields(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    typed: &BTreeMap<FieldId, String>,
) -> Result<Vec<Field>> {
    let ids: Vec<FieldId> = typed.keys().copied().collect();
    let fields = custom_fields::held(conn, scope, &ids)?;
    if fields.len() < ids.len() { Err(gone("fields")) } else { Ok(fields) }
}

/// The values as they are stored. A choice that the list has no more may stay where it stands.
fn values(fields: &[Field], typed: &BTreeMap<FieldId, String>, before: &Value) -> Result<Value> {
    let mut values = before.as_object().cloned().unwrap_or_default();
    for field in fields {
        let id = field.id.to_string();
        let typed = typed.get(&field.id).map(String::as_str).unwrap_or_default();
        values.remove(&id);
        let value = match before.get(&id).and_then(Value::as_str) {
            Some(same) if same == typed => Some(same.to_owned()),
            _ => field.parse(typed).map_err(|sentence| wrong_value(field, &sentence))?,
        };
        values.extend(value.map(|value| (id, Value::String(value))));
    }
    Ok(Value::Object(values))
}
