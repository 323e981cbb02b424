//! What another operation has changed since is left as it is, even if it looks as if nothing had happened.

use super::super::schedule::{its_time_comes, tomorrow};
use super::*;

/// What the company is told of the SIMs that were changed since, and what can be done about it.
fn told(fleet: &Fleet, company: CompanyUid, recall: OperationId) -> Vec<(String, Option<String>)> {
    let changed = TaskFilter { code: Some(FailureCode::ChangedSince), ..TaskFilter::default() };
    let scope = fleet.at(company);
    let rows = operations::tasks(&mut fleet.conn(), &scope, recall, &changed, None, 100).unwrap().rows;
    rows.iter().map(|task| (task.sentence().unwrap(), task.remedy())).collect()
}

#[test]
fn sims_suspended_again_for_another_reason_stay_so() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {}", fleet.global));
    let suspended = fleet.do_it(fleet.meridian, Act::Suspend, everything()).summary.number;
    let some = || Selection::Sims(fleet.sims(fleet.meridian, "id <= 5"));
    fleet.do_it(fleet.meridian, Act::Resume, some());
    let again = fleet.do_it(fleet.meridian, Act::Suspend, some()).summary.number;
    let seen = look(&fleet, suspended);
    assert_eq!((seen.will_change, reasons(&seen)), (15, vec![(FailureCode::ChangedSince, 5)]));
    let back = recall(&fleet, suspended);
    assert_ended(&back, Outcome::PartlyFailed, 15, 5);
    assert_eq!(fleet.count(fleet.meridian, "state = 'suspended' AND id <= 5"), 5);
    let sentence = format!("It has been changed since by operation #{again}.");
    assert_eq!(told(&fleet, fleet.meridian, back.summary.number), vec![(sentence, None); 5]);
    // The later one can be recalled.
    assert_eq!(look(&fleet, again).will_change, 5);
}

/// What was scheduled first has the smaller number.
#[test]
fn an_operation_that_was_launched_before_and_ran_after_has_changed_sims_since() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 4);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {}", fleet.global));
    let [resume, again] = [Act::Resume, Act::Suspend].map(|act| fleet.launch_as(tomorrow(), act).unwrap());
    let suspended = fleet.launch(fleet.meridian, Act::Suspend, everything());
    fleet.work_on();
    for due in [resume, again] {
        its_time_comes(&fleet, due);
        fleet.work_on();
    }
    assert!(again < suspended);
    assert_eq!(reasons(&look(&fleet, suspended)), [(FailureCode::ChangedSince, 4)]);
}

#[test]
fn sims_sent_back_and_transferred_again_stay_where_they_are() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    let transfer = fleet.transfer_all().summary.number;
    let moved = |from: CompanyUid, to: CompanyUid, condition: &str| {
        let some = Selection::Sims(fleet.sims(from, condition));
        fleet.do_it(from, transfer_to(to), some).summary.number
    };
    // Five by Meridian, and three below Clienticity, which is not Meridian's business.
    moved(fleet.clienticity, fleet.meridian, "id <= 5");
    let again = moved(fleet.meridian, fleet.clienticity, "id <= 5");
    moved(fleet.clienticity, fleet.depot, "id BETWEEN 6 AND 8");
    moved(fleet.depot, fleet.clienticity, "id BETWEEN 6 AND 8");
    let seen = look(&fleet, transfer);
    assert_eq!((seen.will_change, reasons(&seen)), (12, vec![(FailureCode::ChangedSince, 8)]));
    let back = recall(&fleet, transfer);
    assert_ended(&back, Outcome::PartlyFailed, 12, 8);
    assert_eq!(fleet.count(fleet.clienticity, "state = 'inventory'"), 8);
    let mut expected = vec![(format!("It has been changed since by operation #{again}."), None); 5];
    expected.extend(vec![("It has been changed since.".to_owned(), None); 3]);
    for company in [fleet.meridian, fleet.clienticity] {
        assert_eq!(told(&fleet, company, back.summary.number), expected);
    }
}

#[test]
fn an_offer_changed_away_and_back_stays() {
    let fleet = Fleet::new();
    let changed = a_change_of_offer(&fleet);
    let third = fleet.ask("SELECT id FROM offers WHERE name = 'Third'").parse().unwrap();
    for offer in [fleet.global, third] {
        let some = Selection::Sims(fleet.sims(fleet.meridian, "id IN (6, 7)"));
        fleet.do_it(fleet.meridian, Act::ChangeOffer { offer }, some);
    }
    // Nor is an offer that is not needed missed.
    fleet.run(&format!("DELETE FROM offer_assignments WHERE offer_id = {}", fleet.global));
    assert_eq!(
        reasons(&look(&fleet, changed)),
        [(FailureCode::OfferNotAssigned, 13), (FailureCode::ChangedSince, 2)]
    );
}
