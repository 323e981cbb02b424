//! A worker that is frozen in the middle of a transaction, as by a host that is suspended or lost.

use fleet::operations::Outcome;
use fleet::testing;
use nix::sys::signal::Signal;

use super::gate::Gate;
use super::workers::Workers;
use super::{ALL_WORK, Fleet, SIMS, Work};
use crate::cluster::eventually;
use crate::operations::fixture::{assert_ended, everything, transfer_to};

/// Lets the workers come to the gate, and freezes one that waits there in its transaction.
fn freeze(fleet: &Fleet, workers: &Workers, gate: Gate) -> usize {
    let at_gate = "SELECT min(application_name) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let frozen = eventually("see a worker at the gate", || fleet.try_ask(at_gate)?.parse().ok());
    workers.signal(frozen, Signal::SIGSTOP);
    gate.open();
    frozen
}

/// Once the operation has ended without it, the frozen worker goes on with what has been taken from it.
#[test]
fn a_worker_is_frozen_in_a_transaction() {
    for work in ALL_WORK {
        let fleet = Fleet::new();
        let gate = Gate::shut(&fleet);
        work.survives(&fleet, |fleet, workers, reaches| {
            let frozen = freeze(fleet, workers, gate);
            reaches(SIMS);
            workers.signal(frozen, Signal::SIGCONT);
            eventually("see it find out", || workers.have_met_an_error().then_some(()));
        });
    }
}

#[test]
fn what_a_frozen_worker_holds_does_not_keep_other_companies_waiting() {
    let fleet = Fleet::new();
    let gate = Gate::shut(&fleet);
    let depot = fleet.id(fleet.depot);
    let (_, shelf) = testing::company(&mut fleet.conn(), Some(depot), "Shelf").unwrap();
    fleet.load(fleet.depot, 3_000);
    Work::Transfer.survives_with_lease(3_600, &fleet, |fleet, workers, _| {
        let frozen = freeze(fleet, workers, gate);
        let holds = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND state = 'idle in transaction' AND application_name = '{frozen}'"
        );
        eventually("see it hold its locks", || (fleet.ask(&holds) == "1").then_some(()));
        let other = fleet.launch(fleet.depot, transfer_to(shelf), everything());
        let end = || fleet.find(fleet.depot, other).summary.outcome();
        assert_eq!(eventually("see the other company's end", end), Outcome::Succeeded);
        assert_eq!(fleet.ask(&holds), "1", "it holds its locks all the while");
        assert_ended(&fleet.find(fleet.depot, other), Outcome::Succeeded, 3_000, 0);
        workers.signal(frozen, Signal::SIGKILL);
    });
}
