//! Whose turn it is: companies one after the other, and nobody waits for another one's network.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fleet::ids::{CompanyUid, OperationId};
use fleet::network::{Network, Outcome as Answer, Request};
use fleet::operations::worker::{self, Settings, Stop};
use fleet::operations::{Act, Conduct, NewOperation, Outcome, PauseRule};
use fleet::sims::Selection;

use super::fixture::{Fleet, assert_ended, everything, transfer_to};
use crate::cluster::eventually;

/// Writes down each turn: which company got it.
fn write_turns_down(fleet: &Fleet) {
    fleet.run("CREATE TABLE seen (n bigint GENERATED ALWAYS AS IDENTITY, company_id bigint, lane text)");
    fleet.run(
        "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN INSERT INTO seen (company_id, lane) VALUES (NEW.company_id, NEW.lane); RETURN NULL; END'",
    );
    fleet.run("CREATE TRIGGER see AFTER INSERT OR UPDATE ON turns FOR EACH ROW EXECUTE FUNCTION see()");
}

/// Meridian has ten operations, each with five SIMs, and Clienticity one with fifty.
fn ten_and_one(fleet: &Fleet, act: &Act) {
    fleet.load(fleet.meridian, 50);
    fleet.load(fleet.clienticity, 50);
    for n in 0..10 {
        let some = fleet.sims(fleet.meridian, &format!("id % 10 = {n}"));
        fleet.launch(fleet.meridian, act.clone(), Selection::Sims(some));
    }
    fleet.launch(fleet.clienticity, act.clone(), everything());
}

/// Clienticity got this many turns, and before its last one no two in a row were Meridian's.
fn assert_alternating(fleet: &Fleet, lane: &str, turns: i32) {
    let theirs = format!("FROM seen WHERE lane = '{lane}' AND company_id = {}", fleet.id(fleet.clienticity));
    assert_eq!(fleet.ask(&format!("SELECT count(*) {theirs}")), turns.to_string());
    let in_a_row = format!(
        "SELECT count(*) FROM (SELECT n, company_id, lag(company_id) OVER (ORDER BY n) AS before \
             FROM seen WHERE lane = '{lane}') s \
         WHERE s.company_id = s.before AND s.n <= (SELECT max(n) {theirs})"
    );
    assert_eq!(fleet.ask(&in_a_row), "0");
}

#[test]
fn a_company_with_ten_operations_gets_every_second_turn() {
    let mut fleet = Fleet::new();
    fleet.settings.turn = Duration::ZERO; // one thing at each turn
    write_turns_down(&fleet);
    ten_and_one(&fleet, &transfer_to(fleet.depot));
    fleet.work();
    assert_alternating(&fleet, "database", 7);
}

#[test]
fn a_company_with_ten_activations_gets_every_second_turn_at_the_network() {
    let mut fleet = Fleet::new();
    fleet.settings.turn = Duration::ZERO;
    ten_and_one(&fleet, &Act::Activate { offer: fleet.global });
    // Their tasks are made first: steps are what this is about.
    fleet.run("ALTER TABLE steps ALTER COLUMN not_before SET DEFAULT 'infinity'");
    fleet.work_on();
    fleet.run("UPDATE steps SET not_before = now()");
    write_turns_down(&fleet);
    fleet.work();
    assert_alternating(&fleet, "network", 5);
}

/// Tells which operation it was asked for, and does not answer until it is told to.
struct Hanging {
    asked: Sender<OperationId>,
    until: Mutex<Option<Receiver<()>>>,
    then: Arc<dyn Network>,
}

impl Network for Hanging {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Answer> {
        let number = requests[0].key.split('-').next().unwrap().parse().unwrap();
        self.asked.send(number).unwrap();
        // Whoever comes first waits for the word, and the others for that one.
        let mut until = self.until.lock().unwrap();
        if let Some(word) = until.take() {
            let _ = word.recv();
        }
        drop(until);
        self.then.carry_out(requests, deadline)
    }
}

