//! The mail server that letters are handed to.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use fleet::outbox::{Claimed, Reason};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::response::Code;
use lettre::{Message, SmtpTransport, Transport as _};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a server answers that does not take this portal's name or password (RFC 4954, 6): that is for the
/// administrator to mend, not the letter's fault.
const SIGN_IN_REFUSED: [u16; 5] = [454, 530, 534, 535, 538];

/// The mail server, and who letters are from.
pub struct MailServer {
    transport: SmtpTransport,
    from: Mailbox,
}

/// Why a letter was not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// Once and for all.
    pub(super) is_final: bool,
}

impl MailServer {
    /// The server of `url`: `smtps://user:password@host:port`, or `smtp://...` with `?tls=required` for STARTTLS. In clear it is
    /// spoken to on loopback, or where `?tls=none` says so: letters have links that open the portal.
    ///
    /// What is wrong is said without repeating the address, which may hold a password.
    pub fn new(url: &SecretString, from: &str) -> anyhow::Result<Self> {
        let from = from.parse().map_err(|_| {
            anyhow!("{from:?} is no sender: give one such as \"Simyard <simyard@example.com>\"")
        })?;
        let parsed = Url::parse(url.expose_secret()).ok().filter(Url::has_host);
        let mut parsed = parsed.context("it is not written as smtps://user:password@host:port")?;
        if leaves_in_clear(&parsed) && parsed.password().is_some() {
            bail!("the password would cross the network unencrypted: add ?tls=required, or use smtps://");
        }
        let says_in_clear = tls(&parsed).as_deref() == Some("none");
        if leaves_in_clear(&parsed) && !says_in_clear {
            bail!(
                "letters, with links that set passwords, would cross the network unencrypted: add ?tls=required, use smtps://, \
                 or add ?tls=none if that is meant"
            );
        }
        if says_in_clear {
            parsed.set_query(None);
        }
        let transport = SmtpTransport::from_url(parsed.as_str())
            .map_err(|_| anyhow!("it is not written as smtps://user:password@host:port or smtp://user:password@host:port?tls=required"))?
            .timeout(Some(PATIENCE))
            .build();
        Ok(Self { transport, from })
    }

    /// Hands a letter over.
    pub(super) fn take(&self, letter: &Claimed) -> Result<(), Refusal> {
        let message = self
            .message(letter)
            .map_err(|error| Refusal { reason: Reason::of_letter(&format!("{error:#}")), is_final: true })?;
        self.transport.send(&message).map(drop).map_err(|error| {
            let said = with_causes(&error);
            // Servers without SMTPUTF8 (RFC 6531) are not even asked.
            let is_beyond_server = error.is_client() && !letter.to_address.is_ascii();
            // An answer that is none to the sign-in is one to the letter.
            let is_of_letter = is_beyond_server || error.status().is_some_and(|code| !is_sign_in(code));
            Refusal {
                reason: if is_of_letter { Reason::of_letter(&said) } else { Reason::of_portal(&said) },
                is_final: is_beyond_server || is_of_letter && error.is_permanent(),
            }
        })
    }

    fn message(&self, letter: &Claimed) -> anyhow::Result<Message> {
        let to: Mailbox = letter.to_address.parse().context("no address to send to")?;
        let domain = self.from.email.domain();
        let headers = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .message_id(Some(format!("<{}@{domain}>", letter.uid)));
        let text = SinglePart::plain(letter.text.clone());
        Ok(if letter.html.is_empty() {
            headers.singlepart(text)?
        } else {
            let html = SinglePart::html(letter.html.clone());
            headers.multipart(MultiPart::alternative().singlepart(text).singlepart(html))?
        })
    }
}

/// What the address says of encryption.
fn tls(url: &Url) -> Option<String> {
    url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned())
}

/// Whether letters could go to another machine unencrypted: `opportunistic` leaves that to whoever is in between.
fn leaves_in_clear(url: &Url) -> bool {
    let encrypts = url.scheme() == "smtps" || tls(url).as_deref() == Some("required");
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let stays_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    !encrypts && !stays_here
}

fn is_sign_in(code: Code) -> bool {
    SIGN_IN_REFUSED.contains(&code.into())
}

/// An error with its causes, each of which adds something.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        next = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str, from: &str) -> Option<String> {
        MailServer::new(&SecretString::from(url), from).err().map(|error| format!("{error:#}"))
    }

    #[test]
    fn addresses_of_servers_are_understood() {
        for url in [
            "smtp://127.0.0.1:2525",
            "smtp://me:secret@localhost",
            "smtp://me:secret@[::1]:25",
            "smtp://mail.example?tls=none",
            "smtp://mail.example:25?tls=none",
            "smtp://me%40mail.example:se%3Acret@mail.example?tls=required",
            "smtps://me:secret@mail.example",
        ] {
            assert_eq!(problem(url, "Simyard <simyard@example.com>"), None, "{url}");
        }
    }

    #[test]
    fn a_password_is_neither_repeated_nor_sent_in_clear() {
        for url in [
            "smtp://me:secret@mail.example",
            "smtp://me:secret@mail.example?tls=opportunistic",
            "smtps//me:secret@mail.example",
            "http://me:secret@mail.example",
            "smtp://me:secret@mail.example:port",
            "secret",
        ] {
            let said = problem(url, "simyard@example.com").unwrap();
            assert!(!said.contains("secret"), "{url}: {said}");
        }
        assert!(problem("smtp://127.0.0.1", "nobody").unwrap().contains("is no sender"));
    }

    #[test]
    fn letters_leave_the_machine_in_clear_only_where_that_is_said() {
        for url in ["smtp://mail.example", "smtp://192.0.2.1:25", "smtp://mail.example?tls=opportunistic"] {
            let said = problem(url, "simyard@example.com").unwrap();
            assert!(said.contains("?tls=none if that is meant"), "{url}: {said}");
        }
        let said = problem("smtp://me:secret@mail.example?tls=none", "simyard@example.com").unwrap();
        assert!(said.contains("the password would cross"), "a password never: {said}");
    }
}
