//! Operations that wait for a moment.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use fleet::Error;
use fleet::ids::OperationId;
use fleet::operations::worker::{self, Settings};
use fleet::operations::{self, Act, Conduct, Moment, NewOperation, OperationState, Outcome, Start};
use fleet::sims::{Selection, SimFilter, SimState};
use fleet::tenancy::Role;

use super::fixture::{Fleet, assert_ended, ended, transfer_to};

/// So long from now, by the clocks of UTC, which never leave an hour out.
fn ahead(by: TimeDelta) -> Moment {
    let written = (Utc::now() + by).format("%Y-%m-%dT%H:%M:%S").to_string();
    Moment::parse(&written, "UTC").unwrap()
}

fn at(moment: Moment) -> Conduct {
    Conduct { start: Start::At(moment), ..Conduct::default() }
}

pub(super) fn tomorrow() -> Conduct {
    at(ahead(TimeDelta::days(1)))
}

pub(super) fn state(fleet: &Fleet, number: OperationId) -> OperationState {
    fleet.find(fleet.meridian, number).summary.state
}

/// Makes the time of what waits for a moment come.
pub(super) fn its_time_comes(fleet: &Fleet, number: OperationId) {
    let sql =
        format!("UPDATE operations SET scheduled_for = now() - interval '1 second' WHERE id = {number}");
    assert_eq!(fleet.run(&sql), 1);
}

fn not_started(fleet: &Fleet, number: OperationId) -> String {
    let operation = fleet.find(fleet.meridian, number);
    assert_eq!(operation.summary.outcome(), Some(Outcome::Failed), "nobody has cancelled it");
    assert_eq!(operation.summary.counters, ended(0, 0, 0));
    operation.not_started_because.unwrap()
}

#[test]
fn one_that_is_scheduled_waits_until_its_time_has_come() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    fleet.work_on();
    assert_eq!(state(&fleet, number), OperationState::Scheduled);
    assert_eq!(fleet.count(fleet.meridian, "true"), 25);
    its_time_comes(&fleet, number);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 25, 0);
}

#[test]
fn what_comes_to_match_after_the_launch_is_not_meant_and_what_was_meant_gets_an_answer() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id % 5 = 0");
    let filter = SimFilter { states: vec![SimState::Inventory], ..SimFilter::default() };
    let new = NewOperation {
        conduct: tomorrow(),
        ..NewOperation::new(
            transfer_to(fleet.clienticity),
            Selection::Matching { filter, except: Vec::new() },
        )
    };
    let number = operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &new).unwrap();
    assert_eq!(fleet.find(fleet.meridian, number).summary.selected, Some(20));
    // Five more arrive, five come back into Inventory, and one is retired.
    fleet.load(fleet.meridian, 5);
    fleet.run("UPDATE sims SET state = 'inventory' WHERE id % 5 = 0");
    fleet.run("UPDATE sims SET state = 'retired' WHERE id = 1");
    its_time_comes(&fleet, number);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::PartlyFailed, 19, 1);
    assert_eq!(fleet.count(fleet.meridian, "state = 'inventory'"), 10);
    assert_eq!(fleet.ask("SELECT count(*) FROM operation_sims"), "0", "the tasks are the record now");
}

#[test]
fn sims_that_have_left_before_its_time_fail_one_by_one() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.depot)).unwrap();
    fleet.run("UPDATE sims SET company_id = (SELECT id FROM companies WHERE name = 'Clienticity')");
    its_time_comes(&fleet, number);
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Failed, 0, 5);
    assert_eq!(fleet.ask("SELECT DISTINCT code FROM tasks"), "not_found");
    assert_eq!(fleet.count(fleet.clienticity, "true"), 5);
}

#[test]
fn only_a_moment_of_the_next_thirty_days_will_do() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    for (by, words) in [
        (TimeDelta::minutes(-1), "has passed"),
        (TimeDelta::days(30) + TimeDelta::minutes(1), "more than 30 days ahead"),
    ] {
        let refused = fleet.launch_as(at(ahead(by)), transfer_to(fleet.clienticity));
        let Err(Error::Invalid { field: "start_at", message }) = refused else { panic!("{refused:?}") };
        assert!(message.contains(words), "{message}");
    }
    fleet.launch_as(at(ahead(TimeDelta::days(30) - TimeDelta::minutes(1))), Act::Terminate).unwrap();
    assert_eq!(fleet.ask("SELECT count(*) FROM operations"), "1");
}

