//! What can go wrong with the private cluster, each as one sentence for the person at the terminal.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private cluster cannot be used. `Display` is the whole sentence that a person needs.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Neither `initdb` nor `postgres` could be found.
    #[error(
        "PostgreSQL's server programs (initdb, postgres) were not found in PATH, in /usr/lib/postgresql or through \
         pg_config: install them (Debian and Ubuntu: apt-get install postgresql), or set DATABASE_URL to a database \
         of your own"
    )]
    ProgramsMissing,
    /// The data was written by a major version whose programs are not installed.
    #[error(
        "the data directory {} was made by PostgreSQL {found}, but only version {available} is installed here: \
         install PostgreSQL {found}, or choose another directory with --data-dir", dir.display()
    )]
    OtherVersion {
        /// The directory that was asked for.
        dir: PathBuf,
        /// The major version that wrote it.
        found: String,
        /// The major versions found on this machine, for reading.
        available: String,
    },
    /// The directory holds something that this module did not make.
    #[error(
        "{} holds other files, so no database is made there: choose an empty directory with --data-dir", dir.display()
    )]
    NotOurs {
        /// The directory that was asked for.
        dir: PathBuf,
    },
    /// The directory belongs to another user than the one that runs this program.
    #[error(
        "the data directory {} belongs to the user {owner}: run this as {owner} or root, or choose another directory with \
         --data-dir", dir.display()
    )]
    BelongsToOther {
        /// The directory that was asked for.
        dir: PathBuf,
        /// Name or number of its owner.
        owner: String,
    },
    /// Root found no user to run the server as: `PostgreSQL` refuses to run as root.
    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody: create one, \
         or run this as an ordinary user"
    )]
    NoServerUser,
    /// No directory was found that the server's user may enter.
    #[error(
        "the user {user} may not enter {}, and that is the user that PostgreSQL runs as here: choose another directory \
         with --data-dir", dir.display()
    )]
    Unreachable {
        /// The last directory tried.
        dir: PathBuf,
        /// The user that the server runs as.
        user: String,
    },
    /// The file system is full.
    #[error(
        "there is no space left on the disk for the database in {}: free some, or choose another directory with \
         --data-dir", dir.display()
    )]
    NoSpace {
        /// The directory of the cluster.
        dir: PathBuf,
    },
    /// Processes of an earlier server kept the data directory locked for too long.
    #[error("another PostgreSQL still uses {}: {message}", dir.display())]
    StillLocked {
        /// The directory of the cluster.
        dir: PathBuf,
        /// What the server wrote.
        message: String,
    },
    /// `initdb` failed.
    #[error("initdb could not make a database in {}: {message}", dir.display())]
    Initdb {
        /// The directory of the cluster.
        dir: PathBuf,
        /// What it wrote.
        message: String,
    },
    /// The server ended before it was ready.
    #[error("PostgreSQL did not start: {message} (all of its log: {})", log.display())]
    Server {
        /// Its log.
        log: PathBuf,
        /// The last error in it.
        message: String,
    },
    /// The cluster was told to stop while it was starting.
    #[error("the start of the private PostgreSQL was interrupted")]
    Interrupted,
    /// A file or a process could not be handled.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The server runs but refused a connection or a statement.
    #[error("the private PostgreSQL answered: {0}")]
    Database(String),
}

impl ClusterError {
    /// For `map_err`: names the action and the path, and tells a full disk from the rest.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { dir: path.to_owned() }
            }
            _ => Self::Io { action, path: path.to_owned(), source },
        }
    }
}

/// Whether this text of `initdb` or `postgres` (in English, see `LC_ALL`) is about a full disk.
pub(super) fn is_no_space(output: &str) -> bool {
    output.contains("No space left on device") || output.contains("Disk quota exceeded")
}

/// Whether this log is about processes of an earlier server that are still about to end.
pub(super) fn is_still_locked(output: &str) -> bool {
    (output.contains("lock file") && output.contains("already exists"))
        || output.contains("pre-existing shared memory block")
}

/// The line that tells most: the last one with an error in it, else the last one.
pub(super) fn telling_line(output: &str) -> String {
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty());
    lines()
        .rfind(|line| ["FATAL:", "PANIC:", "error:"].iter().any(|mark| line.contains(mark)))
        .or_else(|| lines().next_back())
        .unwrap_or("it wrote nothing")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_line_is_the_last_error() {
        let log = "LOG:  starting\nFATAL:  data directory is wet\nLOG:  database system is shut down\n";
        assert_eq!(telling_line(log), "FATAL:  data directory is wet");
        assert_eq!(telling_line("only this\n\n"), "only this");
        assert_eq!(telling_line(""), "it wrote nothing");
    }

    #[test]
    fn a_held_lock_is_told_from_other_failures() {
        assert!(is_still_locked("FATAL:  lock file \"postmaster.pid\" already exists"));
        assert!(is_still_locked("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use"));
        assert!(!is_still_locked("FATAL:  could not create lock file: Permission denied"));
    }
}
