//! Recall: what an operation has done is undone, where nobody has changed it since.

use std::time::Duration;

use fleet::Error;
use fleet::ids::{CompanyUid, OperationId};
use fleet::operations::worker;
use fleet::operations::{
    self, Act, FailureCode, NewOperation, Operation, OperationKind, Outcome, Preview, TaskFilter,
    TimelineFilter,
};
use fleet::sims::{Selection, SimState, SimType};
use fleet::tenancy::{self, CompanyScope, Permission, Role};
use fleet::testing;

use super::fixture::{Fleet, assert_ended, ended, everything, transfer_to};
use super::retry::{failed_of, preview};

mod changed_since;

fn changed_by(operation: OperationId) -> Selection {
    Selection::ChangedBy { operation }
}

fn look(fleet: &Fleet, operation: OperationId) -> Preview {
    preview(fleet, fleet.meridian, &Act::Recall { operation }, changed_by(operation))
}

fn recall(fleet: &Fleet, operation: OperationId) -> Operation {
    fleet.do_it(fleet.meridian, Act::Recall { operation }, changed_by(operation))
}

fn reasons(preview: &Preview) -> Vec<(FailureCode, i64)> {
    preview.will_not.iter().map(|group| (group.code, group.sims)).collect()
}

fn refused(fleet: &Fleet, scope: &CompanyScope, operation: OperationId) -> Error {
    let new = NewOperation::new(Act::Recall { operation }, changed_by(operation));
    let before = operations::preview(&mut fleet.conn(), scope, &new).map(drop).unwrap_err();
    let refused = operations::launch(&mut fleet.conn(), scope, &new).unwrap_err();
    assert_eq!(before.to_string(), refused.to_string(), "preview and launch refuse alike");
    refused
}

/// 60 SIMs went to Clienticity, which has activated 15, suspended 2 of those, ended another, and given 8 to Depot.
fn a_transfer_that_life_went_on_after(fleet: &Fleet) -> OperationId {
    fleet.load(fleet.meridian, 60);
    let transfer = fleet.transfer_all().summary.number;
    let some = |condition: &str| Selection::Sims(fleet.sims(fleet.clienticity, condition));
    let done = |act: Act, selection: Selection| {
        assert_eq!(
            fleet.do_it(fleet.clienticity, act, selection).summary.outcome(),
            Some(Outcome::Succeeded)
        );
    };
    done(Act::Activate { offer: fleet.global }, some("id <= 15"));
    done(Act::Suspend, some("id <= 2"));
    done(Act::Terminate, some("id = 3"));
    done(transfer_to(fleet.depot), some("id BETWEEN 16 AND 23"));
    transfer
}

#[test]
fn a_transfer_is_recalled_as_far_as_the_sims_are_where_they_went_and_in_inventory() {
    let fleet = Fleet::new();
    let transfer = a_transfer_that_life_went_on_after(&fleet);
    fleet.run("UPDATE sims SET name = 'theirs' WHERE id > 50");
    let seen = look(&fleet, transfer);
    assert_eq!((seen.total(), seen.will_change), (60, 37));
    let groups: Vec<_> =
        seen.will_not.iter().map(|group| (group.code, group.state, group.was, group.sims)).collect();
    let inventory = Some(SimState::Inventory);
    assert_eq!(
        groups,
        [
            (FailureCode::WrongState, Some(SimState::Active), inventory, 12),
            (FailureCode::NotFound, None, None, 8),
            (FailureCode::WrongState, Some(SimState::Suspended), inventory, 2),
            (FailureCode::WrongState, Some(SimState::Retired), inventory, 1),
        ]
    );
    let back = recall(&fleet, transfer);
    assert_ended(&back, Outcome::PartlyFailed, 37, 23);
    assert_eq!(fleet.count(fleet.meridian, "state = 'inventory' AND name IS NULL"), 37);
    assert_eq!((fleet.count(fleet.clienticity, "true"), fleet.count(fleet.depot, "true")), (15, 8));
    // Linked both ways.
    assert_eq!(back.recall_of, Some(transfer));
    assert_eq!(fleet.find(fleet.meridian, transfer).recalled_by, [back.summary.number]);
    assert_eq!(
        (back.summary.undone, back.summary.source.as_deref()),
        (Some(OperationKind::Transfer), Some("Clienticity"))
    );
    // Once more there is nothing left, and that is said.
    let again = look(&fleet, transfer);
    assert_eq!(again.will_change, 0);
    assert!(reasons(&again).contains(&(FailureCode::AlreadyThere, 37)), "{again:?}");
    assert_ended(&recall(&fleet, transfer), Outcome::Failed, 0, 60);
}

