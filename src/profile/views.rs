//! What *My profile* shows.

use askama::Template;
use fleet::account_focus::Choice;
use fleet::ids::SessionUid;
use fleet::second_factor::{Factors, RecoveryCode};
use fleet::sessions::Session;
use fleet::single_sign_on::identities::Identity;

use super::qr::Qr;
use crate::sign_in::Question;
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
    /// Whether a provider knows the person.
    pub has_single_sign_on: bool,
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
    pub list: Vec<Session>,
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

/// The providers that know the person.
#[derive(Template)]
#[template(path = "profile/single_sign_on.html")]
pub struct SingleSignOn {
    /// The frame.
    pub page: Page,
    /// Which.
    pub list: Vec<Identity>,
    /// Why none was unlinked.
    pub errors: FieldErrors,
}

/// What the person has besides a password.
#[derive(Template)]
#[template(path = "profile/second_factor.html")]
pub struct SecondFactor {
    /// The frame.
    pub page: Page,
    /// What they have.
    pub factors: Factors,
    /// Whether they can have an authenticator app here.
    pub can_have_app: bool,
    /// Whether they can have passkeys here.
    pub can_have_passkeys: bool,
    /// Why nothing was changed.
    pub errors: FieldErrors,
}

/// An app to be set up.
#[derive(Template)]
#[template(path = "profile/new_app.html")]
pub struct NewApp {
    /// The frame.
    pub page: Page,
    /// The secret, for an app that can't see the QR code.
    pub secret: String,
    /// The QR code.
    pub qr: Qr,
    /// The secret, for the form to bring back.
    pub sealed: String,
    /// The code that was typed.
    pub code: String,
    /// What was wrong.
    pub errors: FieldErrors,
}

/// A passkey to be named.
#[derive(Template)]
#[template(path = "profile/new_passkey.html")]
pub struct NewPasskey {
    /// The frame.
    pub page: Page,
    /// The address of the portal that its passkeys are made for.
    pub address: String,
    /// What it is to be called.
    pub name: String,
    /// What was wrong.
    pub errors: FieldErrors,
}

/// A passkey to be made by a device.
#[derive(Template)]
#[template(path = "profile/make_passkey.html")]
pub struct MakePasskey {
    /// The frame.
    pub page: Page,
    /// What it is to be called.
    pub name: String,
    /// What the device is asked.
    pub options: String,
    /// The address that it works at.
    pub address: String,
}

/// The second factor, to be shown.
#[derive(Template)]
#[template(path = "profile/proof.html")]
pub struct NewProof {
    /// The frame.
    pub page: Page,
    /// What can be shown.
    pub question: Question,
    /// Where to go after.
    pub next: String,
}

/// New recovery codes, shown this once.
#[derive(Template)]
#[template(path = "profile/codes.html")]
pub struct Codes {
    /// The frame.
    pub page: Page,
    /// What was done besides.
    pub done: String,
    /// The codes.
    pub all: Vec<RecoveryCode>,
}

impl Codes {
    /// All codes, as they are copied.
    fn text(&self) -> String {
        self.all.iter().map(RecoveryCode::grouped).collect::<Vec<_>>().join("\n")
    }
}
