//! What the field macros of `templates/shared/forms.html` are fed with.

use actix_web::HttpResponse;
use serde::Serialize;

use super::error::AppError;

/// One entry of a list or a type-ahead; a list of them, as JSON, is what a type-ahead's address answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What is shown.
    pub text: String,
    /// A second, quieter part: an e-mail, a SIM count.
    pub hint: String,
}

impl Choice {
    /// A choice without a hint.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into(), hint: String::new() }
    }

    /// Whether this is the one with that value.
    pub fn is(&self, value: impl AsRef<str>) -> bool {
        self.value == value.as_ref()
    }

    /// The same choice with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// What is wrong with each field of a form that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, String)>);

impl FieldErrors {
    /// What the domain refused, to be shown in the form again; every other error goes on. What is
    /// said of no field in particular is under `""`.
    pub fn caught(error: AppError) -> Result<Self, AppError> {
        let (field, sentence) = match error {
            AppError::Fleet(fleet::Error::Invalid { field, message }) => (field, message),
            AppError::Fleet(fleet::Error::Refused(message) | fleet::Error::BeyondOwnRights(message)) => {
                ("", message)
            }
            other => return Err(other),
        };
        let mut errors = Self::default();
        errors.add(field, sentence);
        Ok(errors)
    }

    /// Notes a sentence for a field; the first one of a field is shown.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.push((field, sentence.into()));
    }

    /// Notes what is wrong with further fields.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The sentence for a field, or nothing.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == field).map_or("", |(_, sentence)| sentence)
    }

    /// The same for programs: 422 with what is wrong with each field.
    pub fn for_programs(&self) -> HttpResponse {
        let fields: serde_json::Map<_, _> = self
            .0
            .iter()
            .rev()
            .map(|(name, sentence)| ((*name).to_owned(), sentence.as_str().into()))
            .collect();
        let message = self.0.first().map_or("", |(_, sentence)| sentence);
        HttpResponse::UnprocessableEntity().json(
            serde_json::json!({ "error": "Please check the input", "message": message, "fields": fields }),
        )
    }

    /// Whether the form can be taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
