//! `initdb` and `postgres`: making the data, starting a server on it, waiting until it is ready.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getppid};

use super::error::{self, ClusterError};
use super::log::{self, LogTail};
use super::pidfile::{self, PidFile, Status};
use super::place::Place;
use super::settings::{self, Durability};

/// How long backends of a killed server may hold on to its data.
const LOCKED_AT_MOST: Duration = Duration::from_secs(10);

/// How to reach a running server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) socket_dir: PathBuf,
    pub(super) port: String,
}

/// A server that accepts connections.
#[derive(Debug)]
pub(super) enum Server {
    /// Started here, so stopped here.
    Own { child: Child, address: Address },
    /// Started by another process.
    Found { pid: i32, address: Address },
}

/// Finds the server of this place or starts one. The death of the calling thread ends a server that was started.
pub(super) fn start(
    place: &Place,
    durability: Durability,
    stop: &Receiver<()>,
) -> Result<Server, ClusterError> {
    let _lock = place.lock()?;
    let data = place.data();
    if let Some(found) = find_running(&data, stop)? {
        return Ok(found);
    }
    if !data.join("PG_VERSION").exists() {
        make_data(place, durability)?;
    }
    let deadline = Instant::now() + LOCKED_AT_MOST;
    loop {
        pidfile::defuse(&data).map_err(ClusterError::io("write", &data))?;
        place.clear_socket()?;
        match launch(place, durability, stop) {
            Err(ClusterError::StillLocked { .. }) if Instant::now() < deadline => {
                pause(stop, Duration::from_millis(100))?;
            }
            outcome => return outcome,
        }
    }
}

/// Waits for a server that is starting or stopping; `None` if none runs.
fn find_running(data: &Path, stop: &Receiver<()>) -> Result<Option<Server>, ClusterError> {
    while let Some(file) = PidFile::read(data).filter(|file| file.is_alive(data)) {
        if file.status == Status::Ready && !file.socket_dir.as_os_str().is_empty() {
            return Ok(Some(Server::Found {
                pid: file.pid,
                address: Address { socket_dir: file.socket_dir, port: file.port },
            }));
        }
        pause(stop, Duration::from_millis(20))?;
    }
    Ok(None)
}

/// `initdb` works beside the final place, so that an interrupted one leaves nothing that looks like data.
fn make_data(place: &Place, durability: Durability) -> Result<(), ClusterError> {
    let new = place.dir.join("data.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(ClusterError::io("remove", &new))?;
    }
    let mut command = place.user.command(&place.programs.initdb(), &place.dir);
    command.arg("--pgdata").arg(&new).args(settings::initdb(durability));
    die_with_this_thread(&mut command, Signal::SIGKILL);
    let output = command.output().map_err(ClusterError::io("run", &place.programs.initdb()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        let (dir, message) = (place.dir.clone(), error::telling_line(&text));
        return Err(if error::is_no_space(&text) {
            ClusterError::NoSpace { dir }
        } else {
            ClusterError::Initdb { dir, message }
        });
    }
    fs::rename(&new, place.data()).map_err(ClusterError::io("rename", &new))
}

fn launch(place: &Place, durability: Durability, stop: &Receiver<()>) -> Result<Server, ClusterError> {
    let log = log::open(place)?;
    let tail = LogTail::of(place);
    let stderr = log.try_clone().map_err(ClusterError::io("write", &place.log()))?;
    let postgres = place.programs.postgres();
    let socket_dir = place.socket_dir()?;
    let mut command = place.user.command(&postgres, &place.dir);
    command
        .arg("-D")
        .arg(place.data())
        .args(settings::server(durability, &socket_dir, place))
        .stdout(stderr.try_clone().map_err(ClusterError::io("write", &place.log()))?)
        .stderr(stderr)
        // A Ctrl-C in the terminal is for this process, which then stops the server in its own time.
        .process_group(0);
    die_with_this_thread(&mut command, durability.signal());
    let mut child = command.spawn().map_err(ClusterError::io("run", &postgres))?;
    let address = Address { socket_dir, port: Place::port().to_string() };
    match wait_until_ready(&mut child, place, stop) {
        Ok(()) => Ok(Server::Own { child, address }),
        Err(ClusterError::Server { .. }) => Err(why_it_ended(place, &tail)),
        Err(error) => {
            end(&mut child, durability);
            Err(error)
        }
    }
}

/// The status in the file counts only if it is this child's: a stale file also says *ready*.
fn wait_until_ready(child: &mut Child, place: &Place, stop: &Receiver<()>) -> Result<(), ClusterError> {
    let data = place.data();
    loop {
        if child.try_wait().map_err(ClusterError::io("wait for", &data))?.is_some() {
            return Err(ClusterError::Server { log: place.log(), message: String::new() });
        }
        let ready = PidFile::read(&data)
            .is_some_and(|file| i64::from(file.pid) == i64::from(child.id()) && file.status == Status::Ready);
        if ready {
            return Ok(());
        }
        pause(stop, Duration::from_millis(10))?;
    }
}

/// Ends a server of this process and waits until it is gone.
pub(super) fn end(child: &mut Child, durability: Durability) {
    if let Ok(None) = child.try_wait()
        && let Ok(pid) = i32::try_from(child.id())
    {
        let signalled = kill(Pid::from_raw(pid), durability.signal());
        if let Err(error) = signalled.map_err(std::io::Error::from).and_then(|()| child.wait().map(drop)) {
            tracing::error!(%error, "the private PostgreSQL could not be stopped");
        }
    }
}

/// A pause that a request to stop cuts short.
pub(super) fn pause(stop: &Receiver<()>, length: Duration) -> Result<(), ClusterError> {
    match stop.recv_timeout(length) {
        Err(RecvTimeoutError::Timeout) => Ok(()),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(ClusterError::Interrupted),
    }
}

/// Nothing that is started here outlives the thread that started it, even if this process is killed.
fn die_with_this_thread(command: &mut Command, signal: Signal) {
    let parent = Pid::this();
    let ask_for_signal = move || {
        prctl::set_pdeathsig(signal)?;
        if getppid() != parent {
            return Err(nix::Error::ESRCH.into());
        }
        Ok(())
    };
    #[expect(unsafe_code, reason = "only the child itself can ask for a signal at its parent's death")]
    // SAFETY: between fork and exec the closure makes two system calls and no allocation. It runs after the standard
    // library has changed the user, which would have cleared the request.
    unsafe {
        command.pre_exec(ask_for_signal);
    }
}

fn why_it_ended(place: &Place, log: &LogTail) -> ClusterError {
    let written = log.read();
    let (dir, message) = (place.dir.clone(), error::telling_line(&written));
    if error::is_no_space(&written) {
        ClusterError::NoSpace { dir }
    } else if error::is_still_locked(&written) {
        ClusterError::StillLocked { dir, message }
    } else {
        let log = place.log();
        ClusterError::Server { log, message }
    }
}