#[test]
fn the_company_that_sims_are_taken_from_sees_its_own_of_them() {
    let fleet = Fleet::new();
    let transfer = a_transfer_that_life_went_on_after(&fleet);
    let number = recall(&fleet, transfer).summary.number;
    // 37 have left, 15 could not; the 8 of Depot are not Clienticity's business.
    let theirs = fleet.find(fleet.clienticity, number);
    assert_eq!(theirs.summary.counters, ended(37, 15, 0));
    assert!(!theirs.summary.is_own);
    assert_eq!(theirs.recall_of, Some(transfer));
    let scope = fleet.at(fleet.clienticity);
    let rows =
        operations::tasks(&mut fleet.conn(), &scope, number, &TaskFilter::default(), None, 100).unwrap().rows;
    assert_eq!(rows.len(), 52);
    let groups = operations::failures_by_code(&mut fleet.conn(), &scope, number).unwrap();
    assert_eq!((groups.len(), groups[0].tasks), (1, 15));
    // Depot and others see nothing of it.
    let depot = fleet.at(fleet.depot);
    assert!(matches!(operations::find(&mut fleet.conn(), &depot, number), Err(Error::NotFound)));
    let at_depot = fleet.sims(fleet.depot, "true")[0];
    let events =
        operations::timeline(&mut fleet.conn(), &depot, at_depot, &TimelineFilter::default(), None, 10)
            .unwrap()
            .rows;
    assert!(events.iter().all(|event| event.operation != number), "{events:?}");
    // Meridian sees the failures, but not how its former SIMs are in Depot.
    let scope = fleet.at(fleet.meridian);
    let gone = TaskFilter { code: Some(FailureCode::NotFound), ..TaskFilter::default() };
    let rows = operations::tasks(&mut fleet.conn(), &scope, number, &gone, None, 100).unwrap().rows;
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|task| task.before_state.is_none() && task.before_offer.is_none()), "{rows:?}");
    assert_eq!(rows[0].sentence().as_deref(), Some("It has left Clienticity since."));
}

#[test]
fn the_timeline_tells_where_a_recalled_sim_was_and_went() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let transfer = fleet.transfer_all().summary.number;
    let number = recall(&fleet, transfer).summary.number;
    let sim = fleet.sims(fleet.meridian, "true")[0];
    for (company, here) in [(fleet.meridian, true), (fleet.clienticity, false)] {
        let scope = fleet.at(company);
        let events =
            operations::timeline(&mut fleet.conn(), &scope, sim, &TimelineFilter::default(), None, 10)
                .unwrap()
                .rows;
        assert_eq!(events.iter().map(|event| event.operation).collect::<Vec<_>>(), [number, transfer]);
        let event = &events[0];
        assert_eq!((event.kind, event.moved_here), (OperationKind::Recall, here));
        assert_eq!(
            (event.before_company.as_str(), event.moved_to.as_deref()),
            ("Clienticity", Some("Meridian"))
        );
        assert_eq!(event.after_state(), SimState::Inventory);
    }
}

#[test]
fn from_a_suspended_subaccount_sims_are_recalled_but_into_a_suspended_company_nothing_is() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 12);
    let transfer = fleet.transfer_all().summary.number;
    let suspend = |company: CompanyUid| {
        fleet.run(&format!("UPDATE companies SET suspended_at = now() WHERE id = {}", fleet.id(company)))
    };
    suspend(fleet.clienticity);
    assert_ended(&recall(&fleet, transfer), Outcome::Succeeded, 12, 0);
    suspend(fleet.meridian);
    assert!(matches!(refused(&fleet, &fleet.at(fleet.meridian), transfer), Error::Refused(_)));
}

