//! The letters, written from the templates in `templates/mail/`.

use askama::Template;
use fleet::invitations::Invitation;
use fleet::operations::{Ended, Letters};
use fleet::outbox::Letter;
use fleet::people::Person;

use super::BaseUrl;

/// Writes the letters of an installation.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    /// What links begin with; without it letters have none.
    pub base_url: Option<BaseUrl>,
}

#[derive(Template)]
#[template(path = "mail/operation_ended.txt")]
struct OperationEndedText<'a> {
    ended: &'a Ended,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/operation_ended.html")]
struct OperationEndedHtml<'a> {
    ended: &'a Ended,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/password_reset.txt")]
struct PasswordResetText<'a> {
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/password_reset.html")]
struct PasswordResetHtml<'a> {
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct InvitationText<'a> {
    invitation: &'a Invitation,
    company: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/invitation.html")]
struct InvitationHtml<'a> {
    invitation: &'a Invitation,
    company: &'a str,
    link: &'a str,
}

impl Writer {
    /// The letter that asks somebody to become a user of `company`.
    pub fn invitation(&self, invitation: &Invitation, company: &str, token: &str) -> Letter {
        let base = self.base_url.as_ref().map(ToString::to_string).unwrap_or_default();
        let link = format!("{base}/invitations/{token}");
        let text = InvitationText { invitation, company, link: &link }.render();
        let html = InvitationHtml { invitation, company, link: &link }.render();
        let text = text.unwrap_or_else(|error| {
            tracing::error!(%error, "a letter has nothing but its link");
            link.clone()
        });
        let subject = format!("{} invites you to {company} in Simyard", invitation.invited_by);
        Letter { subject, text, html: html.unwrap_or_default() }
    }

    /// The letter with the one-time link of `token`. Without a base URL no letter leads anywhere: none is asked for then.
    pub fn password_reset(&self, person: &Person, token: &str) -> Letter {
        let base = self.base_url.as_ref().map(ToString::to_string).unwrap_or_default();
        let (name, link) = (person.name.as_str(), format!("{base}/password-links/{token}"));
        let text = PasswordResetText { name, link: &link }.render();
        let html = PasswordResetHtml { name, link: &link }.render();
        let text = text.unwrap_or_else(|error| {
            tracing::error!(%error, "a letter has nothing but its link");
            link.clone()
        });
        Letter { subject: "A new password for Simyard".to_owned(), text, html: html.unwrap_or_default() }
    }
}

impl Letters for Writer {
    fn operation_ended(&self, ended: &Ended) -> Letter {
        // The link names the company: it is opened whatever company is in focus then.
        let link = self
            .base_url
            .as_ref()
            .map(|base| format!("{base}{}?account={}", ended.path(), ended.company))
            .unwrap_or_default();
        let link = link.as_str();
        let written = OperationEndedText { ended, link }
            .render()
            .and_then(|text| Ok((text, OperationEndedHtml { ended, link }.render()?)));
        let (text, html) = written.unwrap_or_else(|error| {
            // The operation has ended all the same, and that is what the letter is for.
            tracing::error!(%error, "a letter says no more than its subject");
            (ended.sentence(), String::new())
        });
        Letter { subject: ended.sentence(), text, html }
    }
}
