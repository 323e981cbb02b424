//! The database's disk is full for a while.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use simyard::cluster::{ClusterOptions, Durability, PrivateCluster};

use super::gate::Gate;
use super::{ALL_WORK, SIMS, fleet_in};
use crate::cluster::{directory, eventually};

/// A small disk in memory; none where the machine lets nobody mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1g,mode=755", "tmpfs"]).arg(at).output();
        mounted.ok()?.status.success().then(|| Self(at.to_owned()))
    }

    /// Takes all the space that is left, until the file is dropped.
    fn fill(&self) -> Ballast {
        let file = self.0.join("ballast");
        let mut ballast = File::create(&file).unwrap();
        let megabyte = vec![0; 1 << 20];
        while ballast.write_all(&megabyte).is_ok() {}
        Ballast(file)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

struct Ballast(PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn the_disk_is_full_for_a_while() {
    let place = directory();
    let Some(disk) = SmallDisk::mount(place.path()) else {
        eprintln!("not tried: this machine lets nobody mount a small disk");
        return;
    };
    let cluster = PrivateCluster::start(&ClusterOptions {
        directory: place.path().join("cluster"),
        durability: Durability::ThrowAway,
        restart: true,
    })
    .unwrap();
    for work in ALL_WORK {
        let fleet = fleet_in(&cluster, work);
        let gate = Gate::shut(&fleet);
        work.survives(&fleet, |_, workers, reaches| {
            reaches(SIMS / 5);
            let ballast = disk.fill();
            gate.open();
            // From the workers: the server's own log lies on the full disk too.
            eventually("hear of it", || workers.have_met_an_error().then_some(()));
            drop(ballast);
        });
    }
    drop(cluster);
    drop(disk);
}
