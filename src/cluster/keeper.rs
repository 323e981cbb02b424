//! The thread that owns the server process. It lives as long as the cluster is wanted, because the kernel ends the
//! server when the *thread* that started it ends.

use std::fs;
use std::process::Child;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use super::error::ClusterError;
use super::pidfile;
use super::place::Place;
use super::server::{self, Address, Server};
use super::settings::Durability;

/// How often the keeper looks whether its server still runs.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What the keeper tells when the first start has ended.
pub(super) type Started = Result<(Address, bool), ClusterError>;

/// Everything that the thread needs.
pub(super) struct Keeper {
    pub(super) place: Place,
    pub(super) durability: Durability,
    /// Start the server again if it ends while it is wanted.
    pub(super) restart: bool,
    pub(super) stop: Receiver<()>,
}

impl Keeper {
    /// Starts the server, reports, and keeps it until told to stop or until the other end is dropped.
    pub(super) fn run(self, started: SyncSender<Started>) {
        let mut server = match server::start(&self.place, self.durability, &self.stop) {
            Ok(server) => server,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let (Server::Own { address, .. } | Server::Found { address, .. }) = &server;
        let own = matches!(server, Server::Own { .. });
        if started.send(Ok((address.clone(), own))).is_err() {
            self.end(&mut server);
            return;
        }
        drop(started);
        loop {
            if server::pause(&self.stop, LOOK_EVERY).is_err() {
                self.end(&mut server);
                return;
            }
            if self.runs(&mut server) {
                continue;
            }
            tracing::warn!(directory = %self.place.dir.display(), "the private PostgreSQL has ended");
            match self.start_again() {
                Some(again) => server = again,
                None => return,
            }
        }
    }

    fn runs(&self, server: &mut Server) -> bool {
        match server {
            Server::Own { child, .. } => matches!(Child::try_wait(child), Ok(None)),
            Server::Found { pid, .. } => pidfile::runs_in(*pid, &self.place.data()),
        }
    }

    /// `None` when it is no longer wanted.
    fn start_again(&self) -> Option<Server> {
        if !self.restart {
            return None;
        }
        loop {
            match server::start(&self.place, self.durability, &self.stop) {
                Ok(server) => {
                    tracing::info!("the private PostgreSQL runs again");
                    return Some(server);
                }
                Err(ClusterError::Interrupted) => return None,
                Err(error) => tracing::error!(%error, "the private PostgreSQL does not start"),
            }
            server::pause(&self.stop, RETRY_AFTER).ok()?;
        }
    }

    fn end(&self, server: &mut Server) {
        if let Server::Own { child, address } = server {
            server::end(child, self.durability);
            if address.socket_dir != self.place.dir {
                // It holds nothing but the socket, and the next start makes it anew.
                let _ = fs::remove_dir(&address.socket_dir);
            }
        }
    }
}
