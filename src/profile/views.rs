//! What *My profile* shows.

use askama::Template;
use fleet::account_focus::Choice;
use fleet::ids::SessionUid;
use fleet::sessions::Session;

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
    /// The person's name, as it is or as it was typed.
    pub name: String,
    /// What was wrong with the new name or password.
    pub errors: FieldErrors,
}

/// The sessions.
#[derive(Template)]
#[template(path = "profile/sessions.html")]
pub struct Sessions {
    /// The frame.
    pub page: Page,
    /// Where the person is signed in.
    pub sessions: Vec<Session>,
    /// The session that the page is shown in.
    pub own: Option<SessionUid>,
    /// Why none was ended.
    pub errors: FieldErrors,
}

impl Sessions {
    fn is_own(&self, session: &Session) -> bool {
        self.own == Some(session.uid)
    }
}
