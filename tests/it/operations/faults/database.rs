//! The database goes away: all at once, or connection by connection.

use nix::sys::signal::{Signal, kill};
use simyard::cluster::{ClusterOptions, Durability, PrivateCluster};

use super::{ALL_WORK, Fleet, SIMS, fleet_in};
use crate::cluster::{directory, eventually, postmaster};

#[test]
fn the_server_is_stopped_at_once_and_started_again() {
    let place = directory();
    let cluster = PrivateCluster::start(&ClusterOptions {
        directory: place.path().join("cluster"),
        durability: Durability::ThrowAway,
        restart: true,
    })
    .unwrap();
    for work in ALL_WORK {
        work.survives(&fleet_in(&cluster, work), |fleet, _, reaches| {
            reaches(SIMS / 4);
            let server = postmaster(cluster.directory());
            // What `pg_ctl stop -m immediate` sends: no checkpoint, recovery from the log at the next start.
            kill(server, Signal::SIGQUIT).unwrap();
            eventually("see another server", || {
                let another =
                    std::fs::read_to_string(cluster.directory().join("data/postmaster.pid")).ok()?;
                let another: i32 = another.lines().next()?.parse().ok()?;
                (another != server.as_raw() && fleet.try_ask("SELECT 1").is_some()).then_some(())
            });
        });
    }
}

#[test]
fn every_connection_is_ended_time_and_again() {
    for work in ALL_WORK {
        work.survives(&Fleet::new(), |fleet, _, reaches| {
            for time in 1..=5 {
                reaches(time * SIMS / 8);
                fleet.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
            }
        });
    }
}
