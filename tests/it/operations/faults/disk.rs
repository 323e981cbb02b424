//! The database's disk is full for a while.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use simyard::cluster::{ClusterOptions, Durability, PrivateCluster};

use super::{ALL_WORK, Fleet, SIMS, fleet_in};
use crate::cluster::{directory, eventually};

/// A small disk in memory; none where the machine lets nobody mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=600m,mode=755", "tmpfs"]).arg(at).output();
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

/// Steps that are done before the disk is full.
const STEPS_BEFORE: i32 = 6;

/// Holds the work up once some steps are done, so that most of it is certain to meet the full disk.
struct Gate(PgConnection);

impl Gate {
    fn shut(fleet: &Fleet) -> Self {
        let mut keeper = PgConnection::establish(&fleet.database.url).unwrap();
        fleet.run(&format!(
            "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF (SELECT count(*) FROM steps WHERE done) >= {STEPS_BEFORE} THEN \
                     PERFORM pg_advisory_xact_lock_shared(1); \
                 END IF; \
                 RETURN NULL; \
             END $$"
        ));
        fleet.run(
            "CREATE TRIGGER gate BEFORE UPDATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION wait_at_gate()",
        );
        diesel::sql_query("SELECT pg_advisory_lock(1)").execute(&mut keeper).unwrap();
        Self(keeper)
    }

    /// The lock goes with the connection.
    fn open(self) {
        drop(self.0);
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
