//! Operations that begin after another one has succeeded.

use fleet::Error;
use fleet::ids::OperationId;
use fleet::operations::{self, Act, Conduct, ListFilter, OperationState, Outcome, Start};

use super::fixture::{Fleet, assert_ended, everything, transfer_to};
use super::schedule::{its_time_comes, state, tomorrow};

fn after(first: OperationId) -> Conduct {
    Conduct { start: Start::After(first), ..Conduct::default() }
}

fn refusal(fleet: &Fleet, conduct: Conduct) -> String {
    match fleet.launch_as(conduct, Act::Suspend) {
        Err(Error::Invalid { field: "after", message }) => message.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_begins_when_the_first_has_succeeded() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let first = fleet.launch_as(tomorrow(), Act::Activate { offer: fleet.global }).unwrap();
    let second = fleet.launch_as(after(first), Act::Suspend).unwrap();
    let third = fleet.launch_as(after(second), Act::Resume).unwrap();
    fleet.work_on();
    assert_eq!(state(&fleet, second), OperationState::Scheduled);
    its_time_comes(&fleet, first);
    fleet.work();
    for number in [first, second, third] {
        assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, 25, 0);
    }
    assert_eq!(fleet.find(fleet.meridian, second).summary.after, Some(first));
    let scope = fleet.at(fleet.meridian);
    assert_eq!(operations::followers(&mut fleet.conn(), &scope, first).unwrap(), [second]);
    let elsewhere = operations::followers(&mut fleet.conn(), &fleet.at(fleet.clienticity), first).unwrap();
    assert!(elsewhere.is_empty());
}

#[test]
fn it_does_not_begin_when_the_first_has_not_succeeded_and_neither_does_what_follows() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id <= 2");
    let first = fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
    let second = fleet.launch_as(after(first), Act::Suspend).unwrap();
    let third = fleet.launch_as(after(second), Act::Resume).unwrap();
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, first), Outcome::PartlyFailed, 18, 2);
    for (number, before, how) in [(second, first, "Partly failed"), (third, second, "Failed")] {
        let operation = fleet.find(fleet.meridian, number);
        assert_eq!(operation.summary.outcome(), Some(Outcome::Failed));
        let words =
            format!("It was to start after operation #{before} had succeeded, which ended as: {how}.");
        assert_eq!(operation.not_started_because, Some(words));
    }
    let (scope, conn) = (fleet.at(fleet.meridian), &mut *fleet.conn());
    let mut listed = |outcome| {
        let filter = ListFilter { outcome: Some(outcome), ..ListFilter::default() };
        let page = operations::list(conn, &scope, &filter, None, 50).unwrap();
        page.rows.iter().map(|row| row.number).collect::<Vec<_>>()
    };
    assert_eq!(listed(Outcome::Failed), [third, second]);
    assert!(listed(Outcome::Cancelled).is_empty(), "nobody has cancelled any");
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 18);
}

#[test]
fn one_that_follows_a_cancelled_one_is_not_left_waiting() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let first = fleet.launch_as(tomorrow(), transfer_to(fleet.clienticity)).unwrap();
    let second = fleet.launch_as(after(first), Act::Suspend).unwrap();
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), first).unwrap();
    fleet.work();
    assert!(fleet.find(fleet.meridian, second).not_started_because.unwrap().ends_with("Cancelled."));
}

#[test]
fn only_an_unfinished_one_of_the_same_company_can_be_followed() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    fleet.load(fleet.clienticity, 5);
    let done = fleet.transfer_all().summary.number;
    fleet.load(fleet.meridian, 5);
    assert!(refusal(&fleet, after(done)).contains("has ended"));
    let elsewhere = fleet.launch(fleet.clienticity, transfer_to(fleet.depot), everything());
    assert!(refusal(&fleet, after(elsewhere)).starts_with("No operation"));
    assert!(refusal(&fleet, after(OperationId(999))).starts_with("No operation"));
    fleet.work();
}

#[test]
fn one_that_waits_for_another_can_be_given_a_time_instead() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let first = fleet.launch_as(tomorrow(), Act::Suspend).unwrap();
    let second = fleet.launch_as(after(first), transfer_to(fleet.clienticity)).unwrap();
    let scope = fleet.at(fleet.meridian);
    let circle = operations::reschedule(&mut fleet.conn(), &scope, first, Start::After(second));
    assert!(matches!(circle, Err(Error::Invalid { .. })), "{circle:?}");
    operations::reschedule(&mut fleet.conn(), &scope, second, Start::Now).unwrap();
    fleet.work_on();
    assert_ended(&fleet.find(fleet.meridian, second), Outcome::Succeeded, 5, 0);
    assert_eq!(state(&fleet, first), OperationState::Scheduled);
}
