//! Edits that give each SIM what a file has for it.

use fleet::custom_fields::{self, FieldKind, NewField};
use fleet::ids::{CompanyUid, FieldId, SimListUid};
use fleet::operations::{self, Act, Changes, FromList, NewOperation, Outcome};
use fleet::sim_lists::{self, Layout, SimList, SimListProblem, Source};
use fleet::sims::Selection;
use fleet::tenancy::Role;
use fleet::{Error, Result};

use super::fixture::{Fleet, assert_ended, transfer_to};

fn field(fleet: &Fleet, company: CompanyUid, name: &str, kind: FieldKind) -> FieldId {
    let new = NewField::parse(name, kind, "").unwrap();
    custom_fields::create(&mut fleet.conn(), &fleet.at(company), &new).unwrap()
}

fn send(fleet: &Fleet, text: &str) -> Result<SimList> {
    let source = Source { text: text.as_bytes(), layout: Layout::Details, origin: "meters.csv".to_owned() };
    sim_lists::create(&mut fleet.conn(), &fleet.at(fleet.meridian), source)
}

fn sent(fleet: &Fleet, text: &str) -> SimListUid {
    send(fleet, text).unwrap().uid
}

fn iccid(n: usize) -> String {
    format!("8949{n:015}")
}

fn by(list: SimListUid, clears: bool) -> Act {
    Act::Edit(Changes { by_list: Some(FromList { list, clears }), ..Changes::default() })
}

/// The names in the order of the ICCIDs.
fn names(fleet: &Fleet) -> String {
    fleet.ask(
        "SELECT string_agg(coalesce(name, '-') || '/' || coalesce(note, '-'), ' ' ORDER BY iccid) FROM sims",
    )
}

#[test]
fn a_file_gives_each_sim_its_own_name_note_and_fields() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let size = field(&fleet, fleet.meridian, "Size", FieldKind::Number);
    let rows =
        (1..=25).map(|n| format!("{};Meter {n};{n}.50;Dock\r\n", iccid(n))).collect::<Vec<_>>().concat();
    let list = send(&fleet, &format!("ICCID;Name;size;Site\r\n{rows}")).unwrap();
    assert_eq!((list.found, list.leftovers()), (25, 0));
    assert_eq!(list.notes, ["Columns that were left out: “Site”."]);
    let operation = fleet.do_it(fleet.meridian, by(list.uid, false), Selection::List(list.uid));
    assert_ended(&operation, Outcome::Succeeded, 25, 0);
    let own = format!(
        "name = 'Meter ' || right(iccid, 3)::integer AND note IS NULL \
         AND fields = jsonb_build_object('{size}', right(iccid, 3)::integer || '.5')"
    );
    assert_eq!(fleet.count(fleet.meridian, &own), 25);
    assert_eq!(
        operation.edit.expect("what it changed").sentences(),
        ["Gets what “meters.csv” has for it: name, field “Size”. An empty cell leaves it as it is."]
    );
}

#[test]
fn an_empty_cell_leaves_what_there_is_or_takes_it_away() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 2);
    let (size, other) = (
        field(&fleet, fleet.meridian, "Size", FieldKind::Text),
        field(&fleet, fleet.meridian, "Other", FieldKind::Text),
    );
    fleet.run(&format!(
        "UPDATE sims SET name = 'old', note = 'old', fields = '{{\"{size}\": \"1\", \"{other}\": \"2\"}}'"
    ));
    let list = sent(&fleet, &format!("iccid,name,note,Size\n{},new,,\n{},,new,\n", iccid(1), iccid(2)));
    fleet.do_it(fleet.meridian, by(list, false), Selection::List(list));
    assert_eq!(names(&fleet), "new/old old/new");
    assert_eq!(fleet.count(fleet.meridian, &format!("fields ->> '{size}' = '1'")), 2);
    fleet.do_it(fleet.meridian, by(list, true), Selection::List(list));
    assert_eq!(names(&fleet), "new/- -/new");
    assert_eq!(fleet.count(fleet.meridian, &format!("fields = '{{\"{other}\": \"2\"}}'")), 2);
}

