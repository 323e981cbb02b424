//! `simyard load-keys`.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use fleet::installation;
use fleet::sim_files::{ReadOptions, SimFile};
use fleet::sim_keys;

use super::database::DatabaseOptions;
use super::import_sims::Form;
use super::key_file::KeyFile;

/// Keep what SIMs authenticate with (Ki, OPc), for a network that has to be told
///
/// Reads the columns Ki and OPc of a vendor's file whose SIMs have been imported, and keeps them encrypted. A network whose
/// entry in the file of networks says `keys = true` gets them when a SIM is activated. They are never shown, and forgotten when
/// the SIM is terminated. The file must have them in clear: delete it afterwards.
#[derive(Debug, Args)]
pub(super) struct LoadKeys {
    /// The file
    file: PathBuf,
    /// How the ICCIDs are written
    #[arg(long, value_enum, default_value_t)]
    iccid_form: Form,
    #[command(flatten)]
    key: KeyFile,
    #[command(flatten)]
    database: DatabaseOptions,
}

impl LoadKeys {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let file = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let sealer = self.key.read()?.ok_or_else(|| anyhow!("name the file of the key with --key-file"))?;
        let options = ReadOptions { iccid_form: self.iccid_form.into(), columns: None };
        let file = SimFile::open(file, options).map_err(|problem| anyhow!("{problem}"))?;
        self.database.run(false, |database| {
            let mut console = database.connect()?;
            installation::bind_key(&mut console, &sealer)?;
            let loaded = sim_keys::load(&mut console, &sealer, file)?;
            println!("The keys of {} SIMs are kept.", loaded.stored);
            for (rows, why) in [
                (loaded.unknown, "are of SIMs that are in no fleet: import them first"),
                (loaded.bad, "were left out: their SIM or their keys are malformed"),
            ] {
                if rows > 0 {
                    println!("{rows} rows {why}.");
                }
            }
            Ok(())
        })
    }
}
