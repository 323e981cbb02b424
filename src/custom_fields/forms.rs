//! What the forms about custom fields send.

use std::collections::BTreeMap;

use fleet::Result;
use fleet::custom_fields::{Field, FieldKind, NewField};
use fleet::ids::FieldId;
use serde::Deserialize;

/// A field as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// The word of its kind, where that can be chosen.
    pub kind: String,
    /// The choices of a list, one to a line.
    pub choices: String,
}

impl Typed {
    /// A field as it is.
    pub fn of(field: &Field) -> Self {
        Self { name: field.name.clone(), kind: field.kind.to_string(), choices: field.choices.join("\n") }
    }

    /// The field that was asked for, or what is wrong.
    pub fn parse(&self) -> Result<NewField> {
        let kind =
            self.kind.parse().map_err(|_| fleet::Error::invalid("kind", "Choose what stands in it."))?;
        self.parse_as(kind)
    }

    /// The same for a field whose kind is given.
    pub fn parse_as(&self, kind: FieldKind) -> Result<NewField> {
        NewField::parse(&self.name, kind, &self.choices)
    }
}

/// Which way a field is to be moved.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Move {
    /// Up, or else down.
    pub up: bool,
}

/// The custom fields of a form: their ids, and what was typed for each.
#[derive(Debug, Clone, Copy)]
pub struct Filled<'a> {
    /// The ids.
    pub ids: &'a [String],
    /// What was typed, in the same order.
    pub values: &'a [String],
}

impl Filled<'_> {
    /// What was typed for a field.
    pub fn of(&self, field: &Field) -> &str {
        let id = field.id.to_string();
        self.pairs().find(|(one, _)| *one == id).map_or("", |(_, value)| value)
    }

    /// All of it; none if there is an id that is none.
    pub fn parse(&self) -> Option<BTreeMap<FieldId, String>> {
        self.pairs().map(|(id, value)| Some((id.parse().ok()?, value.to_owned()))).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().zip(self.values).map(|(id, value)| (id.as_str(), value.as_str()))
    }
}
