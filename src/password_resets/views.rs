//! What the page for a new password shows.

use askama::Template;

use crate::web::page::AnonymousPage;

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The portal sends no e-mail: the page says whom to ask.
    NoMail,
    /// The address is asked for.
    Asking,
    /// It was given. Whether it is anybody's is not said.
    Asked,
}

/// The page.
#[derive(Template)]
#[template(path = "password_resets/new.html")]
pub struct New {
    /// The frame.
    pub page: AnonymousPage,
    /// How far it has come.
    pub reached: Stage,
    /// What was typed.
    pub email: String,
    /// What was wrong with it.
    pub problem: String,
}
