//! The file with the key that encrypts the keys of SIMs, the secrets of authenticator apps, and those of companies.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use fleet::installation;
use fleet::sealing::Sealer;
use rand::Rng as _;

use super::database::Database;

/// Longer than any such file.
const LONGEST: u64 = 1_000;
/// What it is called in the directory of the private database.
const BESIDE: &str = "key";

/// Where the key is.
#[derive(Debug, Clone, Args)]
pub(super) struct KeyFile {
    /// File with the key that encrypts the keys of SIMs, and the secrets of authenticator apps and of single sign-on: 64 hexadecimal digits, as `openssl rand -hex 32` writes them.
    /// Only its owner may read it
    #[arg(long, value_name = "FILE", env = "SIMYARD_KEY_FILE", help_heading = "Secrets")]
    key_file: Option<PathBuf>,
}

impl KeyFile {
    /// What encrypts; none where no file is named.
    pub(super) fn read(&self) -> anyhow::Result<Option<Sealer>> {
        self.key_file.as_deref().map(read).transpose()
    }

    /// As [`read`](Self::read), for a portal. Where no file is named, the private database has one beside it, which is made for a database
    /// that no key was used with.
    pub(super) fn read_or_make(&self, database: &Database) -> anyhow::Result<Option<Sealer>> {
        let Some(directory) = database.directory().filter(|_| self.key_file.is_none()) else {
            return self.read();
        };
        let path = directory.join(BESIDE);
        if !path.exists() {
            if installation::is_bound(&mut *database.connect()?)? {
                return Ok(None);
            }
            make(&path).with_context(|| format!("cannot make the key {}", path.display()))?;
        }
        read(&path).map(Some)
    }
}

/// Writes a new key. Of several processes that do so at once, one wins; none ever sees half a key.
fn make(path: &Path) -> io::Result<()> {
    let mut key = [0; Sealer::KEY];
    rand::rng().fill_bytes(&mut key);
    let unfinished = path.with_added_extension(std::process::id().to_string());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{}", HEX.encode(&key))?;
    file.sync_all()?;
    let made = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn read(path: &Path) -> anyhow::Result<Sealer> {
    let shown = path.display();
    let problem = || format!("cannot use {shown} as the key");
    let file = fs::File::open(path).with_context(problem)?;
    let mode = file.metadata().with_context(problem)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("others than the owner may read {shown}: run chmod 600 on it");
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).with_context(problem)?;
    let key =
        HEX.decode(text.trim().as_bytes()).ok().and_then(|bytes| <[u8; Sealer::KEY]>::try_from(bytes).ok());
    let Some(key) = key else {
        bail!("{shown} is no key: it must have 64 hexadecimal digits, as openssl rand -hex 32 writes them");
    };
    Ok(Sealer::new(&key))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_key_is_64_digits_that_only_its_owner_reads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let tried = |text: &str, mode: u32| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            read(&path).map(drop).map_err(|error| format!("{error:#}"))
        };
        let key = "00ff".repeat(16);
        assert_eq!(tried(&format!("{key}\n"), 0o600), Ok(()));
        assert!(tried(&key, 0o644).unwrap_err().contains("chmod 600"));
        let short = tried(&key[1..], 0o400).unwrap_err();
        assert!(short.contains("64 hexadecimal digits") && !short.contains(&key[1..]), "{short}");
        assert!(read(&directory.path().join("none")).is_err());
    }

    #[test]
    fn a_key_is_made_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        make(&path).unwrap();
        let first = fs::read(&path).unwrap();
        assert!(read(&path).is_ok());
        make(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing unfinished is left");
    }
}
