//! Workers that die or lose their lease between asking the network and noting its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use diesel::prelude::*;
use fleet::network::{Network, Outcome as Answer, Request};
use fleet::operations::worker;
use fleet::operations::{Act, Conduct, Counters, Outcome, PauseRule};

use super::fixture::{Fleet, assert_ended, everything};

/// Cuts every connection of the database after the network has done its part, once: the
/// worker can't note the answers, as if it had died.
struct Cutting {
    url: String,
    cut: AtomicBool,
    then: Arc<dyn Network>,
}

impl Network for Cutting {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Answer> {
        let answers = self.then.carry_out(requests, deadline);
        if !self.cut.swap(true, Ordering::SeqCst) {
            diesel::sql_query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .execute(&mut diesel::PgConnection::establish(&self.url).unwrap())
            .unwrap();
        }
        answers
    }
}

fn cut_off(fleet: &Fleet) {
    let cutting: Arc<dyn Network> = Arc::new(Cutting {
        url: fleet.database.url.clone(),
        cut: AtomicBool::new(false),
        then: fleet.network(),
    });
    let died = worker::run_until_idle(&fleet.pool, &cutting, &fleet.settings);
    assert!(died.is_err(), "the worker was to lose its connection");
}

#[test]
fn a_step_whose_worker_died_is_taken_over_without_a_second_effect() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    // With a rule, nothing would follow the first step before it has ended.
    let no_rule = Conduct { pause: PauseRule::Never, ..Conduct::default() };
    let number = fleet.launch_as(no_rule, Act::Activate { offer: fleet.global }).unwrap();
    cut_off(&fleet);
    let in_progress = Counters { pending: 15, in_progress: 10, ..Counters::default() };
    assert_eq!(fleet.find(fleet.meridian, number).summary.counters, in_progress);
    // While the lease lasts, another worker does the other steps and leaves this one alone.
    worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
    let in_progress = Counters { in_progress: 10, success: 15, ..Counters::default() };
    assert_eq!(fleet.find(fleet.meridian, number).summary.counters, in_progress);
    fleet.run("UPDATE steps SET leased_until = now() - interval '1 second' WHERE NOT done");
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 25, 0);
    let ledger =
        "SELECT count(*) || '/' || count(DISTINCT imsi) || '/' || sum(asked) FROM simulated_network_requests";
    assert_eq!(fleet.ask(ledger), "25/25/35");
    assert_eq!(fleet.ask("SELECT count(*) FROM messages"), "1", "whoever launched it is told once");
}

#[test]
fn a_hand_over_whose_worker_died_moves_its_sims_once() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 10);
    let act = Act::HandOver { target: fleet.depot, offer: fleet.global, keep_labels: false };
    let number = fleet.launch(fleet.meridian, act, everything());
    cut_off(&fleet);
    assert_eq!(fleet.count(fleet.depot, "state = 'inventory'"), 10);
    fleet.check_counters();
    fleet.run("UPDATE steps SET leased_until = now() - interval '1 second' WHERE NOT done");
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 10, 0);
    assert_eq!(fleet.count(fleet.depot, "state = 'active'"), 10);
}

/// Loses its lease while it asks: another worker takes the step over and ends it meanwhile.
struct Overtaken {
    fleet: Arc<Fleet>,
    once: AtomicBool,
}

impl Network for Overtaken {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Answer> {
        if self.once.swap(true, Ordering::SeqCst) {
            return self.fleet.network().carry_out(requests, deadline);
        }
        self.fleet.run("UPDATE steps SET leased_until = now() - interval '1 second' WHERE NOT done");
        worker::run_until_idle(&self.fleet.pool, &self.fleet.network(), &self.fleet.settings).unwrap();
        vec![Answer::Rejected { message: "too late".to_owned() }; requests.len()]
    }
}

#[test]
fn the_answer_of_a_worker_that_lost_its_lease_is_dropped() {
    let fleet = Arc::new(Fleet::new());
    fleet.load(fleet.meridian, 10);
    let number = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
    let overtaken: Arc<dyn Network> =
        Arc::new(Overtaken { fleet: Arc::clone(&fleet), once: AtomicBool::new(false) });
    worker::run_until_idle(&fleet.pool, &overtaken, &fleet.settings).unwrap();
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 10, 0);
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 10);
    assert_eq!(fleet.ask("SELECT count(*) FROM messages"), "1", "whoever launched it is told once");
}
