//! Operations that pause because too much fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fleet::Error;
use fleet::ids::OperationId;
use fleet::network::{Network, Outcome as Answer, Request};
use fleet::operations::worker::{self, Settings, Stop};
use fleet::operations::{self, Act, Conduct, Counters, OperationState, Outcome, PauseRule};
use fleet::tenancy::Role;

use super::fixture::{Fleet, ended};
use super::schedule::state;
use crate::cluster::eventually;

/// A fleet of Meridian whose network refuses this share of the requests.
fn failing(rate: f64, sims: i64) -> Fleet {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().failure_rate(rate);
    fleet.load(fleet.meridian, sims);
    fleet
}

fn activate(fleet: &Fleet, pause: PauseRule) -> OperationId {
    let conduct = Conduct { pause, ..Conduct::default() };
    fleet.launch_as(conduct, Act::Activate { offer: fleet.global }).unwrap()
}

fn resume(fleet: &Fleet, number: OperationId) -> fleet::Result<()> {
    operations::resume(&mut fleet.conn(), &fleet.at(fleet.meridian), number)
}

fn counters(fleet: &Fleet, number: OperationId) -> Counters {
    fleet.find(fleet.meridian, number).summary.counters
}

#[test]
fn nothing_more_is_begun_once_a_fifth_of_a_hundred_has_failed() {
    let fleet = failing(1.0, 150);
    let number = activate(&fleet, PauseRule::default());
    fleet.work_on();
    let operation = fleet.find(fleet.meridian, number);
    assert_eq!((operation.summary.state, operation.summary.status()), (OperationState::Paused, "Paused"));
    assert!(operation.paused_at.is_some());
    assert_eq!(operation.summary.counters, Counters { failure: 100, pending: 50, ..Counters::default() });
    let scope = fleet.at(fleet.meridian);
    let unfinished = operations::unfinished(&mut fleet.conn(), &scope, 5).unwrap();
    assert_eq!(unfinished.len(), 1, "it is among the unfinished");
    let counted = operations::under_way(&mut fleet.conn(), &scope).unwrap();
    assert_eq!((counted.running, counted.paused, counted.scheduled), (0, 1, 0), "but does not run");
}

#[test]
fn the_first_step_is_small_and_goes_alone_however_many_workers_there_are() {
    let mut fleet = failing(1.0, 900);
    fleet.settings = Settings { step: 1_000, steps_in_chunk: 10, ..fleet.settings.clone() };
    let few = activate(&fleet, PauseRule::default());
    let (stop, network) = (Stop::new(), fleet.network());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| worker::run(&fleet.pool, &network, &fleet.settings, &stop));
        }
        let paused = || (state(&fleet, few) == OperationState::Paused).then_some(());
        eventually("see it paused", paused);
        stop.stop();
    });
    assert_eq!(counters(&fleet, few), Counters { failure: 100, pending: 800, ..Counters::default() });
}

#[test]
fn no_step_is_much_larger_than_the_number_of_failures_that_pauses() {
    let mut fleet = failing(1.0, 900);
    fleet.settings = Settings { step: 1_000, steps_in_chunk: 10, ..fleet.settings.clone() };
    let number = activate(&fleet, PauseRule::Failures(150));
    fleet.work_on();
    assert_eq!(counters(&fleet, number), Counters { failure: 150, pending: 750, ..Counters::default() });
    assert_eq!(state(&fleet, number), OperationState::Paused);
}

#[test]
fn a_smaller_share_does_not_pause_it() {
    let mut fleet = failing(0.1, 200);
    fleet.network = fleet.network.clone().failure_rate(0.1);
    let number = activate(&fleet, PauseRule::default());
    fleet.work();
    assert_eq!(state(&fleet, number), OperationState::Finished);
    assert!(counters(&fleet, number).failure > 0, "some failed");
}

#[test]
fn a_count_pauses_it_at_once_and_never_means_never() {
    let fleet = failing(1.0, 60);
    let number = activate(&fleet, PauseRule::Failures(15));
    fleet.work_on();
    assert_eq!(counters(&fleet, number), Counters { failure: 20, pending: 40, ..Counters::default() });
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
    fleet.work();
    assert_eq!(counters(&fleet, number), ended(0, 20, 40));
    let number = activate(&fleet, PauseRule::Never);
    fleet.work();
    assert_eq!(counters(&fleet, number), ended(0, 60, 0));
}

#[test]
fn sims_that_could_not_be_changed_from_the_beginning_do_not_count() {
    let fleet = failing(0.0, 300);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id <= 150");
    let number = activate(&fleet, PauseRule::Percent(1));
    fleet.work();
    assert_eq!(counters(&fleet, number), ended(150, 150, 0));
}

