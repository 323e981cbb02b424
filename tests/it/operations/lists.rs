//! The list of operations and the timeline of a SIM.

use fleet::operations::{
    self, Act, ListFilter, OperationKind, Outcome, TaskFilter, TaskState, TimelineFilter,
};
use fleet::sims::Selection;

use super::fixture::{Fleet, assert_ended, everything, transfer_to};
use fleet::operations::OperationKind::{Activate, Resume, Suspend, Transfer};
use fleet::operations::Outcome::{Cancelled, Failed, PartlyFailed, Succeeded};

#[test]
fn the_list_is_filtered_and_read_page_by_page() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 30);
    let first_ten = || Selection::Sims(fleet.sims(fleet.meridian, "id <= 10"));
    fleet.do_it(fleet.meridian, Act::Activate { offer: fleet.global }, first_ten());
    fleet.do_it(fleet.meridian, Act::Activate { offer: fleet.global }, everything());
    fleet.do_it(fleet.meridian, Act::Activate { offer: fleet.global }, first_ten());
    fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), first_ten());
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
    fleet.work();
    let scope = fleet.at(fleet.meridian);
    let list =
        |filter: ListFilter| operations::list(&mut fleet.conn(), &scope, &filter, None, 50).unwrap().rows;
    let outcomes: Vec<_> = list(ListFilter::default()).iter().map(|row| row.outcome().unwrap()).collect();
    assert_eq!(outcomes, [Cancelled, Succeeded, Failed, PartlyFailed, Succeeded]);
    for outcome in Outcome::ALL {
        let found = list(ListFilter { outcome: Some(*outcome), ..ListFilter::default() });
        assert!(!found.is_empty() && found.iter().all(|row| row.outcome() == Some(*outcome)), "{outcome:?}");
    }
    let transfers = list(ListFilter { kind: Some(OperationKind::Transfer), ..ListFilter::default() });
    assert_eq!(transfers.len(), 2);
    assert_eq!(transfers[0].target.as_deref(), Some("Clienticity"));
    assert_eq!(list(ListFilter { person: Some("ADA@".to_owned()), ..ListFilter::default() }).len(), 5);
    assert!(list(ListFilter { person: Some("nobody".to_owned()), ..ListFilter::default() }).is_empty());
    let conn = &mut *fleet.conn();
    let page = operations::list(conn, &scope, &ListFilter::default(), None, 3).unwrap();
    assert_eq!((page.rows.len(), page.has_more), (3, true));
    let rest = operations::list(conn, &scope, &ListFilter::default(), Some(page.rows[2].number), 3).unwrap();
    assert_eq!((rest.rows.len(), rest.has_more), (2, false));
}

#[test]
fn tasks_are_filtered() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id <= 3");
    let number = fleet.transfer_all().summary.number;
    let scope = fleet.at(fleet.meridian);
    let of = |filter: TaskFilter| {
        operations::tasks(&mut fleet.conn(), &scope, number, &filter, None, 50).unwrap().rows
    };
    assert_eq!(of(TaskFilter { state: Some(TaskState::Failure), ..TaskFilter::default() }).len(), 3);
    assert_eq!(of(TaskFilter { state: Some(TaskState::Success), ..TaskFilter::default() }).len(), 17);
    let one = of(TaskFilter::default())[6].clone();
    let found = of(TaskFilter { iccid: Some(one.iccid.clone()), ..TaskFilter::default() });
    assert_eq!((found.len(), found[0].sim), (1, one.sim));
    assert!(of(TaskFilter { iccid: Some("8949%".to_owned()), ..TaskFilter::default() }).is_empty());
}

#[test]
fn a_timeline_ends_where_the_companys_business_ends() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let sim = fleet.sims(fleet.meridian, "true")[0];
    let one = || Selection::Sims(vec![sim]);
    fleet.do_it(fleet.meridian, Act::Activate { offer: fleet.global }, one());
    fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), one());
    fleet.do_it(fleet.clienticity, Act::Suspend, one());
    fleet.assign(fleet.depot, fleet.global);
    fleet.do_it(fleet.clienticity, transfer_to(fleet.depot), one());
    fleet.do_it(fleet.depot, Act::Resume, one());
    let seen = |company| {
        let scope = fleet.at(company);
        let page = operations::timeline(&mut fleet.conn(), &scope, sim, &TimelineFilter::default(), None, 10)
            .unwrap();
        page.rows.into_iter().map(|event| (event.kind, event.moved_to)).collect::<Vec<_>>()
    };
    let to = |name: &str| Some(name.to_owned());
    assert_eq!(seen(fleet.meridian), [(Transfer, to("Clienticity")), (Activate, None)]);
    assert_eq!(
        seen(fleet.clienticity),
        [(Transfer, to("Depot")), (Suspend, None), (Transfer, to("Clienticity"))]
    );
    assert_eq!(seen(fleet.depot), [(Resume, None), (Transfer, to("Depot"))]);
    assert_eq!(fleet.count(fleet.depot, "state = 'active'"), 1);
}

#[test]
fn what_another_company_tried_in_vain_is_not_in_the_timeline() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 2);
    let [gone, kept] = fleet.sims(fleet.meridian, "true")[..] else { panic!("two SIMs") };
    // Both fail for want of the offer; when they are tried again, one of them has been moved already.
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {}", fleet.cards));
    let first = fleet.transfer_all().summary.number;
    fleet.assign(fleet.clienticity, fleet.cards);
    let moved = fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), Selection::Sims(vec![gone]));
    let failed = Selection::FailedOf { operation: first, code: None };
    let again = fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), failed);
    assert_ended(&again, PartlyFailed, 1, 1);
    let number = again.summary.number;
    let conn = &mut *fleet.conn();

    let scope = fleet.at(fleet.clienticity);
    let seen = |conn: &mut _, sim| {
        let rows =
            operations::timeline(conn, &scope, sim, &TimelineFilter::default(), None, 10).unwrap().rows;
        rows.into_iter().map(|event| event.operation).collect::<Vec<_>>()
    };
    assert_eq!(seen(conn, kept), [number], "it came by it");
    assert_eq!(
        seen(conn, gone),
        [moved.summary.number],
        "it was here already: that is no business of the subaccount"
    );
    let tasks = operations::tasks(conn, &scope, number, &TaskFilter::default(), None, 10).unwrap().rows;
    assert_eq!(tasks.iter().map(|task| task.sim).collect::<Vec<_>>(), [kept]);
    let results = operations::results(conn, &scope, number, 0, 10).unwrap();
    assert_eq!(results.iter().map(|result| result.task.sim).collect::<Vec<_>>(), [kept]);
    assert!(operations::failures(conn, &scope, number, None, 10).unwrap().is_empty());
    assert!(operations::failures_by_code(conn, &scope, number).unwrap().is_empty());

    // Whoever launched it sees that it failed, and nothing of how the SIM is elsewhere.
    let scope = fleet.at(fleet.meridian);
    let failures = operations::failures(conn, &scope, number, None, 10).unwrap();
    assert_eq!(failures.iter().map(|result| result.task.sim).collect::<Vec<_>>(), [gone]);
    assert!(failures[0].task.before_state.is_none() && failures[0].task.before_offer.is_none());
}
