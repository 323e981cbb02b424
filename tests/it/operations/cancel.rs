//! Cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fleet::Error;
use fleet::ids::OperationId;
use fleet::network::{Network, Outcome as Answer, Request};
use fleet::operations::{self, Act, Outcome, worker};
use fleet::tenancy::Role;

use super::fixture::{Fleet, ended, everything, transfer_to};

fn cancel(fleet: &Fleet, number: OperationId) -> fleet::Result<()> {
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number)
}

#[test]
fn one_that_has_not_begun_does_nothing() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    cancel(&fleet, number).unwrap();
    cancel(&fleet, number).unwrap();
    fleet.work();
    let operation = fleet.find(fleet.meridian, number);
    assert_eq!(operation.summary.outcome(), Some(Outcome::Cancelled));
    assert_eq!((operation.summary.counters.total(), operation.cancelled_by.as_deref()), (0, Some("ada")));
    assert_eq!(fleet.count(fleet.meridian, "true"), 20);
    let again = cancel(&fleet, number);
    assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
}

/// Has the operation cancelled while the first step is with the network.
struct Cancelling {
    fleet: Arc<Fleet>,
    number: OperationId,
    once: AtomicBool,
}

impl Network for Cancelling {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Answer> {
        if !self.once.swap(true, Ordering::SeqCst) {
            cancel(&self.fleet, self.number).unwrap();
        }
        self.fleet.network().carry_out(requests, deadline)
    }
}

#[test]
fn what_is_under_way_ends_and_the_rest_is_cancelled() {
    let fleet = Arc::new(Fleet::new());
    fleet.load(fleet.meridian, 95);
    let number = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
    let network: Arc<dyn Network> =
        Arc::new(Cancelling { fleet: Arc::clone(&fleet), number, once: AtomicBool::new(false) });
    worker::run_until_idle(&fleet.pool, &network, &fleet.settings).unwrap();
    fleet.work();
    let operation = fleet.find(fleet.meridian, number);
    assert_eq!(operation.summary.counters, ended(10, 0, 85));
    assert_eq!(operation.summary.status(), "Cancelled");
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 10);
    // The SIMs are free again.
    fleet.transfer_all();
    assert_eq!(fleet.count(fleet.clienticity, "true"), 95);
}

#[test]
fn it_stops_in_the_middle_of_making_tasks() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 95);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    let stop = worker::Stop::new();
    std::thread::scope(|threads| {
        let running = threads.spawn(|| {
            let settings = worker::Settings { turn: Duration::ZERO, ..fleet.settings.clone() };
            worker::run(&fleet.pool, &fleet.network(), &settings, &stop);
        });
        cancel(&fleet, number).unwrap();
        while fleet.ask(&format!("SELECT state FROM operations WHERE id = {number}")) != "finished" {}
        stop.stop();
        running.join().unwrap();
    });
    fleet.check_nothing_left();
    fleet.check_counters();
    let operation = fleet.find(fleet.meridian, number);
    let moved = i64::from(operation.summary.counters.success);
    assert_eq!(fleet.count(fleet.clienticity, "true"), moved);
}

#[test]
fn only_where_it_was_launched_and_only_with_the_right() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    let viewer = fleet.as_role(fleet.meridian, Role::Viewer);
    let conn = &mut *fleet.conn();
    let refused = operations::cancel(conn, &viewer, number);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let elsewhere = operations::cancel(conn, &fleet.at(fleet.clienticity), number);
    assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
    fleet.work();
    assert_eq!(fleet.count(fleet.clienticity, "true"), 5);
}
