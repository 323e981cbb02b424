//! What the server writes down, for people and for finding out why it failed.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::error::ClusterError;
use super::place::Place;

/// A larger log is put aside at the next start.
const LARGEST: u64 = 8 << 20;

/// Opens the log of a server that is about to start.
pub(super) fn open(place: &Place) -> Result<File, ClusterError> {
    let path = place.log();
    if fs::symlink_metadata(&path).is_ok_and(|log| log.len() > LARGEST) {
        fs::rename(&path, path.with_added_extension("1")).map_err(ClusterError::io("rename", &path))?;
    }
    place.create(&path)
}

/// What is written to the log from now on.
#[derive(Debug)]
pub(super) struct LogTail {
    path: PathBuf,
    start: u64,
}

impl LogTail {
    pub(super) fn of(place: &Place) -> Self {
        let path = place.log();
        let start = fs::symlink_metadata(&path).map_or(0, |log| log.len());
        Self { path, start }
    }

    /// What has been written; nothing if the log cannot be read, or has been put aside meanwhile.
    pub(super) fn read(&self) -> String {
        self.try_read().unwrap_or_default()
    }

    fn try_read(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