/// Runs a worker with so many loops for a network that hangs until `meanwhile` is over. That gets a
/// function which says what the network is asked for next.
fn while_it_hangs(fleet: &Fleet, loops: u16, meanwhile: impl FnOnce(&dyn Fn() -> OperationId)) {
    let (asked, asks) = channel();
    let (word, until) = channel();
    let network: Arc<dyn Network> =
        Arc::new(Hanging { asked, until: Mutex::new(Some(until)), then: fleet.network() });
    let hour = Duration::from_hours(1);
    let settings =
        Settings { network_loops: loops, network_deadline: hour, lease: hour * 2, ..fleet.settings.clone() };
    let pool = fleet::db::pool(&fleet.database.url, 1 + 2 * u32::from(loops)).unwrap();
    let stop = Stop::new();
    std::thread::scope(|threads| {
        threads.spawn(|| worker::run(&pool, &network, &settings, &stop));
        // Also when the test fails: the worker is to end.
        let ends = Ends(&stop);
        meanwhile(&|| asks.recv_timeout(Duration::from_mins(1)).expect("the network is asked"));
        drop(word);
        let left = "SELECT count(*) FROM operations WHERE state <> 'finished'";
        eventually("see all done", || (fleet.ask(left) == "0").then_some(()));
        drop(ends);
    });
    fleet.check_counters();
}

struct Ends<'a>(&'a Stop);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Without a rule: with one, nothing would follow the first step before it has ended.
fn activate(fleet: &Fleet, company: CompanyUid, sims: &str) -> OperationId {
    let some = Selection::Sims(fleet.sims(company, sims));
    let new = NewOperation {
        conduct: Conduct { pause: PauseRule::Never, ..Conduct::default() },
        ..NewOperation::new(Act::Activate { offer: fleet.global }, some)
    };
    fleet::operations::launch(&mut fleet.conn(), &fleet.at(company), &new).unwrap()
}

#[test]
fn a_transfer_does_not_wait_for_a_network_that_hangs() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 50);
    fleet.load(fleet.clienticity, 25);
    while_it_hangs(&fleet, 1, |next| {
        let activation = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
        assert_eq!(next(), activation);
        let transfer = fleet.launch(fleet.clienticity, transfer_to(fleet.depot), everything());
        eventually("see the transfer end", || {
            let ended = fleet.find(fleet.clienticity, transfer).summary.finished_at;
            ended.map(drop)
        });
        assert_ended(&fleet.find(fleet.clienticity, transfer), Outcome::Succeeded, 25, 0);
        assert!(fleet.find(fleet.meridian, activation).summary.finished_at.is_none());
    });
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 50);
}

#[test]
fn what_has_not_begun_is_cancelled_while_the_network_hangs() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 50);
    while_it_hangs(&fleet, 1, |next| {
        let number = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
        assert_eq!(next(), number);
        let scope = fleet.at(fleet.meridian);
        fleet::operations::cancel(&mut fleet.conn(), &scope, number).unwrap();
        eventually("see the rest cancelled", || {
            (fleet.find(fleet.meridian, number).summary.counters.cancelled == 40).then_some(())
        });
    });
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 10);
}

#[test]
fn a_network_that_hangs_for_one_operation_is_asked_for_another_and_for_another_company() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 100);
    fleet.load(fleet.clienticity, 25);
    while_it_hangs(&fleet, 4, |next| {
        let first = activate(&fleet, fleet.meridian, "id <= 50");
        assert_eq!((next(), next()), (first, first), "two of four loops are its own");
        let second = activate(&fleet, fleet.meridian, "id > 50");
        assert_eq!(next(), second, "its company has a third one");
        let theirs = fleet.launch(fleet.clienticity, Act::Activate { offer: fleet.global }, everything());
        assert_eq!(next(), theirs, "and leaves one to others");
    });
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 100);
    assert_eq!(fleet.count(fleet.clienticity, "state = 'active'"), 25);
}
