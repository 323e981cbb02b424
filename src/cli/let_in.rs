//! `simyard let-in`.

use anyhow::Context;
use clap::Args;
use fleet::people::Email;
use fleet::{password_resets, rescue};

use super::database::DatabaseOptions;
use crate::web::session::random_token;

/// Let somebody in again who has lost their password or their second factor
///
/// For the only administrator of a company, whom nobody in the portal can help. Prints a one-time link with which the
/// person sets a password. Make sure who is asking.
#[derive(Debug, Args)]
pub(super) struct LetIn {
    /// E-mail address that the person signs in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Remove the person's second factor too
    #[arg(long)]
    without_second_factor: bool,
    #[command(flatten)]
    database: DatabaseOptions,
}

impl LetIn {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let email = Email::parse(&self.email).context("the e-mail address is not usable")?;
        self.database.run(false, |database| {
            let token = random_token();
            let person =
                rescue::let_in(&mut database.connect()?, &email, &token, self.without_second_factor)?;
            println!(
                "{} sets a password within {} minutes, once, at this path of the portal:",
                person.name,
                password_resets::MINUTES
            );
            println!("  /password-links/{token}");
            Ok(())
        })
    }
}
