//! Hand-over: transfer, assign the offer if it is missing, activate, as one operation.

use fleet::Error;
use fleet::operations::{self, Act, FailureCode, NewOperation, Outcome, TaskFilter};
use fleet::tenancy::{Permission, Role};

use super::fixture::{Fleet, assert_ended, ended, everything};

fn hand_over(fleet: &Fleet) -> Act {
    Act::HandOver { target: fleet.depot, offer: fleet.global, keep_labels: false }
}

#[test]
fn sims_arrive_active_on_an_offer_that_was_missing() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 35);
    let new = NewOperation::new(hand_over(&fleet), everything());
    let preview = operations::preview(&mut fleet.conn(), &fleet.at(fleet.meridian), &new).unwrap();
    assert!(preview.assigns_offer);
    assert_eq!((preview.will_change, preview.target.as_deref()), (35, Some("Depot")));
    let operation = fleet.do_it(fleet.meridian, new.act, new.selection);
    assert_ended(&operation, Outcome::Succeeded, 35, 0);
    assert_eq!(fleet.count(fleet.depot, &format!("state = 'active' AND offer_id = {}", fleet.global)), 35);
    let by = format!(
        "SELECT assigned_by_company_id FROM offer_assignments WHERE company_id = {}",
        fleet.id(fleet.depot)
    );
    assert_eq!(fleet.ask(&by), fleet.id(fleet.meridian).to_string());
    let seen = fleet.find(fleet.depot, operation.summary.number);
    assert_eq!(seen.summary.counters, ended(35, 0, 0));
}

#[test]
fn a_sim_whose_activation_is_refused_stays_with_the_subaccount_in_inventory() {
    let mut fleet = Fleet::new();
    fleet.network = fleet.network.clone().failure_rate(0.3).seed(7);
    fleet.load(fleet.meridian, 60);
    let operation = fleet.do_it(fleet.meridian, hand_over(&fleet), everything());
    let refused =
        fleet.ask("SELECT count(*) FROM simulated_network_requests WHERE NOT accepted").parse().unwrap();
    assert!((5..35).contains(&refused), "{refused} of 60 refused at a rate of 0.3");
    assert_ended(&operation, Outcome::PartlyFailed, 60 - refused, refused);
    assert_eq!(fleet.count(fleet.meridian, "true"), 0);
    assert_eq!(fleet.count(fleet.depot, "state = 'inventory'"), i64::from(refused));
    let filter = TaskFilter { code: Some(FailureCode::NetworkRejected), ..TaskFilter::default() };
    let scope = fleet.at(fleet.depot);
    let page =
        operations::tasks(&mut fleet.conn(), &scope, operation.summary.number, &filter, None, 100).unwrap();
    assert_eq!(page.rows.len(), usize::try_from(refused).unwrap());
    let sentence = page.rows[0].sentence().unwrap();
    assert!(sentence.starts_with("Moved to Depot, but not activated. The network refused:"), "{sentence}");
    let seen = fleet.find(fleet.depot, operation.summary.number);
    assert_eq!(seen.summary.counters, ended(60 - refused, refused, 0));
    // They are there to be tried again, and nowhere else.
    for (company, to_retry) in [(fleet.meridian, 0), (fleet.depot, refused)] {
        let scope = fleet.at(company);
        let groups =
            operations::failures_by_code(&mut fleet.conn(), &scope, operation.summary.number).unwrap();
        let [group] = groups.as_slice() else { panic!("{groups:?}") };
        assert_eq!((group.code, group.tasks), (FailureCode::NetworkRejected, refused.into()));
        assert_eq!(group.to_retry, i64::from(to_retry));
        assert!(group.sentence.starts_with("Moved to Depot, but not activated."), "{}", group.sentence);
    }
}

#[test]
fn it_needs_the_right_to_assign_only_where_the_offer_is_missing() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    let operator = fleet.as_role(fleet.meridian, Role::Operator);
    let missing = NewOperation::new(hand_over(&fleet), everything());
    let conn = &mut *fleet.conn();
    let refused = operations::launch(conn, &operator, &missing);
    assert!(matches!(refused, Err(Error::Forbidden(Permission::OffersAssign))), "{refused:?}");
    let act = Act::HandOver { target: fleet.clienticity, offer: fleet.global, keep_labels: false };
    operations::launch(conn, &operator, &NewOperation::new(act, everything())).unwrap();
    fleet.work();
    assert_eq!(fleet.count(fleet.clienticity, "state = 'active'"), 3);
}

#[test]
fn nothing_is_handed_over_to_a_parent() {
    let fleet = Fleet::new();
    fleet.load(fleet.clienticity, 3);
    let act = Act::HandOver { target: fleet.meridian, offer: fleet.global, keep_labels: false };
    let new = NewOperation::new(act, everything());
    let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.clienticity), &new);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}

#[test]
fn only_fitting_sims_are_handed_over() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {} WHERE id = 1", fleet.global));
    let act = Act::HandOver { target: fleet.depot, offer: fleet.cards, keep_labels: false };
    let operation = fleet.do_it(fleet.meridian, act, everything());
    assert_ended(&operation, Outcome::PartlyFailed, 17, 3);
    assert_eq!(fleet.count(fleet.meridian, "true"), 3);
}
