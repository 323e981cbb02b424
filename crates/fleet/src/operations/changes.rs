//! What an edit does: the changes as they were typed, and as an operation keeps them.

use std::collections::BTreeMap;

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::Jsonb;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::by_list::ByList;
use crate::custom_fields;
use crate::error::{Error, Result};
use crate::ids::{FieldId, LabelId, OperationId, SimListUid};
use crate::labels::{self, Label, ShortName};
use crate::schema::operations;
use crate::sims::details;
use crate::tenancy::CompanyScope;

/// The words in a pattern that each SIM has something else for, with the most characters that this can be.
pub const PLACEHOLDERS: [(&str, usize); 4] = [("{n}", 10), ("{iccid}", 20), ("{imsi}", 15), ("{msisdn}", 15)];

/// What is to be changed, as it was typed: what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The name, from a pattern; an empty one takes the names away.
    pub name: Option<String>,
    /// The note; an empty one takes the notes away.
    pub note: Option<String>,
    /// Labels to be added.
    pub add_labels: Vec<LabelId>,
    /// A label to be added by its name: made at launch if the company has none of that name.
    pub new_label: String,
    /// Labels to be taken off.
    pub remove_labels: Vec<LabelId>,
    /// Custom fields; an empty value takes theirs away.
    pub fields: BTreeMap<FieldId, String>,
    /// For each SIM what a list says of it.
    pub by_list: Option<FromList>,
}

/// A list that says of each of its SIMs what its details become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FromList {
    /// The list.
    pub list: SimListUid,
    /// Whether an empty cell takes away what the SIM has.
    pub clears: bool,
}

/// What an edit changes, with the names that labels and fields had when it was launched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromSqlRow)]
#[serde(default)]
pub struct Edit {
    /// The pattern of the names; an empty one takes them away.
    pub name: Option<String>,
    /// The note; an empty one takes them away.
    pub note: Option<String>,
    /// Labels that are added.
    pub add_labels: Vec<Named<LabelId>>,
    /// Labels that are taken off.
    pub remove_labels: Vec<Named<LabelId>>,
    /// Custom fields, each with its value; an empty one takes theirs away.
    pub fields: Vec<(Named<FieldId>, String)>,
    /// For each SIM what a list says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_list: Option<ByList>,
    /// The operation by whose tasks `{n}` counts, if not by its own: a retry goes on with the numbers of what it retries.
    pub(super) numbers_of: Option<OperationId>,
    /// The name of a label that is made at launch.
    #[serde(skip)]
    pub(super) new_label: Option<String>,
}

impl FromSql<Jsonb, Pg> for Edit {
    fn from_sql(bytes: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(Self::stored(FromSql::<Jsonb, Pg>::from_sql(bytes)?)?)
    }
}

/// A label or a field, and what it was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<Id> {
    pub(super) id: Id,
    /// Its name.
    pub name: String,
}

impl From<Label> for Named<LabelId> {
    fn from(label: Label) -> Self {
        Self { id: label.id, name: label.name }
    }
}

impl Edit {
    /// What is done to each SIM, in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let list = |labels: &[Named<LabelId>], new: Option<&String>| {
            let names: Vec<_> = labels.iter().map(|label| &label.name).chain(new).map(quoted).collect();
            let noun = if names.len() == 1 { "label" } else { "labels" };
            (!names.is_empty()).then(|| format!("{noun} {}", names.join(", ")))
        };
        let set = |what: &str, value: &str| match value {
            "" => format!("The {what} is cleared."),
            value => format!("The {what} becomes {}.", quoted(value)),
        };
        let fields =
            self.fields.iter().map(|(field, value)| set(&format!("field {}", quoted(&field.name)), value));
        let added =
            list(&self.add_labels, self.new_label.as_ref()).map(|labels| format!("Gets the {labels}."));
        let removed = list(&self.remove_labels, None).map(|labels| format!("Loses the {labels}."));
        let name = self.name.as_ref().map(|name| set("name", name));
        let note = self.note.as_ref().map(|note| set("note", note));
        let by_list = self.by_list.as_ref().map(ByList::sentence);
        added.into_iter().chain(removed).chain(name).chain(note).chain(fields).chain(by_list).collect()
    }

    /// The ids of its labels as [`Self::store`] writes them; of one that is made at launch, one that no label has.
    pub(super) fn labels_as_json(&self) -> Value {
        let ids = |labels: &[Named<LabelId>], new: Option<i64>| -> Vec<Value> {
            labels.iter().map(|label| label.id.0).chain(new).map(|id| json!({ "id": id })).collect()
        };
        let new = self.new_label.is_some().then_some(0);
        json!({ "add_labels": ids(&self.add_labels, new), "remove_labels": ids(&self.remove_labels, None) })
    }

    /// What the operation keeps; a label that is new is made for it.
    pub(super) fn store(mut self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<Value> {
        if let Some(name) = self.new_label.take() {
            let label = labels::find_or_create(conn, scope, &ShortName::parse("new_label", &name)?)?;
            if self.add_labels.iter().all(|one| one.id != label.id) {
                self.add_labels.push(label.into());
            }
        }
        serde_json::to_value(self).map_err(|cause| Error::Internal(format!("changes: {cause}")))
    }

    /// Reads what [`Self::store`] has written.
    pub(super) fn stored(value: Value) -> Result<Self> {
        serde_json::from_value(value).map_err(|cause| Error::Internal(format!("changes: {cause}")))
    }
}

