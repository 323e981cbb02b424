//! `simyard shorten-audit`.

use clap::Args;
use fleet::audit;
use fleet::numbers::count;

use super::database::DatabaseOptions;

/// Remove old lines from the audit logs of all companies
///
/// Nothing is removed without this command: run it as often as you like, as from a timer. It has to connect as the owner of the
/// database's tables. Each company is told in its log how many lines went.
#[derive(Debug, Args)]
pub(super) struct ShortenAudit {
    /// Keep the lines of so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep: u32,
    #[command(flatten)]
    database: DatabaseOptions,
}

impl ShortenAudit {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.database.run(false, |database| {
            let shortened = audit::shorten(&mut database.connect()?, self.keep)?;
            for one in &shortened {
                println!("{}: {} lines are removed.", one.company, count(one.lines));
            }
            if shortened.is_empty() {
                println!("No line is older than {} days.", self.keep);
            }
            Ok(())
        })
    }
}