#[test]
fn a_row_that_is_wrong_is_told_with_its_line_and_changes_nothing() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    field(&fleet, fleet.meridian, "Since", FieldKind::Date);
    let (long, first) = ("x".repeat(101), iccid(1));
    let text = format!(
        "imsi,iccid,name,Since\n,{first},{long},\n,{first},Good,2026-11-25\n262010000000001,,Again,\n\
         ,{},Fine,25.11.2026\n,8.94E+18,Excel,\n262019999999999,,Nobody,\n,{},a,b,c\n",
        iccid(2),
        iccid(3),
    );
    let list = send(&fleet, &text).unwrap();
    let left =
        sim_lists::leftovers(&mut fleet.conn(), &fleet.at(fleet.meridian), list.uid, None, None, 10).unwrap();
    let told: Vec<_> = left
        .into_iter()
        .map(|left| format!("{} {}: {}", left.line, left.problem.as_str(), left.reason.unwrap_or_default()))
        .collect();
    assert_eq!(list.found, 1);
    assert_eq!(told.len(), 6, "{told:#?}");
    assert!(told.contains(&"2 malformed: Name: Use at most 100 characters.".to_owned()), "{told:#?}");
    assert!(told.contains(&format!("4 duplicate: Line 3 names this SIM already: {first}.")), "{told:#?}");
    assert!(told.iter().any(|told| told.starts_with("5 malformed: Since: Enter a date")), "{told:#?}");
    assert!(
        told.iter().any(|told| told.starts_with("6 malformed: ") && told.contains("spreadsheet")),
        "{told:#?}"
    );
    assert!(told.iter().any(|told| told.starts_with("7 not_found")), "{told:#?}");
    assert!(told.iter().any(|told| told.starts_with("8 malformed: The line has more columns")), "{told:#?}");
    assert_eq!(list.with(SimListProblem::Malformed), 4);
    let first_rows =
        sim_lists::first_details(&mut fleet.conn(), &fleet.at(fleet.meridian), &list, 10).unwrap();
    assert_eq!(first_rows.len(), 1);
    assert_eq!((first_rows[0].line, first_rows[0].details[0].new.as_str()), (Some(3), "Good"));
    fleet.do_it(fleet.meridian, by(list.uid, false), Selection::List(list.uid));
    assert_eq!(names(&fleet), "Good/- -/- -/- -/- -/-");
}

#[test]
fn what_failed_is_tried_again_with_the_same_file_while_that_is_kept() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    let rows = (1..=3).map(|n| format!("{},Meter {n}\n", iccid(n))).collect::<Vec<_>>().concat();
    let list = sent(&fleet, &format!("iccid,name\n{rows}"));
    let gone = Selection::Sims(fleet.sims(fleet.meridian, "id = 2"));
    let transfer = fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), gone).summary.number;
    let edit = fleet.do_it(fleet.meridian, by(list, false), Selection::List(list));
    assert_ended(&edit, Outcome::PartlyFailed, 2, 1);
    assert_eq!(names(&fleet), "Meter 1/- -/- Meter 3/-");
    let back = Selection::ChangedBy { operation: transfer };
    fleet.do_it(fleet.meridian, Act::Recall { operation: transfer }, back);
    let number = edit.summary.number;
    let failed = || Selection::FailedOf { operation: number, code: None };
    let retry = fleet.do_it(fleet.meridian, Act::EditAgain { operation: number }, failed());
    assert_ended(&retry, Outcome::Succeeded, 1, 0);
    assert_eq!(names(&fleet), "Meter 1/- Meter 2/- Meter 3/-");

    fleet.run("UPDATE sim_lists SET created_at = now() - interval '8 days'");
    assert_eq!(sim_lists::purge(&mut fleet.conn()).unwrap(), 1);
    let again = NewOperation::new(Act::EditAgain { operation: number }, failed());
    match operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &again) {
        Err(Error::Refused(sentence)) => {
            assert!(sentence.contains("“meters.csv” is not kept any more"), "{sentence}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_stays_until_the_edit_that_goes_by_it_has_ended() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let list = sent(&fleet, &format!("iccid,name\n{},Meter\n", iccid(1)));
    fleet.launch(fleet.meridian, by(list, false), Selection::List(list));
    fleet.run("UPDATE sim_lists SET created_at = now() - interval '8 days'");
    assert_eq!(sim_lists::purge(&mut fleet.conn()).unwrap(), 0);
    fleet.work();
    assert_eq!(names(&fleet), "Meter/-");
    assert_eq!(sim_lists::purge(&mut fleet.conn()).unwrap(), 1);
}

#[test]
fn a_field_that_is_removed_before_its_step_is_not_written() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let size = field(&fleet, fleet.meridian, "Size", FieldKind::Text);
    let list = sent(&fleet, &format!("iccid,name,size\n{},Meter,9\n", iccid(1)));
    fleet.launch(fleet.meridian, by(list, false), Selection::List(list));
    custom_fields::destroy(&mut fleet.conn(), &fleet.at(fleet.meridian), size).unwrap();
    fleet.work();
    assert_eq!(fleet.count(fleet.meridian, "name = 'Meter' AND fields = '{}'"), 1);
}

#[test]
fn only_a_list_of_the_company_that_has_details_can_be_gone_by() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let list = sent(&fleet, &format!("iccid,name\n{},Meter\n", iccid(1)));
    let foreign = NewOperation::new(by(list, false), Selection::Sims(Vec::new()));
    let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.clienticity), &foreign);
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let text = iccid(1);
    let source = Source { text: text.as_bytes(), layout: Layout::Table, origin: "plain".to_owned() };
    let plain = sim_lists::create(&mut fleet.conn(), &fleet.at(fleet.meridian), source).unwrap().uid;
    let empty = NewOperation::new(by(plain, false), Selection::List(plain));
    let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &empty);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    let viewer = fleet.as_role(fleet.meridian, Role::Viewer);
    let source =
        Source { text: "iccid,name\n1,2\n".as_bytes(), layout: Layout::Details, origin: "x".to_owned() };
    let refused = sim_lists::create(&mut fleet.conn(), &viewer, source);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{:?}", refused.map(|list| list.found));
}
