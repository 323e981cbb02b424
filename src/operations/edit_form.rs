//! The part of a launching dialog that says what an edit changes.

use std::collections::{BTreeMap, HashSet};

use diesel::PgConnection;
use fleet::custom_fields::{self, Field};
use fleet::ids::LabelId;
use fleet::labels;
use fleet::operations::{Changes, FromList};
use fleet::tenancy::CompanyScope;

use super::forms::DraftForm;
use crate::custom_fields::{Filled, Input};
use crate::web::forms::Choice;

/// The most labels or fields that a form names: a company has no more.
const MOST: usize = 1_000;

/// The labels and fields that the dialog shows, as they were chosen and filled in.
#[derive(Debug, Clone, Default)]
pub struct DetailChoices {
    /// The labels to be added.
    pub add: Vec<Choice>,
    /// The labels to be taken off.
    pub remove: Vec<Choice>,
    /// The custom fields.
    pub fields: Vec<Input>,
}

impl DetailChoices {
    /// Reads what the form names of the active company: what is another's is not shown.
    pub fn read(conn: &mut PgConnection, scope: &CompanyScope, form: &DraftForm) -> fleet::Result<Self> {
        let labels = labels::list(conn, scope)?;
        let chosen = |ids: &[String]| {
            let labels = labels.iter().map(|label| Choice::new(label.id.to_string(), &label.name));
            let ids: HashSet<_> = ids.iter().collect();
            labels.filter(|choice| ids.contains(&choice.value)).collect()
        };
        let input = |field: Field| {
            let clears = form.clear_field.contains(&field.id.to_string());
            let value = filled(form).of(&field).to_owned();
            Input::typed(field, &value, clears)
        };
        Ok(Self {
            add: chosen(&form.add_label),
            remove: chosen(&form.remove_label),
            fields: custom_fields::list(conn, scope)?.into_iter().map(input).collect(),
        })
    }
}

/// The changes that were typed or that a file says, or the field that names what there is not.
pub fn changes(form: &DraftForm) -> Result<Changes, &'static str> {
    if form.is_by_file() {
        let list = form.list.parse().map_err(|_| "changes")?;
        let by_list = Some(FromList { list, clears: form.clear_empty.is_some() });
        return Ok(Changes { by_list, ..Changes::default() });
    }
    let labels = |field: &'static str, ids: &[String]| -> Result<Vec<LabelId>, &'static str> {
        if ids.len() > MOST {
            return Err(field);
        }
        ids.iter().filter(|id| !id.is_empty()).map(|id| id.parse().map_err(|_| field)).collect()
    };
    let mut fields = BTreeMap::new();
    if form.field.len().max(form.clear_field.len()) > MOST {
        return Err("fields");
    }
    for (field, typed) in filled(form).parse().ok_or("fields")? {
        if let Some(value) = set_or_cleared(&typed, form.clear_field.contains(&field.to_string()))? {
            fields.insert(field, value);
        }
    }
    Ok(Changes {
        name: set_or_cleared(&form.name, form.clear_name.is_some())?,
        note: set_or_cleared(&form.note, form.clear_note.is_some())?,
        add_labels: labels("add_label", &form.add_label)?,
        new_label: form.new_label.clone(),
        remove_labels: labels("remove_label", &form.remove_label)?,
        fields,
        by_list: None,
    })
}

fn filled(form: &DraftForm) -> Filled<'_> {
    Filled { ids: &form.field, values: &form.field_value }
}

/// What is set; empty for what is cleared, none for what stays.
fn set_or_cleared(typed: &str, clears: bool) -> Result<Option<String>, &'static str> {
    match (typed.trim().is_empty(), clears) {
        (true, true) => Ok(Some(String::new())),
        (true, false) => Ok(None),
        (false, false) => Ok(Some(typed.to_owned())),
        (false, true) => Err("both"),
    }
}
