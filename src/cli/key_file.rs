//! The file with the key that encrypts the keys of SIMs, and secrets of companies.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use fleet::sealing::Sealer;

/// Longer than any such file.
const LONGEST: u64 = 1_000;

/// Where the key is.
#[derive(Debug, Clone, Args)]
pub(super) struct KeyFile {
    /// File with the key that encrypts the keys of SIMs and the secrets of single sign-on: 64 hexadecimal digits, as `openssl rand -hex 32` writes them.
    /// Only its owner may read it
    #[arg(long, value_name = "FILE", env = "SIMYARD_KEY_FILE", help_heading = "Keys of SIMs")]
    key_file: Option<PathBuf>,
}

impl KeyFile {
    /// What encrypts; none where no file is named.
    pub(super) fn read(&self) -> anyhow::Result<Option<Sealer>> {
        self.key_file.as_deref().map(read).transpose()
    }
}

fn read(path: &Path) -> anyhow::Result<Sealer> {
    let shown = path.display();
    let problem = || format!("cannot use {shown} as the key");
    let file = std::fs::File::open(path).with_context(problem)?;
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
    use std::fs::{self, Permissions};

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
}
