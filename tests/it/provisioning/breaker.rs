//! A network that does not answer is left alone, and tried again.

use fleet::ids::OperationId;
use fleet::network::breaker::{self, Admission};
use fleet::network::{Network, Outcome as Answer};
use fleet::operations::{self, Act, Conduct, OperationState, Outcome, PauseRule};
use fleet::sims::Selection;

use super::Lab;
use super::service::{Manner, Odd};
use crate::operations::fixture::assert_ended;

fn admission(lab: &Lab) -> Admission {
    breaker::admit(&mut lab.fleet.conn(), "own").unwrap()
}

/// A lab whose network has not answered five calls in a row.
fn silent() -> (Lab, OperationId) {
    let mut lab = Lab::new(1_000);
    lab.fleet.settings.attempts = 30;
    lab.service.is(Manner::Odd(Odd::Failing));
    let conduct = Conduct { pause: PauseRule::Never, ..Conduct::default() };
    let number = lab.fleet.launch_as(conduct, Act::Activate { offer: lab.fleet.global }).unwrap();
    lab.work();
    assert!(matches!(admission(&lab), Admission::HeldBack { .. }));
    (lab, number)
}

/// The time that it is left alone for has passed.
fn time_passes(lab: &Lab) {
    lab.fleet.run("UPDATE network_states SET held_until = clock_timestamp()");
    lab.fleet.run("UPDATE steps SET not_before = clock_timestamp()");
}

#[test]
fn a_silent_network_is_left_alone_and_what_has_not_begun_does_not_begin() {
    let (lab, _) = silent();
    assert_eq!(lab.service.asked().len(), 50, "the ten batches of a step, five times");
    lab.work();
    assert_eq!(lab.service.asked().len(), 50, "nobody asks meanwhile");
    let begun = lab.fleet.ask("SELECT count(*) FILTER (WHERE attempts > 0) || '/' || count(*) FROM steps");
    assert_eq!(begun, "1/10");
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM tasks WHERE state = 'pending'"), "900");
    let known = "SELECT silent || ' ' || last_problem FROM network_states WHERE network = 'own'";
    assert_eq!(
        lab.fleet.ask(known),
        "5 It answered 500 Internal Server Error, where 200 or 202 was expected."
    );
}

#[test]
fn what_waits_for_a_network_that_is_left_alone_can_be_cancelled_at_once() {
    let (lab, number) = silent();
    operations::cancel(&mut lab.fleet.conn(), &lab.fleet.at(lab.fleet.meridian), number).unwrap();
    lab.work();
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM tasks WHERE state = 'pending'"), "0");
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM tasks WHERE state = 'cancelled'"), "900");
    assert_eq!(lab.service.asked().len(), 50, "without a word to the network");
    assert_eq!(
        lab.find(number).summary.state,
        OperationState::Cancelling,
        "the step that has begun is still to end"
    );
}

#[test]
fn one_step_tries_the_network_and_all_go_on_when_it_answers() {
    let (lab, number) = silent();
    lab.service.is(Manner::AtOnce);
    time_passes(&lab);
    lab.work();
    // What was silent before waits a while longer.
    lab.fleet.run("UPDATE steps SET not_before = clock_timestamp()");
    lab.work();
    assert_ended(&lab.find(number), Outcome::Succeeded, 1_000, 0);
    assert_eq!(admission(&lab), Admission::Usual);
}

#[test]
fn of_several_who_come_one_tries_and_a_try_that_fails_has_it_left_alone_for_longer() {
    let (lab, _) = silent();
    let waits = |lab: &Lab| -> f64 {
        let wait = "SELECT extract(epoch FROM held_until - last_problem_at) FROM network_states WHERE network = 'own'";
        lab.fleet.ask(wait).parse().unwrap()
    };
    let mut before = waits(&lab);
    assert!((3.7..5.1).contains(&before), "{before}");
    for _ in 0..8 {
        time_passes(&lab);
        assert_eq!(admission(&lab), Admission::Try);
        assert!(matches!(admission(&lab), Admission::HeldBack { .. }), "one tries, the others wait");
        breaker::was_silent(&mut lab.fleet.conn(), "own", false, None).unwrap();
        breaker::was_silent(&mut lab.fleet.conn(), "own", true, None).unwrap();
        let now = waits(&lab);
        assert!(now > before || now > 224.0, "{now} after {before}");
        assert!(now <= 300.1, "{now}");
        before = now;
    }
    breaker::answered(&mut lab.fleet.conn(), "own").unwrap();
    assert_eq!(admission(&lab), Admission::Usual);
}

#[test]
fn other_networks_are_asked_as_before() {
    let (lab, number) = silent();
    let fleet = &lab.fleet;
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
    lab.work();
    let free = "sim_type = 'plug_in' AND NOT EXISTS \
         (SELECT FROM tasks WHERE sim_id = sims.id AND tasks.state = 'in_progress')";
    let sims = fleet.sims(fleet.meridian, free);
    let act = Act::Activate { offer: fleet.cards };
    let other = fleet.launch(fleet.meridian, act, Selection::Sims(sims));
    lab.work();
    assert_ended(&lab.find(other), Outcome::Succeeded, 810, 0);
}

#[test]
fn a_network_of_which_nothing_can_be_known_is_asked() {
    let lab = Lab::new(1);
    lab.fleet.run("ALTER TABLE network_states RENAME TO elsewhere");
    let outcomes = lab.networks.carry_out(&[], std::time::Instant::now());
    assert_eq!(outcomes, Vec::<Answer>::new());
}