#[test]
fn a_suspension_and_a_resumption_are_recalled_by_the_network() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 30);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {}", fleet.global));
    let all = |act| fleet.do_it(fleet.meridian, act, everything()).summary.number;
    let suspended = all(Act::Suspend);
    // One is resumed by hand, one is ended.
    let one = |condition: &str| Selection::Sims(fleet.sims(fleet.meridian, condition));
    fleet.do_it(fleet.meridian, Act::Resume, one("id = 1"));
    fleet.do_it(fleet.meridian, Act::Terminate, one("id = 2"));
    assert_eq!(
        reasons(&look(&fleet, suspended)),
        [(FailureCode::WrongState, 1), (FailureCode::AlreadyThere, 1)]
    );
    assert_ended(&recall(&fleet, suspended), Outcome::PartlyFailed, 28, 2);
    assert_eq!(fleet.count(fleet.meridian, "state = 'active'"), 29);
    let resumed = {
        all(Act::Suspend);
        all(Act::Resume)
    };
    let back = recall(&fleet, resumed);
    assert_ended(&back, Outcome::Succeeded, 29, 0);
    assert_eq!(fleet.count(fleet.meridian, "state = 'suspended'"), 29);
    let keys = format!(
        "SELECT count(*) FROM simulated_network_requests WHERE key LIKE '{}-%-suspend' AND action = 'suspend'",
        back.summary.number
    );
    assert_eq!(fleet.ask(&keys), "29");
    assert_eq!(look(&fleet, resumed).will_change, 0);
    let sim = fleet.sims(fleet.meridian, "state = 'suspended'")[0];
    let scope = fleet.at(fleet.meridian);
    let event = operations::timeline(&mut fleet.conn(), &scope, sim, &TimelineFilter::default(), None, 1)
        .unwrap()
        .rows
        .remove(0);
    assert_eq!((event.before_state, event.after_state()), (SimState::Active, SimState::Suspended));
}

/// Twenty SIMs, the first five on *Cards* and the others on *Global*, all put on a third offer.
fn a_change_of_offer(fleet: &Fleet) -> OperationId {
    fleet.load(fleet.meridian, 20);
    let offers = format!("CASE WHEN id <= 5 THEN {} ELSE {} END", fleet.cards, fleet.global);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {offers}"));
    let meridian = fleet.id(fleet.meridian);
    let offer = testing::offer(&mut fleet.conn(), meridian, "Third", SimType::ALL).unwrap();
    fleet.do_it(fleet.meridian, Act::ChangeOffer { offer }, everything()).summary.number
}

#[test]
fn each_sim_goes_back_to_its_own_former_offer() {
    let fleet = Fleet::new();
    let changed = a_change_of_offer(&fleet);
    let some = Selection::Sims(fleet.sims(fleet.meridian, "id IN (6, 7)"));
    fleet.do_it(fleet.meridian, Act::ChangeOffer { offer: fleet.global }, some);
    fleet.do_it(fleet.meridian, Act::Suspend, Selection::Sims(fleet.sims(fleet.meridian, "id = 8")));
    assert_eq!(
        reasons(&look(&fleet, changed)),
        [(FailureCode::AlreadyThere, 2), (FailureCode::WrongState, 1)]
    );
    let number = fleet.launch(fleet.meridian, Act::Recall { operation: changed }, changed_by(changed));
    // While it is under way, none of the offers that it needs can be withdrawn.
    let conn = &mut fleet.conn();
    for offer in [fleet.cards, fleet.global] {
        let needs = operations::unfinished_on_offer(conn, fleet.id(fleet.meridian), offer).unwrap();
        assert_eq!(needs, Some(number));
    }
    assert_eq!(
        operations::unfinished_on_offer(conn, fleet.id(fleet.clienticity), fleet.cards).unwrap(),
        None
    );
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::PartlyFailed, 17, 3);
    assert_eq!(fleet.count(fleet.meridian, &format!("offer_id = {} AND id <= 5", fleet.cards)), 5);
    assert_eq!(fleet.count(fleet.meridian, &format!("offer_id = {}", fleet.global)), 14);
    let sim = fleet.sims(fleet.meridian, "id = 1")[0];
    let scope = fleet.at(fleet.meridian);
    let event =
        operations::timeline(conn, &scope, sim, &TimelineFilter::default(), None, 1).unwrap().rows.remove(0);
    assert_eq!((event.before_offer.as_deref(), event.after_offer()), (Some("Third"), Some("Cards")));
}

#[test]
fn an_offer_that_has_gone_is_named_and_its_sims_can_be_recalled_later() {
    let fleet = Fleet::new();
    let changed = a_change_of_offer(&fleet);
    let withdrawn = format!("DELETE FROM offer_assignments WHERE offer_id = {}", fleet.cards);
    fleet.run(&withdrawn);
    assert_eq!(reasons(&look(&fleet, changed)), [(FailureCode::OfferNotAssigned, 5)]);
    let first = recall(&fleet, changed);
    assert_ended(&first, Outcome::PartlyFailed, 15, 5);
    fleet.assign(fleet.meridian, fleet.cards);
    let group = failed_of(first.summary.number, Some(FailureCode::OfferNotAssigned));
    let again = fleet.do_it(fleet.meridian, Act::Recall { operation: changed }, group);
    assert_ended(&again, Outcome::Succeeded, 5, 0);
    assert_eq!((again.retry_of, again.recall_of), (Some(first.summary.number), Some(changed)));
}

