//! `simyard create-admin`.

use std::env;
use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, bail};
use clap::Args;
use fleet::companies::Name;
use fleet::console::Console;
use fleet::founding::{self, Founding};
use fleet::passwords::NewPassword;
use fleet::people::Email;

use super::database::{Database, DatabaseOptions};
use super::hashing::HashingOptions;
use crate::sign_in::hashes;

/// Make the first company and its administrator on an empty installation.
///
/// The password is asked for at the terminal, or read as the first line of standard input. It is never an option,
/// because options can be read by everybody on the machine.
#[derive(Debug, Args)]
pub(super) struct CreateAdmin {
    /// Name of the first company, the main account
    #[arg(long, value_name = "NAME")]
    company: String,
    /// Name of the administrator
    #[arg(long, value_name = "NAME")]
    name: String,
    /// E-mail address that the administrator signs in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Make a company that cannot have subaccounts
    #[arg(long)]
    without_subaccounts: bool,
    #[command(flatten)]
    hashing: HashingOptions,
    #[command(flatten)]
    database: DatabaseOptions,
}

impl CreateAdmin {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let company = Name::parse("company", &self.company).context("the company's name is not usable")?;
        let person = Name::parse("name", &self.name).context("the administrator's name is not usable")?;
        let email = Email::parse(&self.email).context("the e-mail address is not usable")?;
        self.database.run(false, |database| {
            self.create(&company, &person, &email, &mut database.connect()?)?;
            if let Some(dir) = database.directory() {
                println!("The database is the one in {}.", dir.display());
            }
            Ok(())
        })
    }

    fn create(
        &self,
        company: &Name,
        person: &Name,
        email: &Email,
        console: &mut Console,
    ) -> anyhow::Result<()> {
        // Before the password is asked for; `found` looks again.
        if fleet::companies::any(console)? {
            bail!(
                "this installation has a company already; its administrators make further people in the portal"
            );
        }
        let password =
            NewPassword::parse(&read_password()?, &[person.as_str(), email.as_str(), company.as_str()])
                .context("the password is not usable")?;
        let password_hash = hashes::hash(password.expose(), self.hashing.bcrypt_cost)?;
        let subaccounts_enabled = !self.without_subaccounts;
        let founding =
            Founding { company, subaccounts_enabled, person, email, password_hash: &password_hash };
        let (_, from) = founding::found(console, &founding)?;
        println!(
            "{} is now the administrator of {}, and signs in with {}.",
            person.as_str(),
            company.as_str(),
            email.as_str()
        );
        println!(
            "From {} on, {} asks its people for a second factor: they set one up in My profile, and are reminded until then.",
            from.format("%-d %B %Y"),
            company.as_str()
        );
        Ok(())
    }
}

/// How to call this for the installation of `database`.
pub(super) fn usage(database: &Database) -> String {
    let program = env::current_exe().map_or_else(|_| "simyard".into(), |path| path.display().to_string());
    let place =
        database.directory().map(|dir| format!(" --data-dir \"{}\"", dir.display())).unwrap_or_default();
    format!(
        "\"{program}\" create-admin{place} --company \"Your company\" --name \"Your name\" --email you@company.example"
    )
}

fn read_password() -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").context("cannot read the password")?;
        let again = rpassword::prompt_password("Password again: ").context("cannot read the password")?;
        if password != again {
            bail!("the two passwords differ");
        }
        return Ok(password);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