#[test]
fn one_that_is_resumed_counts_anew_from_there() {
    let mut fleet = failing(1.0, 250);
    let number = activate(&fleet, PauseRule::default());
    fleet.work_on();
    resume(&fleet, number).unwrap();
    resume(&fleet, number).unwrap();
    fleet.work_on();
    assert_eq!(counters(&fleet, number), Counters { failure: 200, pending: 50, ..Counters::default() });
    assert_eq!(state(&fleet, number), OperationState::Paused);
    fleet.network = fleet.network.clone().failure_rate(0.0);
    resume(&fleet, number).unwrap();
    fleet.work();
    assert_eq!(counters(&fleet, number), ended(50, 200, 0));
    let again = resume(&fleet, number);
    assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
}

#[test]
fn one_with_nothing_left_to_begin_ends_instead() {
    let fleet = failing(1.0, 100);
    let number = activate(&fleet, PauseRule::default());
    fleet.work();
    assert_eq!(fleet.find(fleet.meridian, number).summary.outcome(), Some(Outcome::Failed));
}

/// Has another worker run the operation into its pause while this one is with the network for the second time.
struct Meanwhile {
    fleet: Arc<Fleet>,
    calls: AtomicUsize,
}

impl Network for Meanwhile {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Answer> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == 1 {
            self.fleet.work_on();
        }
        self.fleet.network().carry_out(requests, deadline)
    }
}

#[test]
fn a_step_that_has_begun_ends_in_the_pause() {
    let fleet = Arc::new(failing(1.0, 150));
    let number = activate(&fleet, PauseRule::Failures(15));
    let network: Arc<dyn Network> =
        Arc::new(Meanwhile { fleet: Arc::clone(&fleet), calls: AtomicUsize::new(0) });
    worker::run_until_idle(&fleet.pool, &network, &fleet.settings).unwrap();
    assert_eq!(state(&fleet, number), OperationState::Paused);
    assert_eq!(counters(&fleet, number), Counters { failure: 30, pending: 120, ..Counters::default() });
}

#[test]
fn a_step_whose_worker_died_is_carried_through_in_the_pause() {
    let fleet = failing(1.0, 60);
    let number = activate(&fleet, PauseRule::Failures(15));
    fleet.work_on();
    // As a worker leaves it that dies after it has asked the network: its lease runs out later.
    let begun = format!(
        "WITH step AS (UPDATE steps SET lease = gen_random_uuid(), leased_until = now() + interval '1 hour' \
         WHERE operation_id = {number} AND first_position = 21 RETURNING 1), \
         begun AS (UPDATE tasks SET state = 'in_progress' WHERE operation_id = {number} AND position BETWEEN 21 AND 30) \
         UPDATE operation_companies SET pending = pending - 10, in_progress = 10 WHERE operation_id = {number}"
    );
    fleet.run(&begun);
    fleet.work_on();
    assert_eq!(counters(&fleet, number).in_progress, 10, "the lease holds");
    fleet.run("UPDATE steps SET leased_until = now() - interval '1 second' WHERE leased_until IS NOT NULL");
    fleet.work_on();
    assert_eq!(state(&fleet, number), OperationState::Paused);
    assert_eq!(counters(&fleet, number), Counters { failure: 30, pending: 30, ..Counters::default() });
}

#[test]
fn what_the_network_owes_an_answer_for_is_asked_again_in_the_pause() {
    let mut fleet = failing(0.5, 60);
    fleet.network = fleet.network.clone().unreachable_rate(0.5);
    fleet.settings.back_off = Duration::from_secs(1000);
    let number = activate(&fleet, PauseRule::Failures(1));
    fleet.work_on();
    assert_eq!(state(&fleet, number), OperationState::Paused);
    let before = counters(&fleet, number);
    assert!(before.in_progress > 0 && before.pending > 0, "{before:?}");
    fleet.network = fleet.network.clone().unreachable_rate(0.0);
    fleet.run("UPDATE steps SET not_before = now()");
    fleet.work_on();
    let after = counters(&fleet, number);
    assert_eq!((after.in_progress, after.pending), (0, before.pending), "{after:?}");
}

#[test]
fn only_with_the_right_and_only_where_it_was_launched() {
    let fleet = failing(1.0, 60);
    let number = activate(&fleet, PauseRule::Failures(10));
    fleet.work_on();
    let viewer = fleet.as_role(fleet.meridian, Role::Viewer);
    let refused = operations::resume(&mut fleet.conn(), &viewer, number);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let elsewhere = operations::resume(&mut fleet.conn(), &fleet.at(fleet.clienticity), number);
    assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
    fleet.run(&format!("UPDATE companies SET suspended_at = now() WHERE id = {}", fleet.id(fleet.meridian)));
    let suspended = resume(&fleet, number);
    assert!(matches!(suspended, Err(Error::Refused(_))), "{suspended:?}");
    assert_eq!(state(&fleet, number), OperationState::Paused);
}

#[test]
fn a_rule_must_make_sense() {
    let fleet = failing(0.0, 1);
    for (pause, wrong) in [
        (PauseRule::Percent(0), "pause_percent"),
        (PauseRule::Percent(101), "pause_percent"),
        (PauseRule::Failures(0), "pause_failures"),
    ] {
        let refused = fleet.launch_as(Conduct { pause, ..Conduct::default() }, Act::Suspend);
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if *field == wrong), "{refused:?}");
    }
}
