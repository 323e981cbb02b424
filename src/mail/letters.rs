//! The letters, written from the templates in `templates/mail/`.

use askama::Template;
use fleet::operations::{Ended, Letters};
use fleet::outbox::Letter;

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
