//! What the network does to an operation: refusing, not answering, answering nonsense.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fleet::network::{Network, Request};
use fleet::operations::worker::{self, Settings};
use fleet::operations::{self, Act, Conduct, FailureCode, Outcome, PauseRule};
use fleet::sims::Selection;

use super::fixture::{Fleet, assert_ended, everything};

fn activate(fleet: &Fleet) -> operations::Operation {
    fleet.do_it(fleet.meridian, Act::Activate { offer: fleet.global }, everything())
}

#[test]
fn a_refusal_fails_the_task_with_the_networks_words() {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().failure_rate(1.0);
    fleet.load(fleet.meridian, 4);
    let operation = activate(&fleet);
    assert_ended(&operation, Outcome::Failed, 0, 4);
    let scope = fleet.at(fleet.meridian);
    let groups = operations::failures_by_code(&mut fleet.conn(), &scope, operation.summary.number).unwrap();
    assert_eq!((groups[0].code, groups[0].tasks), (FailureCode::NetworkRejected, 4));
    assert_eq!(fleet.count(fleet.meridian, "state = 'inventory'"), 4);
    assert_eq!(fleet.ask("SELECT max(network_message) FROM tasks"), "subscription barred by the operator");
}

#[test]
fn a_network_that_is_silent_at_times_is_asked_again_and_does_it_once() {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().unreachable_rate(0.4);
    fleet.settings.attempts = 30;
    fleet.load(fleet.meridian, 100);
    assert_ended(&activate(&fleet), Outcome::Succeeded, 100, 0);
    let ledger = "SELECT count(*) || '/' || count(DISTINCT imsi) || '/' || (max(asked) > 1) \
         FROM simulated_network_requests";
    assert_eq!(fleet.ask(ledger), "100/100/true");
}

#[test]
fn a_network_that_stays_silent_fails_the_tasks_after_the_last_attempt() {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().unreachable_rate(1.0);
    fleet.load(fleet.meridian, 25);
    let operation = activate(&fleet);
    assert_ended(&operation, Outcome::Failed, 0, 25);
    assert_eq!(fleet.ask("SELECT DISTINCT code FROM tasks"), "network_unreachable");
    assert_eq!(fleet.ask("SELECT min(attempts) || '-' || max(attempts) FROM steps"), "3-3");
}

#[test]
fn a_retry_of_what_the_network_was_silent_about_has_no_second_effect() {
    let mut fleet = Fleet::new();
    let quiet = fleet.network.clone();
    fleet.network = quiet.clone().unreachable_rate(1.0);
    fleet.load(fleet.meridian, 25);
    let mut last = activate(&fleet).summary.number;
    let done = fleet.ask("SELECT count(*) FROM simulated_network_requests");
    assert_ne!(done, "0", "some answers were lost, not the requests");
    // Once more in vain, then with a network that answers.
    for network in [fleet.network.clone(), quiet] {
        fleet.network = network;
        let failed = Selection::FailedOf { operation: last, code: None };
        last = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, failed);
        fleet.work();
    }
    assert_ended(&fleet.find(fleet.meridian, last), Outcome::Succeeded, 25, 0);
    let ledger = "SELECT count(*) || '/' || count(DISTINCT imsi) FROM simulated_network_requests";
    assert_eq!(fleet.ask(ledger), "25/25");
}

#[test]
fn whoever_asks_next_for_the_same_asks_with_the_same_key() {
    let mut fleet = Fleet::new();
    let quiet = fleet.network.clone();
    fleet.network = quiet.clone().unreachable_rate(1.0);
    fleet.load(fleet.meridian, 25);
    activate(&fleet);
    fleet.network = quiet;
    // No retry, but the same act on the same SIMs, as after a look at the failures in the grid.
    assert_ended(&activate(&fleet), Outcome::Succeeded, 25, 0);
    let ledger = "SELECT count(*) || '/' || count(DISTINCT imsi) FROM simulated_network_requests";
    assert_eq!(fleet.ask(ledger), "25/25");
}

#[test]
fn a_key_is_not_used_again_once_the_network_has_answered() {
    let mut fleet = Fleet::new();
    let quiet = fleet.network.clone();
    fleet.load(fleet.meridian, 25);
    activate(&fleet);
    let act = |fleet: &Fleet, act: Act, selection: Selection| {
        let number = fleet.launch(fleet.meridian, act, selection);
        fleet.work();
        fleet.find(fleet.meridian, number)
    };
    act(&fleet, Act::Suspend, everything());
    fleet.network = quiet.clone().unreachable_rate(1.0);
    let silent = act(&fleet, Act::Resume, everything()).summary.number;
    fleet.network = quiet;
    let failed = || Selection::FailedOf { operation: silent, code: None };
    assert_ended(&act(&fleet, Act::Resume, failed()), Outcome::Succeeded, 25, 0);
    act(&fleet, Act::Suspend, everything());
    // The same failures once more: this resumption is a new one.
    assert_ended(&act(&fleet, Act::Resume, failed()), Outcome::Succeeded, 25, 0);
    let asked =
        "SELECT DISTINCT count(*) FROM simulated_network_requests WHERE action = 'resume' GROUP BY imsi";
    assert_eq!(fleet.ask(asked), "2", "for each SIM two resumptions, not one");
}

