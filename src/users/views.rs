//! What the screens about users show.

use askama::Template;
use fleet::users::{Listed, User};

use crate::profiles::{GrantFields, Rights};
use crate::web::display::counted;
use crate::web::forms::FieldErrors;
use crate::web::page::Page;

/// The list.
#[derive(Template)]
#[template(path = "users/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// What was searched for.
    pub search: String,
    /// The users on this page.
    pub listed: Listed,
    /// The address of this page of the list.
    pub here: String,
}

impl Index {
    fn pages(&self, side: &str, place: Option<fleet::ids::UserId>) -> String {
        let Some(id) = place else { return String::new() };
        let mut query = vec![(side, id.to_string())];
        if !self.search.is_empty() {
            query.insert(0, ("q", self.search.clone()));
        }
        format!("/administration/users?{}", serde_html_form::to_string(&query).unwrap_or_default())
    }

    fn shown(&self) -> String {
        counted(self.listed.users.len(), "user", "users")
    }

    fn previous(&self) -> String {
        self.pages("before", self.listed.before)
    }

    fn next(&self) -> String {
        self.pages("after", self.listed.after)
    }

    /// Whether the person who looks is this user.
    fn is_self(&self, user: &User) -> bool {
        user.email == self.page.person.email
    }

    /// Which second factors the user has.
    fn factors(user: &User) -> &'static str {
        match (user.has_app, user.ways_in.passkeys > 0) {
            (true, true) => "App, passkey",
            (true, false) => "App",
            (false, true) => "Passkey",
            (false, false) => "None",
        }
    }
}

/// The dialog that shows a one-time link, once.
#[derive(Template)]
#[template(path = "users/link.html")]
pub struct Link {
    /// Who is to have it.
    pub name: String,
    /// Where they will sign in with.
    pub email: String,
    /// The link.
    pub address: String,
}

/// The dialog that says what a user may do.
#[derive(Template)]
#[template(path = "users/rights.html")]
pub struct UserRights {
    /// Who.
    pub user: User,
    /// In which company.
    pub company: String,
    /// What they may do.
    pub rights: Rights,
}

/// The dialog *Change role*.
#[derive(Template)]
#[template(path = "users/edit.html")]
pub struct Edit {
    /// Whose role.
    pub user: User,
    /// In which company.
    pub company: String,
    /// What is chosen.
    pub grant: GrantFields,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

/// The question before a user is removed.
#[derive(Template)]
#[template(path = "users/removal.html")]
pub struct Removal {
    /// Who.
    pub user: User,
    /// From which company.
    pub company: String,
    /// Whether the person who asks removes themselves.
    pub own: bool,
    /// Why it was not done.
    pub errors: FieldErrors,
}

/// The question before a new link is made.
#[derive(Template)]
#[template(path = "users/password_link.html")]
pub struct PasswordLink {
    /// For whom.
    pub user: User,
    /// Why it was not done.
    pub errors: FieldErrors,
}

/// The question before all sessions of a user are ended.
#[derive(Template)]
#[template(path = "users/sessions_ending.html")]
pub struct SessionsEnding {
    /// Whose.
    pub user: User,
    /// Why it was not done.
    pub errors: FieldErrors,
}

/// The question before a second factor is removed.
#[derive(Template)]
#[template(path = "users/second_factor_removal.html")]
pub struct SecondFactorRemoval {
    /// Whose.
    pub user: User,
    /// Why it was not done.
    pub errors: FieldErrors,
}
