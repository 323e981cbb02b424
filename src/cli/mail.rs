//! How an installation sends e-mail, and the thread that does.

use std::env;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, bail};
use clap::Args;
use fleet::operations::worker::Stop;
use secrecy::SecretString;

use crate::mail::{self, BaseUrl, MailServer, Pace, Writer};

/// Where the address of the mail server is read from. It may hold a password, so it is no option:
/// options can be read by everybody.
const SMTP_URL: &str = "SIMYARD_SMTP_URL";

/// The options of e-mail, which is sent through the server of `SIMYARD_SMTP_URL`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "E-mail")]
pub(super) struct MailOptions {
    /// Who e-mail is from, as in "Simyard <simyard@example.com>"
    #[arg(long = "mail-from", value_name = "SENDER", env = "SIMYARD_MAIL_FROM")]
    from: Option<String>,
    /// How people reach the portal, as in <https://sims.example.com>: what links in e-mail begin with
    #[arg(long, value_name = "URL", env = "SIMYARD_BASE_URL")]
    base_url: Option<String>,
}

/// What is set about e-mail.
pub(super) struct Mail {
    /// What writes letters.
    pub(super) letters: Arc<Writer>,
    /// What takes them; none where no e-mail is sent.
    pub(super) server: Option<MailServer>,
}

impl MailOptions {
    /// Checks what is set. What is missing is said before anything is started.
    pub(super) fn check(&self) -> anyhow::Result<Mail> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let base_url: Option<BaseUrl> = given(self.base_url.clone())
            .map(|text| text.parse().map_err(|wrong| anyhow::anyhow!("SIMYARD_BASE_URL is {wrong}")))
            .transpose()?;
        let server = match given(env::var(SMTP_URL).ok()).map(SecretString::from) {
            None => None,
            Some(url) => {
                let Some(from) = given(self.from.clone()) else {
                    bail!("SIMYARD_SMTP_URL is set, but not who e-mail is from: set SIMYARD_MAIL_FROM");
                };
                if base_url.is_none() {
                    bail!(
                        "SIMYARD_SMTP_URL is set, but not how people reach the portal: set SIMYARD_BASE_URL"
                    );
                }
                Some(MailServer::new(&url, &from).context("e-mail can't be sent as it is set up")?)
            }
        };
        Ok(Mail { letters: Arc::new(Writer { base_url }), server })
    }
}

/// A running courier. Dropping it lets it finish the letter that it is at, and waits for that.
pub(super) struct Courier {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    /// Starts a courier on the database of `url`.
    pub(super) fn start(url: &str, server: MailServer, writer: Arc<Writer>) -> anyhow::Result<Self> {
        let pool = fleet::db::pool(url, 1)?;
        let stop = Stop::new();
        let signal = stop.clone();
        let thread = thread::Builder::new()
            .name("courier".to_owned())
            .spawn(move || mail::run(&pool, &server, &writer, &Pace::default(), &signal))
            .context("cannot start a thread for the courier")?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the courier has panicked");
        }
    }
}
