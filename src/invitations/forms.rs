//! What the forms about invitations send.

use fleet::Result;
use fleet::ids::InvitationId;
use fleet::invitations::{NewInvitation, Wanted};
use fleet::people::Email;
use serde::Deserialize;

use crate::profiles::GrantForm;
use crate::sign_in::NewPasswordForm;

/// The address of a page of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ListForm {
    /// Part of an e-mail.
    pub q: String,
    /// See [`Wanted`]; what is no id is no place.
    after: String,
    before: String,
}

impl ListForm {
    /// What to ask the domain for.
    pub fn wanted(&self) -> Wanted {
        let place = |text: &str| text.parse::<InvitationId>().ok();
        Wanted { search: self.q.clone(), after: place(&self.after), before: place(&self.before) }
    }
}

/// The dialog *Invite a user*.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct InvitationForm {
    /// Who is asked.
    pub email: String,
    /// See [`GrantForm`].
    pub role: String,
    /// See [`GrantForm`].
    pub profiles: Vec<String>,
}

impl InvitationForm {
    /// What the person is to be given.
    pub fn grant(&self) -> GrantForm {
        GrantForm { role: self.role.clone(), profiles: self.profiles.clone() }
    }

    /// The invitation asked for, or what is wrong.
    pub fn parse(&self) -> Result<NewInvitation> {
        Ok(NewInvitation { email: Email::parse(&self.email)?, grant: self.grant().parse()? })
    }
}

/// What somebody says who is new here.
#[derive(Deserialize)]
pub struct EnrolForm {
    /// How they are called.
    #[serde(default)]
    pub name: String,
    /// Their password.
    #[serde(flatten)]
    pub password: NewPasswordForm,
}
