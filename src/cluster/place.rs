//! The directory of a cluster: made, checked, and moved elsewhere when the server's user cannot get there.
//!
//! Everything lies inside one directory of mode 0700: `data` (and `data.new` while `initdb` runs), `server.log`,
//! `start.lock` and the socket. So it may be a mount point, and nobody else reaches the socket.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};

use super::error::ClusterError;
use super::programs::Programs;
use super::server_user::{ServerUser, user_name};

/// Where clusters go that cannot be where they were asked for; only root gets there.
const ELSEWHERE: &str = "/var/lib/simyard";
/// The kernel's limit for the path of a Unix socket, without the closing zero.
const LONGEST_SOCKET_PATH: usize = 107;
const PORT: u16 = 5432;

/// A directory that is ready for a server, and the programs and the user for it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) dir: PathBuf,
    pub(super) user: ServerUser,
    pub(super) programs: Programs,
}

impl Place {
    /// Prepares `asked`, or, if the user that root drops to cannot enter it, a directory under `/var/lib`.
    pub(super) fn prepare(asked: &Path) -> Result<Self, ClusterError> {
        let asked = std::path::absolute(asked).map_err(ClusterError::io("find", asked))?;
        let asked = fs::canonicalize(&asked).unwrap_or(asked);
        let mut refused = None;
        for dir in candidates(&asked) {
            let user = ServerUser::for_directory(&dir)?;
            let made = make_directory(&dir, &user)?;
            let programs = Programs::find(data_version(&dir).as_deref(), &dir)?;
            if user
                .can_enter(&dir, &programs.postgres())
                .map_err(ClusterError::io("run PostgreSQL in", &dir))?
            {
                return Ok(Self { dir, user, programs });
            }
            if made {
                fs::remove_dir(&dir).map_err(ClusterError::io("remove", &dir))?;
            }
            refused = Some(ClusterError::Unreachable { dir, user: user.name });
        }
        Err(refused.unwrap_or(ClusterError::NoServerUser))
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// Waits until no other process starts a server here.
    pub(super) fn lock(&self) -> Result<File, ClusterError> {
        let path = self.dir.join("start.lock");
        let file = self.create(&path)?;
        file.lock().map_err(ClusterError::io("lock", &path))?;
        Ok(file)
    }

    /// Opens or makes a file for the server's user. Never through a link: this may be root in that user's directory.
    pub(super) fn create(&self, path: &Path) -> Result<File, ClusterError> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(OFlag::O_NOFOLLOW.bits())
            .open(path)
            .map_err(ClusterError::io("write", path))?;
        self.user.adopt(&file).map_err(ClusterError::io("give away", path))?;
        Ok(file)
    }

    pub(super) fn port() -> u16 {
        PORT
    }

    /// The directory of the socket: this one, or a plain one under `/tmp` if its path would be too long, or would be
    /// taken for a list by libpq.
    pub(super) fn socket_dir(&self) -> Result<PathBuf, ClusterError> {
        let path = socket_path(&self.dir);
        let bytes = path.as_os_str().as_encoded_bytes();
        if bytes.len() <= LONGEST_SOCKET_PATH && !bytes.contains(&b',') {
            return Ok(self.dir.clone());
        }
        let short = Path::new("/tmp").join(format!("simyard-{}", short_hash(&self.dir)));
        make_directory(&short, &self.user)?;
        Ok(short)
    }

    /// Removes what a killed server has left at its socket; only right when no server runs.
    pub(super) fn clear_socket(&self) -> Result<(), ClusterError> {
        let socket = socket_path(&self.socket_dir()?);
        for left_over in [socket.with_added_extension("lock"), socket] {
            match fs::remove_file(&left_over) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(ClusterError::io("remove", &left_over)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn socket_path(dir: &Path) -> PathBuf {
    dir.join(format!(".s.PGSQL.{PORT}"))
}

/// The place asked for and, for root, the other one: first if the data is already there.
fn candidates(asked: &Path) -> Vec<PathBuf> {
    if !nix::unistd::geteuid().is_root() {
        return vec![asked.to_owned()];
    }
    let elsewhere = Path::new(ELSEWHERE).join(short_hash(asked));
    if data_version(&elsewhere).is_some() && data_version(asked).is_none() {
        vec![elsewhere, asked.to_owned()]
    } else {
        vec![asked.to_owned(), elsewhere]
    }
}

fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let head = digest.first_chunk().copied().unwrap_or_default();
    format!("{:012x}", u64::from_be_bytes(head) >> 16)
}

/// The major version that wrote the data, if there is any: also when `dir` is itself a data directory.
fn data_version(dir: &Path) -> Option<String> {
    [dir.join("data/PG_VERSION"), dir.join("PG_VERSION")]
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .map(|version| version.trim().to_owned())
}

/// Makes `dir`, or checks that an existing one is empty or a cluster's, and is the server's user's and nobody else's.
/// True if it was made.
fn make_directory(dir: &Path, user: &ServerUser) -> Result<bool, ClusterError> {
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(ClusterError::io("make", parent))?;
    }
    let made = match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(ClusterError::io("make", dir)(error)),
    };
    if !made {
        check_contents(dir)?;
    }
    let metadata = fs::symlink_metadata(dir).map_err(ClusterError::io("read", dir))?;
    if !metadata.is_dir() {
        return Err(ClusterError::NotOurs { dir: dir.to_owned() });
    }
    if made || (user.is_dropped_to() && metadata.uid() == 0) {
        user.adopt_directory(dir).map_err(ClusterError::io("give away", dir))?;
    } else if !user.owns(&metadata) {
        return Err(ClusterError::BelongsToOther {
            dir: dir.to_owned(),
            owner: user_name(metadata.uid().into()),
        });
    }
    if metadata.mode() & 0o777 != 0o700 {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(ClusterError::io("protect", dir))?;
    }
    Ok(made)
}

fn check_contents(dir: &Path) -> Result<(), ClusterError> {
    if dir.join("data/PG_VERSION").exists() {
        return Ok(());
    }
    let entries = match fs::read_dir(dir) {
        // Whose it is will be said by the next check.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        entries => entries.map_err(ClusterError::io("read", dir))?,
    };
    for entry in entries {
        let name = entry.map_err(ClusterError::io("read", dir))?.file_name();
        let ours =
            ["data", "data.new", "server.log", "server.log.1", "start.lock", "owner.lock", "lost+found"];
        let name = name.to_string_lossy();
        if name == "PG_VERSION" {
            // Data of another version gets the better sentence.
            Programs::find(data_version(dir).as_deref(), dir)?;
        }
        if !ours.contains(&&*name) && !name.starts_with(".s.PGSQL.") {
            return Err(ClusterError::NotOurs { dir: dir.to_owned() });
        }
    }
    Ok(())
}