fn quoted(text: impl AsRef<str>) -> String {
    format!("“{}”", text.as_ref())
}

/// Checks what was typed: labels and fields are the active company's, and values suit their fields.
pub(super) fn check(conn: &mut PgConnection, scope: &CompanyScope, changes: &Changes) -> Result<Edit> {
    let mut edit = Edit {
        name: changes.name.as_deref().map(pattern).transpose()?,
        note: changes.note.as_deref().map(details::parse_note).transpose()?.map(Option::unwrap_or_default),
        add_labels: named_labels(conn, scope, "add_label", &changes.add_labels)?,
        remove_labels: named_labels(conn, scope, "remove_label", &changes.remove_labels)?,
        fields: values(conn, scope, &changes.fields)?,
        by_list: changes.by_list.map(|list| ByList::check(conn, scope, list)).transpose()?,
        numbers_of: None,
        new_label: None,
    };
    if let Some(name) = details::parse_new_label(&changes.new_label)? {
        match labels::named(conn, scope, &name)? {
            Some(label) if edit.add_labels.iter().any(|one| one.id == label.id) => {}
            Some(label) => edit.add_labels.push(label.into()),
            None => edit.new_label = Some(name.as_str().to_owned()),
        }
    }
    if edit.add_labels.iter().any(|label| edit.remove_labels.contains(label)) {
        return Err(Error::invalid("remove_label", "A label can't be added and removed at once."));
    }
    if edit.add_labels.len() + usize::from(edit.new_label.is_some()) > labels::OF_A_SIM {
        return Err(Error::invalid(
            "add_label",
            format!("A SIM can have at most {} labels. Choose fewer.", labels::OF_A_SIM),
        ));
    }
    if edit == Edit::default() {
        return Err(Error::invalid("changes", "Say what is to be changed."));
    }
    Ok(edit)
}

/// What the edit `number` of the active company does, to be done again by it or by another.
///
/// [`Error::Refused`] where one of its labels or fields is gone, or its list.
pub(super) fn again(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<Edit> {
    let stored: Option<Edit> = operations::table
        .find(number)
        .filter(operations::company_id.eq(scope.company_id()))
        .select(operations::changes)
        .first(conn)?;
    let edit = stored.ok_or(Error::NotFound)?;
    if let Some(by_list) = &edit.by_list {
        by_list.hold(conn, scope)?;
    }
    let labels: Vec<_> = edit.add_labels.iter().chain(&edit.remove_labels).map(|label| label.id).collect();
    let there = labels::held(conn, scope, &labels)?;
    let fields: Vec<_> = edit.fields.iter().map(|(field, _)| field.id).collect();
    if there.len() < labels.len() || custom_fields::held(conn, scope, &fields)?.len() < fields.len() {
        return Err(Error::refused(
            "A label or a field that it names has been removed. Launch a new edit with what is to be changed.",
        ));
    }
    Ok(Edit { numbers_of: edit.numbers_of.or(Some(number)), ..edit })
}

/// A pattern that gives no name longer than one can be.
fn pattern(typed: &str) -> Result<String> {
    let pattern = details::parse_name(typed)?.unwrap_or_default();
    let longest = PLACEHOLDERS
        .iter()
        .fold(pattern.clone(), |text, (word, length)| text.replace(word, &"9".repeat(*length)));
    if longest.contains(['{', '}']) {
        return Err(Error::invalid("name", "Only {n}, {iccid}, {imsi} and {msisdn} can stand in braces."));
    }
    if longest.chars().count() > details::NAME_LIMIT {
        return Err(Error::invalid(
            "name",
            format!("The names would be longer than {} characters.", details::NAME_LIMIT),
        ));
    }
    Ok(pattern)
}

fn named_labels(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    field: &'static str,
    ids: &[LabelId],
) -> Result<Vec<Named<LabelId>>> {
    let there = labels::held(conn, scope, ids)?;
    if ids.iter().any(|id| there.iter().all(|label| label.id != *id)) {
        return Err(details::gone(field));
    }
    Ok(there.into_iter().map(Named::from).collect())
}

fn values(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    typed: &BTreeMap<FieldId, String>,
) -> Result<Vec<(Named<FieldId>, String)>> {
    let ids: Vec<FieldId> = typed.keys().copied().collect();
    let there = custom_fields::held(conn, scope, &ids)?;
    if there.len() < ids.len() {
        return Err(details::gone("fields"));
    }
    there
        .into_iter()
        .map(|field| {
            let typed = typed.get(&field.id).map(String::as_str).unwrap_or_default();
            let value = field.parse(typed).map_err(|sentence| details::wrong_value(&field, &sentence))?;
            Ok((Named { id: field.id, name: field.name }, value.unwrap_or_default()))
        })
        .collect()
}
