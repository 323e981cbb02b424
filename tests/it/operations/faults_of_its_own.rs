//! Operations that meet an error of their own: they are put off, pause in the end, and hold no other one back.

use std::sync::Arc;

use fleet::ids::OperationId;
use fleet::operations::{self, Ended, Letters, OperationState, Outcome};
use fleet::outbox::Letter;
use fleet::sims::Selection;

use super::fixture::{Fleet, assert_ended, ended, everything, transfer_to};
use super::schedule::{its_time_comes, state, tomorrow};

const BECAUSE: &str = "It met an internal error and was stopped after 5 attempts. \
    Nothing is lost: resume it to try again, or cancel it.";

/// No task of the operation can be made.
fn break_tasks_of(fleet: &Fleet, number: OperationId) {
    fleet.run(&format!("ALTER TABLE tasks ADD CONSTRAINT broken CHECK (operation_id <> {number}) NOT VALID"));
}

/// No more than thirty tasks of an operation can be made.
fn break_after_thirty(fleet: &Fleet) {
    fleet.run("ALTER TABLE tasks ADD CONSTRAINT broken CHECK (position <= 30) NOT VALID");
}

fn mend(fleet: &Fleet) {
    fleet.run("ALTER TABLE tasks DROP CONSTRAINT broken");
}

/// Nothing can be moved to Clienticity.
fn close_clienticity(fleet: &Fleet) {
    let id = fleet.id(fleet.clienticity);
    fleet.run(&format!("ALTER TABLE sims ADD CONSTRAINT closed CHECK (company_id <> {id}) NOT VALID"));
}

/// Makes the time come until which an operation is put off, and works; so often.
fn work_again(fleet: &Fleet, times: i32) {
    for _ in 0..times {
        fleet.run("UPDATE operation_faults SET not_before = '-infinity'");
        fleet.work_on();
    }
}

fn faults(fleet: &Fleet, number: OperationId) -> String {
    fleet.ask(&format!(
        "SELECT in_a_row || ', ' || (not_before > now()) FROM operation_faults WHERE operation_id = {number}"
    ))
}

fn assert_stopped(fleet: &Fleet, number: OperationId) {
    let operation = fleet.find(fleet.meridian, number);
    assert_eq!(operation.summary.state, OperationState::Paused);
    assert_eq!(operation.paused_because(), Some(BECAUSE));
    assert!(operation.paused_at.is_some());
    // Once, and not again, however often workers look.
    work_again(fleet, 2);
    let told =
        format!("SELECT count(*) || ' ' || max(sentence) FROM messages WHERE link = '/operations/{number}'");
    assert!(fleet.ask(&told).starts_with("1 "), "{}", fleet.ask(&told));
    assert!(fleet.ask(&told).ends_with(&format!(": paused. {BECAUSE}")), "{}", fleet.ask(&told));
}

fn resume(fleet: &Fleet, number: OperationId) {
    operations::resume(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
}

fn cancel(fleet: &Fleet, number: OperationId) {
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
}

#[test]
fn one_without_tasks_holds_no_other_back_and_goes_on_once_it_can() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let some = |condition| Selection::Sims(fleet.sims(fleet.meridian, condition));
    let first = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), some("id > 5"));
    break_tasks_of(&fleet, first);
    let second = fleet.launch(fleet.meridian, transfer_to(fleet.depot), some("id <= 5"));
    fleet.work_on();
    assert_ended(&fleet.find(fleet.meridian, second), Outcome::Succeeded, 5, 0);
    assert_eq!(
        (state(&fleet, first), faults(&fleet, first)),
        (OperationState::Initializing, "1, true".into())
    );
    work_again(&fleet, 3);
    assert_eq!(
        (state(&fleet, first), faults(&fleet, first)),
        (OperationState::Initializing, "4, true".into())
    );
    work_again(&fleet, 1);
    assert_stopped(&fleet, first);
    mend(&fleet);
    resume(&fleet, first);
    resume(&fleet, first);
    assert_eq!(state(&fleet, first), OperationState::Initializing);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, first), Outcome::Succeeded, 20, 0);
    assert_eq!(fleet.find(fleet.meridian, first).paused_because(), None);
}

#[test]
fn one_that_stopped_among_its_steps_goes_on_there() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    close_clienticity(&fleet);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    fleet.work_on();
    assert_eq!(
        (state(&fleet, number), faults(&fleet, number)),
        (OperationState::InProgress, "1, true".into())
    );
    work_again(&fleet, 4);
    assert_stopped(&fleet, number);
    fleet.run("ALTER TABLE sims DROP CONSTRAINT closed");
    resume(&fleet, number);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 25, 0);
}

