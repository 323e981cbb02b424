//! What the screen *Labels and fields* and the dialogs about labels show.

use askama::Template;
use fleet::companies::COLOURS;
use fleet::custom_fields::Field;
use fleet::ids::LabelId;
use fleet::labels::Label;

use super::forms::Typed;
use crate::web::forms::FieldErrors;
use crate::web::page::Page;

/// The screen.
#[derive(Template)]
#[template(path = "labels/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// The labels.
    pub labels: Vec<Label>,
    /// The custom fields.
    pub fields: Vec<Field>,
    /// Whether they can be changed now.
    pub may_change: bool,
}

impl Index {
    /// The choices of a list, in one line.
    fn choices(field: &Field) -> String {
        field.choices.join(", ")
    }
}

/// The dialog that makes a label, or changes one.
#[derive(Template)]
#[template(path = "labels/edit.html")]
pub struct Edit {
    /// Which; none for a new one.
    pub id: Option<LabelId>,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Edit {
    fn title(&self) -> &'static str {
        if self.id.is_some() { "Edit label" } else { "Create a label" }
    }

    fn submit(&self) -> &'static str {
        if self.id.is_some() { "Save" } else { "Create label" }
    }

    fn address(&self) -> String {
        self.id
            .map_or_else(|| "/administration/labels".to_owned(), |id| format!("/administration/labels/{id}"))
    }

    fn colours() -> &'static [&'static str] {
        &COLOURS
    }
}

/// The question before a removal.
#[derive(Template)]
#[template(path = "labels/removal.html")]
pub struct Removal {
    /// The label.
    pub label: Label,
}
