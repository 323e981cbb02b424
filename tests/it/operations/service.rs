//! Activate, suspend, resume, change offer and terminate.

use fleet::operations::{
    self, Act, FailureCode, NewOperation, Outcome, TaskFilter, TaskState, TimelineFilter,
};

use super::fixture::{Fleet, assert_ended, everything};
use fleet::operations::FailureCode::{AlreadyThere, SimTypeExcluded, WrongState};
use fleet::sims::SimState::{Active, Inventory, Retired, Suspended};

/// The failed tasks, as code and sentence, in the order of the SIMs.
fn failures(fleet: &Fleet, operation: &operations::Operation) -> Vec<(FailureCode, String)> {
    let filter = TaskFilter { state: Some(TaskState::Failure), ..TaskFilter::default() };
    let scope = fleet.at(fleet.meridian);
    let number = operation.summary.number;
    let page = operations::tasks(&mut fleet.conn(), &scope, number, &filter, None, 100).unwrap();
    page.rows.iter().map(|task| (task.code.unwrap(), task.sentence().unwrap())).collect()
}

#[test]
fn a_sim_goes_through_its_life() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let here = fleet.meridian;
    let steps = [
        (Act::Activate { offer: fleet.global }, "state = 'active' AND activated_at IS NOT NULL"),
        (Act::Suspend, "state = 'suspended' AND offer_id IS NOT NULL"),
        (Act::Resume, "state = 'active'"),
        (Act::Terminate, "state = 'retired' AND offer_id IS NULL"),
    ];
    for (act, then) in steps {
        let operation = fleet.do_it(here, act, everything());
        assert_ended(&operation, Outcome::Succeeded, 25, 0);
        assert_eq!(fleet.count(here, then), 25, "{then}");
    }
    let sim = fleet.sims(here, "id = 7")[0];
    let scope = fleet.at(here);
    let timeline =
        operations::timeline(&mut fleet.conn(), &scope, sim, &TimelineFilter::default(), None, 10).unwrap();
    let states: Vec<_> =
        timeline.rows.iter().map(|event| (event.before_state, event.after_state())).collect();
    assert_eq!(states, [(Active, Retired), (Suspended, Active), (Active, Suspended), (Inventory, Active)]);
    assert_eq!(timeline.rows[3].after_offer(), Some("Global"));
    assert_eq!(timeline.rows[0].after_offer(), None);
    assert_eq!(fleet.ask("SELECT count(*) || '/' || max(asked) FROM simulated_network_requests"), "100/1");
}

#[test]
fn only_fitting_sims_are_activated() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {} WHERE id = 1", fleet.global));
    let new = NewOperation::new(Act::Activate { offer: fleet.cards }, everything());
    let preview = operations::preview(&mut fleet.conn(), &fleet.at(fleet.meridian), &new).unwrap();
    assert_eq!((preview.will_change, preview.will_not()), (17, 3));
    let operation = fleet.do_it(fleet.meridian, new.act, new.selection);
    assert_ended(&operation, Outcome::PartlyFailed, 17, 3);
    let excluded = || (FailureCode::SimTypeExcluded, "Cards does not accept this type of SIM.".to_owned());
    let wrong = "It was Active: only a SIM in Inventory can be activated.";
    assert_eq!(
        failures(&fleet, &operation),
        [(FailureCode::WrongState, wrong.to_owned()), excluded(), excluded()]
    );
}

#[test]
fn an_offer_changes_only_to_another_one_that_fits() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {} WHERE id > 2", fleet.global));
    fleet.run(&format!("UPDATE sims SET offer_id = {} WHERE id = 3", fleet.cards));
    let operation = fleet.do_it(fleet.meridian, Act::ChangeOffer { offer: fleet.cards }, everything());
    assert_ended(&operation, Outcome::PartlyFailed, 15, 5);
    let codes: Vec<_> = failures(&fleet, &operation).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [WrongState, WrongState, AlreadyThere, SimTypeExcluded, SimTypeExcluded]);
    assert_eq!(fleet.count(fleet.meridian, &format!("offer_id = {}", fleet.cards)), 16);
}

#[test]
fn states_that_do_not_fit_are_refused_one_by_one() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 8);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {} WHERE id IN (3, 4)", fleet.global));
    fleet
        .run(&format!("UPDATE sims SET state = 'suspended', offer_id = {} WHERE id IN (5, 6)", fleet.global));
    fleet.run("UPDATE sims SET state = 'retired' WHERE id IN (7, 8)");
    for (act, can) in [(Act::Suspend, 2), (Act::Resume, 4), (Act::Terminate, 4)] {
        let operation = fleet.do_it(fleet.meridian, act, everything());
        assert_ended(&operation, Outcome::PartlyFailed, can, 8 - can);
    }
    assert_eq!(fleet.count(fleet.meridian, "state = 'inventory'"), 2);
    assert_eq!(fleet.count(fleet.meridian, "state = 'retired'"), 6);
}

#[test]
fn an_offer_withdrawn_after_launch_fails_the_tasks_and_not_the_worker() {
    let fleet = Fleet::new();
    fleet.load(fleet.clienticity, 5);
    let number = fleet.launch(fleet.clienticity, Act::Activate { offer: fleet.global }, everything());
    let there = fleet.id(fleet.clienticity);
    let blocking = operations::unfinished_on_offer(&mut fleet.conn(), there, fleet.global).unwrap();
    assert_eq!(blocking, Some(number), "whoever withdraws the offer is told");
    fleet.run(&format!("DELETE FROM offer_assignments WHERE company_id = {there}"));
    fleet.work();
    assert_ended(&fleet.find(fleet.clienticity, number), Outcome::Failed, 0, 5);
    assert_eq!(fleet.count(fleet.clienticity, "state = 'inventory'"), 5);
    assert_eq!(operations::unfinished_on_offer(&mut fleet.conn(), there, fleet.global).unwrap(), None);
}
