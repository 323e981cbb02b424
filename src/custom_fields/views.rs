//! What the dialogs about custom fields show.

use askama::Template;
use fleet::custom_fields::{Field, FieldKind};
use fleet::ids::FieldId;

use super::forms::Typed;
use crate::web::forms::{Choice, FieldErrors};

/// A custom field as a field of a form.
#[derive(Debug, Clone)]
pub struct Input {
    /// The field.
    pub field: Field,
    /// What was typed.
    pub value: String,
    /// Whether its values are to be cleared.
    pub clears: bool,
    /// What is wrong with it.
    pub error: String,
}

impl Input {
    /// The field with what was typed.
    pub fn typed(field: Field, value: &str, clears: bool) -> Self {
        let error = field.parse(value).err().unwrap_or_default();
        Self { value: value.to_owned(), clears, error, field }
    }

    /// The same where a value may stay that could not be chosen any more.
    pub fn or_as_before(field: Field, value: &str, before: &str) -> Self {
        let mut input = Self::typed(field, value, false);
        if value == before {
            input.error.clear();
        }
        input
    }

    /// The type of the field in the form.
    pub(crate) fn html_type(&self) -> &'static str {
        if self.field.kind == FieldKind::Date { "date" } else { "text" }
    }

    pub(crate) fn is_number(&self) -> bool {
        self.field.kind == FieldKind::Number
    }

    pub(crate) fn is_list(&self) -> bool {
        self.field.kind == FieldKind::List
    }

    pub(crate) fn is_chosen(&self, choice: &str) -> bool {
        self.value == choice
    }

    /// What can be chosen, with what stands there already.
    pub(crate) fn choices(&self) -> Vec<&str> {
        let gone = Some(self.value.as_str()).filter(|value| !value.is_empty());
        let choices = self.field.choices.iter().map(String::as_str);
        choices.clone().chain(gone.filter(|value| choices.clone().all(|choice| choice != *value))).collect()
    }
}

/// The dialog that makes a field.
#[derive(Template)]
#[template(path = "custom_fields/new.html")]
pub struct New {
    /// The company that it is for.
    pub company: String,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl New {
    fn kinds() -> Vec<Choice> {
        FieldKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label())).collect()
    }
}

/// The dialog that changes one.
#[derive(Template)]
#[template(path = "custom_fields/edit.html")]
pub struct Edit {
    /// Which.
    pub id: FieldId,
    /// What stands in it.
    pub kind: FieldKind,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// The question before a removal.
#[derive(Template)]
#[template(path = "custom_fields/removal.html")]
pub struct Removal {
    /// The field.
    pub field: Field,
}
