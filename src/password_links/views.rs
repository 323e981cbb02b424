//! What the pages behind one-time links show.

use askama::Template;

use crate::web::forms::FieldErrors;
use crate::web::page::AnonymousPage;

/// The form for a password.
#[derive(Template)]
#[template(path = "password_links/edit.html")]
pub struct Edit {
    /// The frame.
    pub page: AnonymousPage,
    /// The link's token.
    pub token: String,
    /// Whose password.
    pub email: String,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

/// What a link that leads nowhere shows.
#[derive(Template)]
#[template(path = "password_links/gone.html")]
pub struct Gone {
    /// The frame.
    pub page: AnonymousPage,
}
