//! `postmaster.pid`: who runs on a data directory, if anybody.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

/// What the server says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Accepts connections.
    Ready,
    /// Ends soon.
    Stopping,
    /// Not yet there.
    Starting,
}

/// The lines of `postmaster.pid` that matter here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: i32,
    pub(super) port: String,
    pub(super) socket_dir: PathBuf,
    pub(super) status: Status,
}

impl PidFile {
    /// Reads the file of a data directory; `None` if there is none or it is not complete yet.
    pub(super) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(path(data)).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        // A single-user server writes its pid as a negative number.
        let pid: i32 = lines.first()?.parse().ok()?;
        Some(Self {
            pid: pid.abs(),
            port: (*lines.get(3).unwrap_or(&"")).to_owned(),
            socket_dir: lines.get(4).unwrap_or(&"").into(),
            status: match lines.get(7) {
                Some(&"ready") => Status::Ready,
                Some(&"stopping") => Status::Stopping,
                _ => Status::Starting,
            },
        })
    }

    /// Whether the process named in the file is alive and a server on `data`: the number alone says nothing, as it
    /// may belong to any process by now.
    pub(super) fn is_alive(&self, data: &Path) -> bool {
        runs_in(self.pid, data)
    }
}

/// Whether the process works in `data`, as every server does. A process that has ended but was not yet waited for
/// works nowhere.
pub(super) fn runs_in(pid: i32, data: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd"))
        .is_ok_and(|cwd| fs::canonicalize(data).is_ok_and(|data| data == cwd))
}

/// Makes a left-over file harmless: the server trusts it as long as *any* process has that number, except its own
/// parent. The other lines stay, so that it still finds the shared memory of backends that are about to end.
pub(super) fn defuse(data: &Path) -> io::Result<()> {
    let text = match fs::read_to_string(path(data)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let mut file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path(data))?;
    write!(file, "{}\n{rest}", std::process::id())
}

fn path(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_and_the_socket_are_read() {
        let text = "123\n/data\n1700000000\n5432\n/socket\n\n  5432001  7\nready   \n";
        let file = PidFile::parse(text).unwrap();
        assert_eq!(file.pid, 123);
        assert_eq!((file.port.as_str(), file.status), ("5432", Status::Ready));
        assert_eq!(file.socket_dir, Path::new("/socket"));
    }

    #[test]
    fn a_file_that_is_being_written_is_not_ready() {
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("123\n/data\n").unwrap().status, Status::Starting);
    }

    #[test]
    fn a_process_that_works_elsewhere_is_no_server_of_this_directory() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(!runs_in(own, Path::new("/")));
        assert!(runs_in(own, &std::env::current_dir().unwrap()));
    }
}