#[test]
fn what_is_busy_elsewhere_is_left_alone_and_not_told_apart() {
    let mut fleet = Fleet::new();
    fleet.load(fleet.meridian, 40);
    let transfer = fleet.transfer_all().summary.number;
    let quiet = fleet.network.clone();
    fleet.network = quiet.clone().unreachable_rate(1.0);
    fleet.settings.back_off = Duration::from_secs(1000);
    let theirs = Selection::Sims(fleet.sims(fleet.clienticity, "id <= 6"));
    fleet.launch(fleet.clienticity, Act::Activate { offer: fleet.global }, theirs);
    worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
    let seen = look(&fleet, transfer);
    assert_eq!((seen.will_change, reasons(&seen)), (34, vec![(FailureCode::Busy, 6)]));
    assert_eq!(seen.will_not[0].blocking, None, "what Clienticity does is not named to its parent");
    let number = fleet.launch(fleet.meridian, Act::Recall { operation: transfer }, changed_by(transfer));
    worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::PartlyFailed, 34, 6);
    assert_eq!(fleet.ask("SELECT count(blocking_operation_id) FROM tasks"), "0");
    fleet.network = quiet;
    fleet.run("UPDATE steps SET not_before = now()");
    fleet.work();
    assert_eq!(fleet.count(fleet.clienticity, "state = 'active'"), 6);
}

#[test]
fn a_cancelled_recall_leaves_the_sims_where_they_are() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 40);
    let transfer = fleet.transfer_all().summary.number;
    fleet.run("ALTER TABLE steps ALTER COLUMN not_before SET DEFAULT 'infinity'");
    let number = fleet.launch(fleet.meridian, Act::Recall { operation: transfer }, changed_by(transfer));
    worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
    fleet.check_counters();
    // The SIMs are Clienticity's, and it sees what they are busy in.
    let sims = fleet.sims(fleet.clienticity, "true");
    let scope = fleet.at(fleet.clienticity);
    assert_eq!(operations::unfinished_for(&mut fleet.conn(), &scope, &sims).unwrap().len(), 40);
    assert_eq!(fleet.find(fleet.clienticity, number).summary.counters.pending, 40);
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
    fleet.run("UPDATE steps SET not_before = now()");
    fleet.work();
    for company in [fleet.meridian, fleet.clienticity] {
        assert_eq!(fleet.find(company, number).summary.counters, ended(0, 0, 40));
    }
    assert_eq!(fleet.count(fleet.clienticity, "true"), 40);
    fleet.run("ALTER TABLE steps ALTER COLUMN not_before SET DEFAULT '-infinity'");
    assert_ended(&recall(&fleet, transfer), Outcome::Succeeded, 40, 0);
}

#[test]
fn only_who_launched_it_with_the_same_right_recalls_and_only_what_can_be_undone() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    let transfer = fleet.transfer_all().summary.number;
    let stranger = tenancy::enter(&mut fleet.conn(), fleet.sam, fleet.stranger).unwrap();
    for (scope, operation) in [
        (fleet.at(fleet.clienticity), transfer),
        (fleet.at(fleet.depot), transfer),
        (stranger, transfer),
        (fleet.at(fleet.meridian), OperationId(9_999)),
    ] {
        let error = refused(&fleet, &scope, operation);
        assert!(matches!(error, Error::NotFound), "{}: {error:?}", scope.company_name());
    }
    let viewer = fleet.as_role(fleet.meridian, Role::Viewer);
    assert!(matches!(refused(&fleet, &viewer, transfer), Error::Forbidden(Permission::SimsTransfer)));
    // Not what is final, nor what went up, nor what has not ended.
    let from_clienticity = |act: Act| {
        let one = Selection::Sims(vec![fleet.sims(fleet.clienticity, "true")[0]]);
        fleet.do_it(fleet.clienticity, act, one).summary.number
    };
    let activated = from_clienticity(Act::Activate { offer: fleet.global });
    let ended = from_clienticity(Act::Terminate);
    let up = fleet.do_it(fleet.clienticity, transfer_to(fleet.meridian), everything()).summary.number;
    for number in [activated, ended, up] {
        assert!(
            matches!(refused(&fleet, &fleet.at(fleet.clienticity), number), Error::Refused(_)),
            "#{number}"
        );
    }
    let running = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    assert!(matches!(refused(&fleet, &fleet.at(fleet.meridian), running), Error::Refused(_)));
    fleet.work();
}
