//! What the pages of the sign-in show.

use askama::Template;

use crate::web::page::AnonymousPage;

/// The sign-in page.
#[derive(Template)]
#[template(path = "sign_in/new.html")]
pub struct New {
    /// The frame.
    pub page: AnonymousPage,
    /// The e-mail that was typed.
    pub email: String,
    /// Where to go after.
    pub next: String,
    /// What was wrong; empty at first.
    pub problem: &'static str,
    /// What the step before has left to say; mostly empty.
    pub notice: &'static str,
    /// Whether the installation has no company yet.
    pub empty: bool,
    /// Whether the demo sign-ins are shown.
    pub demo: bool,
}

/// The second step.
#[derive(Template)]
#[template(path = "sign_in/second_factor.html")]
pub struct SecondFactor {
    /// The frame.
    pub page: AnonymousPage,
    /// What was wrong; empty at first.
    pub problem: &'static str,
}
