//! What the pages of the sign-in show.

use std::borrow::Cow;

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
    pub problem: Cow<'static, str>,
    /// What the step before has left to say; mostly empty.
    pub notice: &'static str,
    /// The ways in without a password: where the form is sent for one, and what its button says.
    pub others: Vec<(&'static str, &'static str)>,
    /// Whether the installation has no company yet.
    pub empty: bool,
    /// Whether the demo sign-ins are shown.
    pub demo: bool,
}

/// The way out to a company's provider.
#[derive(Template)]
#[template(path = "sign_in/departure.html")]
pub struct Departure {
    /// The frame.
    pub page: AnonymousPage,
    /// Where to.
    pub address: String,
    /// The host that this is.
    pub host: String,
}

/// What a passkey is asked, and at which address.
pub struct Asked {
    /// What the device is asked.
    pub options: String,
    /// The address that it works at.
    pub address: String,
    /// Why it was not taken; empty at first.
    pub problem: &'static str,
}

/// Signing in with a passkey alone.
#[derive(Template)]
#[template(path = "sign_in/passkey.html")]
pub struct Passkey {
    /// The frame.
    pub page: AnonymousPage,
    /// What is asked.
    pub asked: Asked,
    /// Where to go after.
    pub next: String,
}

/// What a person can show as their second factor.
pub struct Question {
    /// Whether they have an app.
    pub has_app: bool,
    /// What their passkeys are asked, if they have some.
    pub asked: Option<Asked>,
    /// What was wrong with the code; empty at first.
    pub problem: &'static str,
}

/// The second step.
#[derive(Template)]
#[template(path = "sign_in/second_factor.html")]
pub struct SecondFactor {
    /// The frame.
    pub page: AnonymousPage,
    /// What can be shown.
    pub question: Question,
}
