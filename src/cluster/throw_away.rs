//! Temporary directories for test clusters, and the removal of those that nobody owns any more.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::error::ClusterError;

const PREFIX: &str = "simyard-throw-away-";
const OWNER_LOCK: &str = "owner.lock";

/// A directory that is removed when this is dropped. A locked file in it says that its process lives.
#[derive(Debug)]
pub(super) struct ThrowAwayDirectory {
    path: PathBuf,
    _owner: File,
}

impl ThrowAwayDirectory {
    pub(super) fn make() -> Result<Self, ClusterError> {
        let parent = temporary_directory();
        remove_orphans(&parent);
        let path = parent.join(format!("{PREFIX}{}", uuid::Uuid::now_v7().simple()));
        DirBuilder::new().mode(0o700).create(&path).map_err(ClusterError::io("make", &path))?;
        let lock = path.join(OWNER_LOCK);
        let owner = File::create_new(&lock).map_err(ClusterError::io("make", &lock))?;
        owner.lock().map_err(ClusterError::io("lock", &lock))?;
        Ok(Self { path, _owner: owner })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ThrowAwayDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "a temporary directory stays behind");
        }
    }
}

/// Root's own temporary directory may be closed to the user that the server then runs as.
fn temporary_directory() -> PathBuf {
    if geteuid().is_root() { "/tmp".into() } else { env::temp_dir() }
}

/// Removes what killed processes have left. That this fails for some is no reason to fail a test.
fn remove_orphans(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let named_so = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if named_so && entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_orphan(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_orphan(directory: &Path) -> bool {
    OpenOptions::new()
        .write(true)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(directory.join(OWNER_LOCK))
        .is_ok_and(|lock| lock.try_lock().is_ok())
}
