//! Retry: what has failed is done again, by an operation of its own.

use fleet::Error;
use fleet::ids::{CompanyUid, OperationId};
use fleet::operations::{self, Act, Again, FailureCode, NewOperation, OperationKind, Outcome, Preview};
use fleet::sims::Selection;
use fleet::tenancy;

use super::fixture::{Fleet, assert_ended, everything, transfer_to};

pub(super) fn failed_of(operation: OperationId, code: Option<FailureCode>) -> Selection {
    Selection::FailedOf { operation, code }
}

pub(super) fn preview(fleet: &Fleet, company: CompanyUid, act: &Act, selection: Selection) -> Preview {
    let new = NewOperation::new(act.clone(), selection);
    operations::preview(&mut fleet.conn(), &fleet.at(company), &new).unwrap()
}

/// 60 SIMs, of which 5 are in service on an offer that Clienticity lacks and 4 are Retired.
fn a_transfer_that_fails_in_part(fleet: &Fleet) -> OperationId {
    fleet.load(fleet.meridian, 60);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {} WHERE id <= 5", fleet.cards));
    fleet.run("UPDATE sims SET state = 'retired' WHERE id BETWEEN 6 AND 9");
    let operation = fleet.transfer_all();
    assert_ended(&operation, Outcome::PartlyFailed, 51, 9);
    operation.summary.number
}

#[test]
fn one_group_of_failures_is_done_again_and_the_two_are_linked() {
    let fleet = Fleet::new();
    let first = a_transfer_that_fails_in_part(&fleet);
    fleet.assign(fleet.clienticity, fleet.cards);
    let act = transfer_to(fleet.clienticity);
    let group = failed_of(first, Some(FailureCode::OfferNotAssigned));
    let seen = preview(&fleet, fleet.meridian, &act, group.clone());
    assert_eq!((seen.total(), seen.will_change), (5, 5));
    let again = fleet.do_it(fleet.meridian, act, group);
    assert_ended(&again, Outcome::Succeeded, 5, 0);
    assert_eq!(again.retry_of, Some(first));
    assert_eq!(fleet.find(fleet.meridian, first).retried_by, [again.summary.number]);
    assert_eq!(fleet.count(fleet.clienticity, "state = 'active'"), 5);
    // The subaccount sees the SIMs come, each by its operation.
    let arrived = fleet.find(fleet.clienticity, again.summary.number);
    assert_eq!(arrived.retry_of, Some(first));
}

#[test]
fn all_failures_are_done_again_chunk_by_chunk() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 95);
    // All fail, and then every other one can be done.
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {}", fleet.cards));
    let first = fleet.transfer_all().summary.number;
    fleet.run("UPDATE sims SET state = 'inventory', offer_id = NULL WHERE id % 2 = 0");
    let act = transfer_to(fleet.clienticity);
    let seen = preview(&fleet, fleet.meridian, &act, failed_of(first, None));
    assert_eq!((seen.total(), seen.will_change), (95, 47));
    let again = fleet.do_it(fleet.meridian, act, failed_of(first, None));
    assert_ended(&again, Outcome::PartlyFailed, 47, 48);
    let once =
        format!("SELECT count(DISTINCT sim_id) FROM tasks WHERE operation_id = {}", again.summary.number);
    assert_eq!(fleet.ask(&once), "95");
    // What failed again can be done once more, and so on.
    fleet.assign(fleet.clienticity, fleet.cards);
    let third = fleet.do_it(
        fleet.meridian,
        transfer_to(fleet.clienticity),
        failed_of(again.summary.number, Some(FailureCode::OfferNotAssigned)),
    );
    assert_ended(&third, Outcome::Succeeded, 48, 0);
}

#[test]
fn what_has_left_the_company_is_named_and_not_lost() {
    let mut fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    let quiet = fleet.network.clone();
    fleet.network = quiet.clone().failure_rate(1.0);
    let act = Act::HandOver { target: fleet.depot, offer: fleet.global, keep_labels: false };
    let first = fleet.do_it(fleet.meridian, act.clone(), everything()).summary.number;
    let seen = preview(&fleet, fleet.meridian, &act, failed_of(first, None));
    assert_eq!((seen.total(), seen.will_change), (20, 0));
    assert_eq!(seen.will_not[0].code, FailureCode::NotFound);
    let remedy = seen.will_not[0].remedy.clone().unwrap();
    assert_eq!(remedy, "Those that have moved to Depot can be activated from there.");
    let groups = operations::failures_by_code(&mut fleet.conn(), &fleet.at(fleet.meridian), first).unwrap();
    assert_eq!((groups[0].tasks, groups[0].to_retry), (20, 0));

    // From the subaccount they are activated: the same failures, another act.
    fleet.network = quiet;
    let scope = fleet.at(fleet.depot);
    let again = operations::again(&mut fleet.conn(), &scope, first).unwrap();
    let offer = Some(fleet.global);
    assert_eq!(
        again,
        Again { kind: OperationKind::Activate, target: None, offer, keep_labels: false, recalls: None }
    );
    let done = fleet.do_it(fleet.depot, Act::Activate { offer: fleet.global }, failed_of(first, None));
    assert_ended(&done, Outcome::Succeeded, 20, 0);
    assert_eq!(done.retry_of, Some(first));
    assert_eq!(fleet.find(fleet.depot, first).retried_by, [done.summary.number]);
    // The parent does not see what the subaccount has launched.
    assert!(fleet.find(fleet.meridian, first).retried_by.is_empty());
}

#[test]
fn only_the_company_that_launched_it_does_it_again() {
    let fleet = Fleet::new();
    let first = a_transfer_that_fails_in_part(&fleet);
    let refused = |company: CompanyUid, act: Act, operation: OperationId| {
        let user = if company == fleet.stranger { fleet.sam } else { fleet.ada };
        let conn = &mut fleet.conn();
        let scope = tenancy::enter(conn, user, company).unwrap();
        let new = NewOperation::new(act, failed_of(operation, None));
        let before = operations::preview(conn, &scope, &new).map(drop).unwrap_err();
        let refused = operations::launch(conn, &scope, &new).unwrap_err();
        assert_eq!(before.to_string(), refused.to_string());
        refused
    };
    for (company, operation) in
        [(fleet.clienticity, first), (fleet.stranger, first), (fleet.meridian, OperationId(9_999))]
    {
        let error = refused(company, Act::Suspend, operation);
        assert!(matches!(error, Error::NotFound), "{error:?}");
    }
    // Another kind of act is no retry.
    assert!(matches!(refused(fleet.meridian, Act::Terminate, first), Error::Refused(_)));
    // Nor is it one while the operation runs.
    fleet.run("UPDATE sims SET state = 'inventory', offer_id = NULL");
    let running = fleet.launch(fleet.meridian, Act::Suspend, everything());
    assert!(matches!(refused(fleet.meridian, Act::Suspend, running), Error::Refused(_)));
    fleet.work();
}

#[test]
fn a_group_without_failures_launches_nothing() {
    let fleet = Fleet::new();
    let first = a_transfer_that_fails_in_part(&fleet);
    let new = NewOperation::new(transfer_to(fleet.clienticity), failed_of(first, Some(FailureCode::Busy)));
    let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &new);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}
