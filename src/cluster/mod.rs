//! A private `PostgreSQL`: found or started by this process from the system's own server programs, reachable only
//! through a Unix socket in a directory of mode 0700, and stopped with the process.
//!
//! It serves the installation that has no database of its own yet, and, thrown away afterwards, every test.

mod error;
mod keeper;
mod log;
mod pidfile;
mod place;
mod programs;
mod server;
mod server_user;
mod settings;
mod throw_away;

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use diesel::prelude::*;

pub use self::error::ClusterError;
use self::keeper::Keeper;
use self::log::LogTail;
use self::place::Place;
use self::server::Address;
pub use self::settings::Durability;
use self::throw_away::ThrowAwayDirectory;

/// What is wanted of a private cluster.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// The directory that holds everything of the cluster; made if it is missing.
    pub directory: PathBuf,
    /// Whether the data must outlive a power cut.
    pub durability: Durability,
    /// Start the server again if it ends while this process still wants it.
    pub restart: bool,
}

impl ClusterOptions {
    /// A durable cluster in `directory`.
    pub fn durable(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), durability: Durability::Durable, restart: false }
    }

    /// Sets whether a server that ends early is started again.
    #[must_use]
    pub fn restart(mut self, restart: bool) -> Self {
        self.restart = restart;
        self
    }
}

/// A running private cluster. Dropping it stops the server, if this process started it.
#[derive(Debug)]
pub struct PrivateCluster {
    directory: PathBuf,
    asked: PathBuf,
    address: Address,
    own: bool,
    log: LogTail,
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
    /// Dropped last, when the server is gone.
    throw_away: Option<ThrowAwayDirectory>,
}

impl PrivateCluster {
    /// Finds the running server of that directory or starts one, and returns when it accepts connections.
    pub fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let place = Place::prepare(&options.directory)?;
        let directory = place.dir.clone();
        let log = LogTail::of(&place);
        let asked =
            std::path::absolute(&options.directory).map_err(ClusterError::io("find", &options.directory))?;
        let (stop, stop_receiver) = channel();
        let (started, started_receiver) = sync_channel(1);
        let keeper =
            Keeper { place, durability: options.durability, restart: options.restart, stop: stop_receiver };
        let keeper = thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || keeper.run(started))
            .map_err(ClusterError::io("start a thread for", &directory))?;
        let (address, own) = started_receiver.recv().map_err(|_| ClusterError::Interrupted)??;
        Ok(Self {
            directory,
            asked: std::fs::canonicalize(&asked).unwrap_or(asked),
            address,
            own,
            log,
            stop: Some(stop),
            keeper: Some(keeper),
            throw_away: None,
        })
    }

    /// A new, fast cluster in a temporary directory, for tests. It ends with this process, however that ends; what a
    /// killed process leaves on disk is removed by the next call.
    pub fn throw_away() -> Result<Self, ClusterError> {
        let directory = ThrowAwayDirectory::make()?;
        let mut cluster = Self::start(&ClusterOptions {
            directory: directory.path().to_owned(),
            durability: Durability::ThrowAway,
            restart: false,
        })?;
        cluster.throw_away = Some(directory);
        Ok(cluster)
    }

    /// The libpq URL of a database of this cluster, which need not exist.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgresql://{}@/{}?host={}&port={}",
            settings::ROLE,
            percent_encode(database.as_bytes()),
            percent_encode(self.address.socket_dir.as_os_str().as_bytes()),
            self.address.port,
        )
    }

    /// Makes `database` if it does not exist, and gives its URL.
    pub fn ensure_database(&self, database: &str) -> Result<String, ClusterError> {
        let refused = |error: &dyn std::fmt::Display| ClusterError::Database(error.to_string());
        let mut connection =
            PgConnection::establish(&self.url("postgres")).map_err(|error| refused(&error))?;
        let statement = format!("CREATE DATABASE \"{}\"", database.replace('"', "\"\""));
        match diesel::sql_query(statement).execute(&mut connection) {
            Ok(_) => {}
            // Another process may just have made it, so ask for it only after having tried.
            Err(error) => {
                PgConnection::establish(&self.url(database)).map_err(|_| refused(&error))?;
            }
        }
        Ok(self.url(database))
    }

    /// The directory of the cluster.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the cluster was asked for, if the server's user could not get there and it lies elsewhere.
    pub fn moved_from(&self) -> Option<&Path> {
        (self.asked != self.directory).then_some(self.asked.as_path())
    }

    /// Whether this process started the server, and so will stop it.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Whether the server has said, since this was started, that its disk is full.
    pub fn is_out_of_space(&self) -> bool {
        error::is_no_space(&self.log.read())
    }

    /// Stops the server if this process started it, and waits until it is gone.
    pub fn stop(mut self) {
        self.stop_and_wait();
    }

    fn stop_and_wait(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take()
            && keeper.join().is_err()
        {
            tracing::error!("the thread that keeps the private PostgreSQL has panicked");
        }
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        self.stop_and_wait();
        drop(self.throw_away.take());
    }
}

/// Everything but the plainest characters, as a URL wants them.
fn percent_encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut encoded, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded_for_a_url() {
        assert_eq!(percent_encode("/a b&c/é".as_bytes()), "/a%20b%26c/%C3%A9");
    }
}
