//! What the dialog *Edit details* of a SIM sends.

use fleet::sims::{Details, Facets, Row};
use fleet::{Error, Result};
use serde::Deserialize;

use crate::custom_fields::{Filled, Input};
use crate::web::forms::Choice;

/// The details as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// The note.
    pub note: String,
    /// The ids of its labels.
    pub label: Vec<String>,
    /// One label more, by its name.
    pub new_label: String,
    /// The ids of the custom fields that were shown, and what was typed for each.
    pub field: Vec<String>,
    /// See [`Self::field`].
    pub field_value: Vec<String>,
    /// When the SIM had last changed when the dialog was drawn, in microseconds.
    pub seen: String,
}

impl Typed {
    /// The details as they are.
    pub fn of(row: &Row, facets: &Facets) -> Self {
        let value = |id| row.field(id).unwrap_or_default().to_owned();
        Self {
            name: row.name.clone().unwrap_or_default(),
            note: row.note.clone().unwrap_or_default(),
            label: row.labels.iter().map(ToString::to_string).collect(),
            new_label: String::new(),
            field: facets.fields.iter().map(|field| field.id.to_string()).collect(),
            field_value: facets.fields.iter().map(|field| value(field.id)).collect(),
            seen: Self::stamp(row),
        }
    }

    /// What tells whether a SIM has changed.
    pub fn stamp(row: &Row) -> String {
        row.changed_at.timestamp_micros().to_string()
    }

    /// The details, as the domain reads them.
    pub fn details(&self) -> Result<Details> {
        let gone = |field| Error::invalid(field, "The form names what there is not. Open it again.");
        let labels = self.label.iter().filter(|id| !id.is_empty()).map(|id| id.parse());
        Ok(Details {
            name: self.name.clone(),
            note: self.note.clone(),
            labels: labels.collect::<Result<_, _>>().map_err(|_| gone("label"))?,
            new_label: self.new_label.clone(),
            fields: self.filled().parse().ok_or_else(|| gone("fields"))?,
            seen: Some(self.seen.trim())
                .filter(|seen| !seen.is_empty())
                .map(str::parse)
                .transpose()
                .map_err(|_| gone(""))?,
        })
    }

    /// The labels that are chosen, as far as the company has them.
    pub fn labels(&self, facets: &Facets) -> Vec<Choice> {
        let labels = facets.labels.iter().map(|label| Choice::new(label.id.to_string(), &label.name));
        labels.filter(|choice| self.label.contains(&choice.value)).collect()
    }

    /// The custom fields of the company, with what was typed. `row` is the SIM as it is, if it is still there.
    pub fn inputs(&self, facets: &Facets, row: Option<&Row>) -> Vec<Input> {
        let before = |id| row.and_then(|row| row.field(id)).unwrap_or_default();
        let fields = facets.fields.iter();
        fields
            .map(|field| Input::or_as_before(field.clone(), self.filled().of(field), before(field.id)))
            .collect()
    }

    fn filled(&self) -> Filled<'_> {
        Filled { ids: &self.field, values: &self.field_value }
    }
}
