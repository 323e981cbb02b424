//! chromedriver, on a port of its own, for as long as one journey takes.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// A running chromedriver; ended when dropped with all browsers that it has started, also when a journey has failed.
pub(crate) struct Driver {
    child: Child,
    /// Read, so that it can always write.
    _stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Driver {
    /// Starts it, or says what is missing: a journey is never left out silently.
    pub(crate) fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Its browsers are in its group: one that it leaves behind is ended with it.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "chromedriver does not start ({error}). The journeys need Chromium and its driver: \
                     on Debian, apt-get install chromium chromium-driver; or run bin/test, which does so."
                )
            });
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).expect("its output"), 0, "chromedriver has ended at once");
            if let Some((_, rest)) = line.split_once("started successfully on port ") {
                break rest.trim().trim_end_matches('.').to_owned();
            }
        };
        Self { child, _stdout: stdout, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).map(Pid::from_raw);
        let _ = group.map(|group| killpg(group, Signal::SIGKILL));
        let _ = self.child.wait();
    }
}
