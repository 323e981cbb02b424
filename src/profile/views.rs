//! What *My profile* shows.

use askama::Template;
use fleet::account_focus::Choice;

use crate::web::forms::FieldErrors;
use crate::web::page::Page;

/// The profile.
#[derive(Template)]
#[template(path = "profile/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// The companies in which the person is a member.
    pub memberships: Vec<Choice>,
    /// Whether there are more of them.
    pub more: bool,
    /// What was wrong with the new password.
    pub errors: FieldErrors,
}
