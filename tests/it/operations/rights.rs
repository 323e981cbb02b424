//! Who may launch what, and where it may go.

use fleet::Error;
use fleet::ids::{CompanyUid, OfferId};
use fleet::operations::{self, Act, Changes, NewOperation};
use fleet::sims::Selection;
use fleet::tenancy::{self, CompanyScope, Permission, Role};

use super::fixture::{Fleet, everything, transfer_to};

fn try_launch(fleet: &Fleet, scope: &CompanyScope, act: Act) -> fleet::Result<()> {
    let new = NewOperation::new(act, everything());
    let preview = operations::preview(&mut fleet.conn(), scope, &new).map(drop);
    let launch = operations::launch(&mut fleet.conn(), scope, &new).map(drop);
    if let (Err(preview), Err(launch)) = (&preview, &launch) {
        assert_eq!(preview.to_string(), launch.to_string(), "preview and launch refuse alike");
    }
    launch
}

fn all_acts(fleet: &Fleet) -> Vec<(Act, Permission)> {
    let (target, offer) = (fleet.clienticity, fleet.global);
    vec![
        (Act::Transfer { target, keep_labels: false }, Permission::SimsTransfer),
        (Act::HandOver { target, offer, keep_labels: false }, Permission::SimsTransfer),
        (Act::Activate { offer }, Permission::SimsActivate),
        (Act::Suspend, Permission::SimsManage),
        (Act::Resume, Permission::SimsManage),
        (Act::ChangeOffer { offer }, Permission::SimsManage),
        (Act::Edit(Changes { note: Some("Here".to_owned()), ..Changes::default() }), Permission::SimsEdit),
        (Act::Terminate, Permission::SimsTerminate),
    ]
}

#[test]
fn a_viewer_launches_nothing_and_an_operator_everything() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 2);
    let (viewer, operator) =
        (fleet.as_role(fleet.meridian, Role::Viewer), fleet.as_role(fleet.meridian, Role::Operator));
    for (act, needed) in all_acts(&fleet) {
        let refused = try_launch(&fleet, &viewer, act.clone());
        assert!(matches!(refused, Err(Error::Forbidden(p)) if p == needed), "{act:?}: {refused:?}");
        try_launch(&fleet, &operator, act).unwrap();
    }
    fleet.work();
}

#[test]
fn a_suspended_company_launches_nothing() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 2);
    fleet.run(&format!("UPDATE companies SET suspended_at = now() WHERE id = {}", fleet.id(fleet.meridian)));
    for (act, _) in all_acts(&fleet) {
        let refused = try_launch(&fleet, &fleet.at(fleet.meridian), act.clone());
        assert!(matches!(refused, Err(Error::Refused(_))), "{act:?}: {refused:?}");
    }
}

#[test]
fn targets_out_of_reach_do_not_exist() {
    let fleet = Fleet::new();
    let cases: [(CompanyUid, CompanyUid); 4] = [
        (fleet.meridian, fleet.stranger),
        (fleet.meridian, fleet.meridian),
        (fleet.depot, fleet.meridian), // the parent's parent
        (fleet.meridian, "00000000-0000-7000-8000-000000000000".parse().unwrap()),
    ];
    for (from, to) in cases {
        let refused = try_launch(&fleet, &fleet.at(from), transfer_to(to));
        assert!(matches!(refused, Err(Error::NotFound)), "{from} to {to}: {refused:?}");
    }
}

#[test]
fn offers_that_the_company_lacks_do_not_exist() {
    let fleet = Fleet::new();
    fleet.load(fleet.clienticity, 1);
    for offer in [fleet.cards, OfferId(999)] {
        for act in [Act::Activate { offer }, Act::ChangeOffer { offer }] {
            let refused = try_launch(&fleet, &fleet.at(fleet.clienticity), act);
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        }
    }
}

#[test]
fn nothing_goes_into_a_suspended_company() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    fleet.run(&format!(
        "UPDATE companies SET suspended_at = now() WHERE id = {}",
        fleet.id(fleet.clienticity)
    ));
    let refused = try_launch(&fleet, &fleet.at(fleet.meridian), transfer_to(fleet.clienticity));
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    fleet.work();
    assert_eq!(fleet.find(fleet.meridian, number).summary.counters.failure, 5);
    assert_eq!(fleet.ask("SELECT DISTINCT code FROM tasks"), "company_suspended");
}

#[test]
fn an_empty_selection_is_refused_and_so_are_sims_of_others() {
    let fleet = Fleet::new();
    fleet.load(fleet.clienticity, 3);
    let theirs = fleet.sims(fleet.clienticity, "true");
    for selection in [everything(), Selection::Sims(Vec::new()), Selection::Sims(theirs)] {
        let new = NewOperation::new(transfer_to(fleet.clienticity), selection);
        let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &new);
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
    fleet.check_nothing_left();
}

#[test]
fn a_list_has_an_end() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let one = fleet.sims(fleet.meridian, "true")[0];
    let selection = Selection::Sims(vec![one; 100_001]);
    let new = NewOperation::new(transfer_to(fleet.clienticity), selection);
    let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &new);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}

#[test]
fn an_operation_of_others_does_not_exist() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    let number = fleet.transfer_all().summary.number;
    let conn = &mut *fleet.conn();
    let stranger = tenancy::enter(conn, fleet.sam, fleet.stranger).unwrap();
    for scope in [stranger, fleet.at(fleet.depot)] {
        let found = operations::find(conn, &scope, number).map(drop);
        assert!(matches!(found, Err(Error::NotFound)), "{found:?}");
        let tasks = operations::tasks(conn, &scope, number, &operations::TaskFilter::default(), None, 10);
        assert!(matches!(tasks, Err(Error::NotFound)));
        assert!(matches!(operations::failures_by_code(conn, &scope, number), Err(Error::NotFound)));
        assert!(matches!(operations::cancel(conn, &scope, number), Err(Error::NotFound)));
        let all = operations::ListFilter::default();
        assert!(operations::list(conn, &scope, &all, None, 10).unwrap().rows.is_empty());
    }
}
