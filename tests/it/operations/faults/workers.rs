//! Three workers, each a process of its own; and what happens when they are killed.

use std::fs::File;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::NamedTempFile;

use super::{ALL_WORK, Fleet, SIMS};
use crate::cli::simyard;

/// How often a worker is killed.
const KILLS: i32 = 10;

pub(super) struct Workers {
    url: String,
    lease: u32,
    processes: Vec<Child>,
    /// What they all write.
    log: NamedTempFile,
}

impl Workers {
    pub(super) fn start(url: &str, lease: u32) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut workers = Self { url: url.to_owned(), lease, processes: Vec::new(), log };
        for place in 0..3 {
            let worker = workers.spawn(place);
            workers.processes.push(worker);
        }
        workers
    }

    /// Its connections bear its place as their name.
    fn spawn(&self, place: usize) -> Child {
        let log = File::options().append(true).open(self.log.path()).unwrap();
        simyard(&["work", "--lease", &self.lease.to_string(), "--network-latency", "30"])
            .env("DATABASE_URL", &self.url)
            .env("PGAPPNAME", place.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// Whether one of them has logged an error.
    pub(super) fn have_met_an_error(&self) -> bool {
        std::fs::read_to_string(self.log.path()).unwrap().contains("ERROR")
    }

    pub(super) fn signal(&self, place: usize, signal: Signal) {
        kill(Pid::from_raw(self.processes[place].id().cast_signed()), signal).unwrap();
    }

    /// `kill -9` for one of them, and another in its place.
    fn replace_one(&mut self) {
        let one = rand::random_range(0..self.processes.len());
        let fresh = self.spawn(one);
        let mut old = std::mem::replace(&mut self.processes[one], fresh);
        old.kill().unwrap();
        old.wait().unwrap();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.processes {
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

#[test]
fn workers_are_killed_ten_times() {
    for work in ALL_WORK {
        work.survives(&Fleet::new(), |_, workers, reaches| {
            for kill in 0..KILLS {
                reaches(kill * SIMS / (KILLS + 2));
                workers.replace_one();
            }
        });
    }
}
