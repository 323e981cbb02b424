//! `simyard migrate`.

use clap::Args;

use super::database::DatabaseOptions;

/// Bring the database to the schema of this version.
///
/// `serve` does so by itself; this is for an upgrade of several machines that share a database.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    database: DatabaseOptions,
}

impl Migrate {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.database.run(false, |_database| {
            println!("The database is up to date.");
            Ok(())
        })
    }
}