#[test]
fn silence_is_waited_out_longer_each_time_by_up_to_a_quarter_less() {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().unreachable_rate(1.0);
    fleet.settings.back_off = Duration::from_secs(1000);
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
    let again = |attempts: i32, seconds: i32| {
        worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
        let waits = format!(
            "SELECT attempts = {attempts} AND not_before BETWEEN now() + interval '{} s' AND now() + interval '{seconds} s' \
             FROM steps",
            seconds * 3 / 4 - 60
        );
        assert_eq!(fleet.ask(&waits), "true", "after attempt {attempts}");
        fleet.run("UPDATE steps SET not_before = now()");
    };
    again(1, 1000);
    again(2, 2000);
    again(3, 4000);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Failed, 0, 5);
}

/// What a broken connector does, the first time that it is asked.
#[derive(Clone, Copy)]
enum Fault {
    Hang,
    Panic,
    AnswerForTooFew,
    AnswerForNone,
}

/// A connector that breaks once and then goes on as the simulated network.
/// Refuses in words that no database takes.
struct Mumbling;

impl Network for Mumbling {
    fn carry_out(&self, requests: &[Request], _: Instant) -> Vec<fleet::network::Outcome> {
        let message = format!("barred\0by\r\nthe operator{}", "!".repeat(100_000));
        requests.iter().map(|_| fleet::network::Outcome::Rejected { message: message.clone() }).collect()
    }
}

#[test]
fn a_refusal_in_odd_words_is_a_refusal() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 4);
    let number = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
    let network: Arc<dyn Network> = Arc::new(Mumbling);
    worker::run_until_idle(&fleet.pool, &network, &fleet.settings).unwrap();
    fleet.check_nothing_left();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Failed, 0, 4);
    assert_eq!(fleet.ask("SELECT left(max(network_message), 22) FROM tasks"), "barred by the operator");
}

struct Breaking {
    fault: Fault,
    asked: AtomicUsize,
    then: Arc<dyn Network>,
}

impl Network for Breaking {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<fleet::network::Outcome> {
        let mut outcomes = self.then.carry_out(requests, deadline);
        if self.asked.fetch_add(1, Ordering::SeqCst) > 0 {
            return outcomes;
        }
        match self.fault {
            Fault::Hang => {
                let (_nobody, sends) = std::sync::mpsc::channel::<()>();
                let _ = sends.recv_timeout(deadline.saturating_duration_since(Instant::now()) * 3);
            }
            Fault::Panic => panic!("the connector breaks, as the test wants"),
            Fault::AnswerForTooFew => drop(outcomes.pop()),
            Fault::AnswerForNone => outcomes.clear(),
        }
        outcomes
    }
}

#[test]
fn a_broken_connector_is_asked_again_with_the_same_keys() {
    for fault in [Fault::Hang, Fault::Panic, Fault::AnswerForTooFew, Fault::AnswerForNone] {
        let fleet = Fleet::new();
        fleet.load(fleet.meridian, 10);
        let number = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
        let breaking: Arc<dyn Network> =
            Arc::new(Breaking { fault, asked: AtomicUsize::new(0), then: fleet.network() });
        // Only the hanging one uses the deadline up; for the others it must not be the reason.
        let deadline = if matches!(fault, Fault::Hang) { 300 } else { 20_000 };
        let settings =
            Settings { network_deadline: Duration::from_millis(deadline), ..fleet.settings.clone() };
        worker::run_until_idle(&fleet.pool, &breaking, &settings).unwrap();
        fleet.check_nothing_left();
        fleet.check_counters();
        assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 10, 0);
        assert_eq!(fleet.ask("SELECT count(*) || '/' || max(asked) FROM simulated_network_requests"), "10/2");
    }
}

#[test]
fn steps_that_were_put_off_together_do_not_come_back_together() {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().unreachable_rate(1.0);
    fleet.settings.back_off = Duration::from_secs(1_000_000);
    fleet.load(fleet.meridian, 50);
    let conduct = Conduct { pause: PauseRule::Never, ..Conduct::default() };
    fleet.launch_as(conduct, Act::Activate { offer: fleet.global }).unwrap();
    fleet.work_on();
    let spread = "SELECT count(DISTINCT (extract(epoch FROM not_before) / 600)::bigint) > 1 FROM steps";
    assert_eq!(fleet.ask(spread), "true", "five steps, within three days");
}
