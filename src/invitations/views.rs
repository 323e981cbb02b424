//! What the screens about invitations show.

use askama::Template;
use fleet::ids::InvitationId;
use fleet::invitations::{Asked, Invitation, Listed, State};

use crate::profiles::GrantFields;
use crate::web::badge::Badge;
use crate::web::display::counted;
use crate::web::forms::FieldErrors;
use crate::web::page::{AnonymousPage, Page};

/// The list.
#[derive(Template)]
#[template(path = "invitations/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// What was searched for.
    pub search: String,
    /// The invitations on this page.
    pub listed: Listed,
    /// The address of this page of the list.
    pub here: String,
}

impl Index {
    fn pages(&self, side: &str, place: Option<InvitationId>) -> String {
        let Some(id) = place else { return String::new() };
        let mut query = vec![(side, id.to_string())];
        if !self.search.is_empty() {
            query.insert(0, ("q", self.search.clone()));
        }
        format!("/administration/invitations?{}", serde_html_form::to_string(&query).unwrap_or_default())
    }

    fn shown(&self) -> String {
        counted(self.listed.invitations.len(), "invitation", "invitations")
    }

    fn previous(&self) -> String {
        self.pages("before", self.listed.before)
    }

    fn next(&self) -> String {
        self.pages("after", self.listed.after)
    }

    fn state(&self, invitation: &Invitation) -> Badge {
        let letter = self.listed.undelivered(invitation);
        let (icon, class, word) = match invitation.state() {
            State::Waiting if letter.is_some_and(|letter| letter.again_at.is_some()) => {
                ("clock", "suspended", "Letter not yet delivered")
            }
            State::Waiting if letter.is_some() => ("alert-triangle", "failure", "Letter not delivered"),
            State::Waiting => ("clock", "flight", "Waiting"),
            State::Accepted => ("circle-check", "active", "Accepted"),
            State::Expired => ("alert-triangle", "suspended", "Expired"),
            State::Revoked => ("ban", "idle", "Revoked"),
        };
        Badge { icon, class, word }
    }
}

/// The dialog *Invite a user*.
#[derive(Template)]
#[template(path = "invitations/new.html")]
pub struct New {
    /// The company that the user will belong to.
    pub company: String,
    /// Whether a letter is sent; else the link is shown.
    pub mails: bool,
    /// The address that was typed.
    pub email: String,
    /// What is chosen.
    pub grant: GrantFields,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

/// The dialog that shows the link, once, where no letter is sent.
#[derive(Template)]
#[template(path = "invitations/link.html")]
pub struct Link {
    /// Who is to have it.
    pub email: String,
    /// The link.
    pub address: String,
}

/// The question before an invitation is taken back.
#[derive(Template)]
#[template(path = "invitations/revocation.html")]
pub struct Revocation {
    /// Which.
    pub invitation: Invitation,
    /// Why it was not done.
    pub errors: FieldErrors,
}

/// Who reads an invitation.
pub enum Reader {
    /// Nobody is signed in.
    Unknown,
    /// The person whom it is for.
    Asked,
    /// Somebody else, who is signed in with this address.
    Other(String),
}

/// The page of an invitation.
#[derive(Template)]
#[template(path = "invitations/show.html")]
pub struct Show {
    /// The frame.
    pub page: AnonymousPage,
    /// Its address.
    pub here: String,
    /// What is asked.
    pub asked: Asked,
    /// Who reads it.
    pub reader: Reader,
    /// The name that was typed.
    pub name: String,
    /// What was wrong.
    pub errors: FieldErrors,
}

impl Show {
    fn sign_in(&self) -> String {
        format!("/sign-in?{}", serde_html_form::to_string([("next", &self.here)]).unwrap_or_default())
    }
}

/// What an invitation that leads nowhere shows.
#[derive(Template)]
#[template(path = "invitations/gone.html")]
pub struct Gone {
    /// The frame.
    pub page: AnonymousPage,
}
