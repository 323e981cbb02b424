//! `simyard demo`.

use anyhow::bail;
use clap::Args;
use fleet::console::Console;
use fleet::demo::{self, DemoOptions, Progress, SIGN_INS};
use fleet::passwords::DEMO_PASSWORD;
use fleet::{companies, people};
use indicatif::ProgressBar;

use super::database::{Database, DatabaseOptions};
use super::import_sims;
use crate::app::BCRYPT_COST;
use crate::sign_in::hashes;

/// Load the demo fleet into an empty private database
///
/// 100,000 SIMs of one main account and its subaccounts, people in every role, and what they did in the past two months.
/// `serve` does so by itself the first time. Everybody knows the passwords of the demo, so it is never loaded into the
/// database of `DATABASE_URL`.
#[derive(Debug, Args)]
pub(super) struct Demo {
    #[command(flatten)]
    database: DatabaseOptions,
}

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if DatabaseOptions::is_given() {
            bail!(
                "the demo fleet, whose passwords everybody knows, is only loaded into the private database: unset \
                 DATABASE_URL"
            );
        }
        self.database.run(false, |database| {
            let mut console = database.connect()?;
            if companies::any(&mut console)? {
                bail!("there are companies already, and the demo fleet is only loaded into an empty installation");
            }
            load(&mut console)?;
            print_sign_ins();
            Ok(())
        })
    }
}

/// Loads the demo fleet where there is no company yet.
pub(super) fn load_if_empty(database: &Database) -> anyhow::Result<()> {
    let mut console = database.connect()?;
    if database.is_private() && !companies::any(&mut console)? {
        load(&mut console)?;
    }
    Ok(())
}

/// Whether the demo's people may sign in: they are there, and the database is the private one.
pub(super) fn is_loaded(database: &Database) -> anyhow::Result<bool> {
    let mut console = database.connect()?;
    Ok(database.is_private() && people::credentials(&mut console, SIGN_INS[0].0)?.is_some())
}

/// Says who can sign in, and how.
pub(super) fn print_sign_ins() {
    println!("Sign in with the password {DEMO_PASSWORD} as");
    for (email, role) in SIGN_INS {
        println!("  {email:24}  {role}");
    }
}

fn load(console: &mut Console) -> anyhow::Result<()> {
    println!("Loading the demo fleet, this once ...");
    let password_hash = hashes::hash(DEMO_PASSWORD, BCRYPT_COST)?;
    let bar = ProgressBar::no_length();
    let summary = demo::load(console, &DemoOptions::usual(&password_hash), |progress| match progress {
        Progress::Check(rows) => import_sims::show_checked(&bar, rows),
        Progress::Import { sims, of } => import_sims::show_loaded(&bar, sims, of),
        Progress::History { operations } => bar.set_message(format!("writing {operations} operations")),
    });
    bar.finish_and_clear();
    let summary = summary?;
    println!(
        "{} SIMs in {} companies, and {} operations of the past two months.",
        summary.sims, summary.companies, summary.operations
    );
    Ok(())
}
