//! The user that the server runs as: `PostgreSQL` refuses to run as root.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, User, chown, fchown, geteuid};

use super::error::ClusterError;

/// Who the server runs as, and whether this process has to become that user for it.
#[derive(Clone, Debug)]
pub(super) struct ServerUser {
    pub(super) name: String,
    uid: Uid,
    gid: Gid,
    /// This process is root and gives up its rights for the server.
    drops: bool,
}

impl ServerUser {
    /// The current user; for root the owner of an existing `dir`, else `postgres`, else `nobody`.
    pub(super) fn for_directory(dir: &Path) -> Result<Self, ClusterError> {
        let own = geteuid();
        if !own.is_root() {
            return Ok(Self::of(own, nix::unistd::getegid(), false));
        }
        if let Ok(metadata) = fs::metadata(dir)
            && metadata.uid() != 0
        {
            return Ok(Self::of(metadata.uid().into(), metadata.gid().into(), true));
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self::of(user.uid, user.gid, true))
            .ok_or(ClusterError::NoServerUser)
    }

    fn of(uid: Uid, gid: Gid, drops: bool) -> Self {
        Self { name: user_name(uid), uid, gid, drops }
    }

    /// Only root can choose a place like `/var/lib` for the data.
    pub(super) fn is_dropped_to(&self) -> bool {
        self.drops
    }

    pub(super) fn owns(&self, metadata: &fs::Metadata) -> bool {
        metadata.uid() == self.uid.as_raw()
    }

    /// Gives a file that this process has just made to the server's user.
    pub(super) fn adopt(&self, file: &File) -> io::Result<()> {
        if self.drops {
            fchown(file.as_fd(), Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// Gives a directory that this process has just made to the server's user.
    pub(super) fn adopt_directory(&self, dir: &Path) -> io::Result<()> {
        if self.drops {
            chown(dir, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// `program`, run as this user in `dir`, with nothing of the caller's environment: no secret of the portal
    /// reaches the server, no `PG...` variable changes what it does, and its messages are in English.
    pub(super) fn command(&self, program: &Path, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(dir)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        if self.drops {
            // The standard library also drops root's supplementary groups.
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Whether this user may enter `dir`, found out by trying, because modes are not all that decides.
    pub(super) fn can_enter(&self, dir: &Path, program: &Path) -> io::Result<bool> {
        let tried =
            self.command(program, dir).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        match tried {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The name of a user, or the number if it has none.
pub(super) fn user_name(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}