#[test]
fn getting_on_once_counts_anew() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    close_clienticity(&fleet);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    work_again(&fleet, 4);
    assert_eq!(faults(&fleet, number), "4, true");
    fleet.run("ALTER TABLE sims DROP CONSTRAINT closed");
    work_again(&fleet, 1);
    fleet.check_nothing_left();
    assert_eq!(faults(&fleet, number), "-");
}

#[test]
fn one_that_stopped_before_it_had_all_its_tasks_is_no_finished_one() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 60);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    break_after_thirty(&fleet);
    work_again(&fleet, 5);
    assert_stopped(&fleet, number);
    assert_eq!(fleet.find(fleet.meridian, number).summary.counters.pending, 30);
    assert_eq!(fleet.count(fleet.meridian, "true"), 60, "nothing was begun");
    mend(&fleet);
    resume(&fleet, number);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 60, 0);
}

#[test]
fn one_that_stopped_is_cancelled() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 60);
    let taskless = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    break_tasks_of(&fleet, taskless);
    work_again(&fleet, 5);
    assert_stopped(&fleet, taskless);
    cancel(&fleet, taskless);
    fleet.work();
    mend(&fleet);
    assert_eq!(fleet.find(fleet.meridian, taskless).summary.counters, ended(0, 0, 0));
    let half = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    break_after_thirty(&fleet);
    work_again(&fleet, 5);
    assert_stopped(&fleet, half);
    cancel(&fleet, half);
    fleet.work();
    assert_eq!(fleet.find(fleet.meridian, half).summary.counters, ended(0, 0, 30));
    assert_eq!(fleet.count(fleet.meridian, "true"), 60);
}

#[test]
fn one_whose_cancellation_meets_errors_is_tried_again_for_ever() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    close_clienticity(&fleet);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    fleet.work_on();
    fleet.run("ALTER TABLE tasks ADD CONSTRAINT going CHECK (state <> 'cancelled') NOT VALID");
    cancel(&fleet, number);
    work_again(&fleet, 12);
    assert_eq!(
        (state(&fleet, number), faults(&fleet, number)),
        (OperationState::Cancelling, "12, true".into())
    );
    fleet.run("ALTER TABLE tasks DROP CONSTRAINT going");
    work_again(&fleet, 1);
    fleet.check_nothing_left();
    assert_eq!(fleet.find(fleet.meridian, number).summary.counters, ended(0, 0, 25));
}

#[test]
fn one_that_cannot_begin_stops_and_begins_once_it_can() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    its_time_comes(&fleet, number);
    fleet.run(
        "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''broken''; END'",
    );
    fleet.run(
        "CREATE TRIGGER break BEFORE UPDATE ON operations FOR EACH ROW \
         WHEN (NEW.state = 'initializing') EXECUTE FUNCTION break()",
    );
    work_again(&fleet, 5);
    assert_stopped(&fleet, number);
    fleet.run("DROP TRIGGER break ON operations");
    resume(&fleet, number);
    assert_eq!(state(&fleet, number), OperationState::Scheduled);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 5, 0);
}

/// Panics in the middle of the transaction that ends an operation.
#[derive(Debug)]
struct Panicking;

impl Letters for Panicking {
    fn operation_ended(&self, _: &Ended) -> Letter {
        panic!("the letter can't be written, as the test wants")
    }
}

#[test]
fn one_that_makes_the_worker_panic_holds_no_other_back() {
    let mut fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.settings.letters = Some(Arc::new(Panicking));
    let some = |condition| Selection::Sims(fleet.sims(fleet.meridian, condition));
    let (first, last) = (some("id <= 10"), some("id > 10"));
    let number = fleet.launch_with_mail(fleet.meridian, transfer_to(fleet.clienticity), first);
    let other = fleet.launch(fleet.meridian, transfer_to(fleet.depot), last);
    fleet.work_on();
    assert_ended(&fleet.find(fleet.meridian, other), Outcome::Succeeded, 10, 0);
    assert_eq!(
        (state(&fleet, number), faults(&fleet, number)),
        (OperationState::InProgress, "1, true".into())
    );
    work_again(&fleet, 4);
    assert_stopped(&fleet, number);
    fleet.settings.letters = None;
    resume(&fleet, number);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 10, 0);
}