#[test]
fn its_time_can_be_changed_and_it_can_be_cancelled_before() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    let scope = fleet.at(fleet.meridian);
    let later = ahead(TimeDelta::days(2));
    operations::reschedule(&mut fleet.conn(), &scope, number, Start::At(later)).unwrap();
    assert_eq!(fleet.find(fleet.meridian, number).summary.scheduled_for(), Some(later));
    let past =
        operations::reschedule(&mut fleet.conn(), &scope, number, Start::At(ahead(-TimeDelta::days(1))));
    assert!(matches!(past, Err(Error::Invalid { field: "start_at", .. })), "{past:?}");
    operations::cancel(&mut fleet.conn(), &scope, number).unwrap();
    fleet.work();
    assert_eq!(fleet.find(fleet.meridian, number).summary.outcome(), Some(Outcome::Cancelled));
    let ended = operations::reschedule(&mut fleet.conn(), &scope, number, Start::Now);
    assert!(matches!(ended, Err(Error::Refused(_))), "{ended:?}");

    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    operations::reschedule(&mut fleet.conn(), &scope, number, Start::Now).unwrap();
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 25, 0);
}

#[test]
fn only_who_could_launch_it_changes_its_time_and_only_where_it_was_launched() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    let viewer = fleet.as_role(fleet.meridian, Role::Viewer);
    let conn = &mut *fleet.conn();
    let refused = operations::reschedule(conn, &viewer, number, Start::Now);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let elsewhere = operations::reschedule(conn, &fleet.at(fleet.clienticity), number, Start::Now);
    assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
    assert_eq!(state(&fleet, number), OperationState::Scheduled);
}

#[test]
fn what_is_not_allowed_any_more_ends_without_having_begun_and_says_why() {
    let suspend = |name: &str| format!("UPDATE companies SET suspended_at = now() WHERE name = '{name}'");
    let cases = [
        (suspend("Meridian"), "Meridian is suspended"),
        (suspend("Clienticity"), "Clienticity is suspended"),
        ("UPDATE memberships SET role = 'viewer'".to_owned(), "ada, who launched it, has not the right"),
        ("DELETE FROM offer_assignments".to_owned(), "Meridian does not reach"),
    ];
    for (change, words) in cases {
        let fleet = Fleet::new();
        fleet.load(fleet.meridian, 5);
        let act = Act::HandOver { target: fleet.clienticity, offer: fleet.global, keep_labels: false };
        let number = fleet.launch_as(tomorrow(), act).unwrap();
        fleet.run(&change);
        its_time_comes(&fleet, number);
        fleet.work();
        let because = not_started(&fleet, number);
        assert!(because.contains(words), "{because}");
    }
}

#[test]
fn one_launched_by_somebody_who_has_left_does_not_begin() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let operator = fleet.as_role(fleet.meridian, Role::Operator);
    let new = operations::NewOperation {
        conduct: tomorrow(),
        ..operations::NewOperation::new(transfer_to(fleet.clienticity), super::fixture::everything())
    };
    let number = operations::launch(&mut fleet.conn(), &operator, &new).unwrap();
    fleet.run(&format!("DELETE FROM memberships WHERE user_id = {}", operator.user()));
    its_time_comes(&fleet, number);
    fleet.work();
    let because = not_started(&fleet, number);
    assert_eq!(because, "operator, who launched it, is not a user of Meridian any more.");
    assert_eq!(fleet.count(fleet.meridian, "true"), 5);
}

#[test]
fn several_workers_begin_it_once() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 95);
    let number = fleet.launch_as(tomorrow(), Act::Activate { offer: fleet.global }).unwrap();
    its_time_comes(&fleet, number);
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap());
        }
    });
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 95, 0);
}

#[test]
fn a_worker_that_dies_as_the_time_comes_leaves_it_waiting_and_due() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    its_time_comes(&fleet, number);
    // The connection goes in the very statement that lets it begin.
    fleet.run("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'");
    fleet.run("CREATE TRIGGER die BEFORE UPDATE ON operations FOR EACH ROW WHEN (NEW.state = 'initializing') EXECUTE FUNCTION die()");
    let died = worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings);
    assert!(died.is_err(), "the worker was to lose its connection");
    assert_eq!(state(&fleet, number), OperationState::Scheduled);
    fleet.run("DROP TRIGGER die ON operations");
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 5, 0);
}

#[test]
fn a_worker_that_waits_wakes_in_time() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 10);
    let number = fleet.launch_as(at(ahead(TimeDelta::seconds(3))), transfer_to(fleet.clienticity)).unwrap();
    let stop = worker::Stop::new();
    std::thread::scope(|threads| {
        let running = threads.spawn(|| {
            // Looking by itself would come too late for this test: it knows when the time comes.
            let settings = Settings { poll: Duration::from_hours(1), ..fleet.settings.clone() };
            worker::run(&fleet.pool, &fleet.network(), &settings, &stop);
        });
        while fleet.find(fleet.meridian, number).summary.finished_at.is_none() {}
        stop.stop();
        running.join().unwrap();
    });
    let early = format!("SELECT started_at >= scheduled_for FROM operations WHERE id = {number}");
    assert_eq!(fleet.ask(&early), "true");
    assert_eq!(fleet.count(fleet.clienticity, "true"), 10);
}
