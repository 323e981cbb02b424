//! Editing what a company writes on its SIMs, and what a transfer and a recall do with it.

use fleet::custom_fields::{self, FieldKind, NewField};
use fleet::ids::{CompanyUid, FieldId, LabelId};
use fleet::labels::{self, NewLabel};
use fleet::operations::{self, Act, Changes, FailureCode, NewOperation, Outcome};
use fleet::sims::{self, Details, Selection};
use fleet::{Error, removed_details};

use super::fixture::{Fleet, assert_ended, everything, transfer_to};

fn label(fleet: &Fleet, company: CompanyUid, name: &str) -> LabelId {
    let new = NewLabel::parse(name, "teal").unwrap();
    labels::create(&mut fleet.conn(), &fleet.at(company), &new).unwrap()
}

fn field(fleet: &Fleet, company: CompanyUid, name: &str, kind: FieldKind, choices: &str) -> FieldId {
    let new = NewField::parse(name, kind, choices).unwrap();
    custom_fields::create(&mut fleet.conn(), &fleet.at(company), &new).unwrap()
}

fn refusal(fleet: &Fleet, changes: Changes) -> String {
    let new = NewOperation::new(Act::Edit(changes), everything());
    let refused = operations::launch(&mut fleet.conn(), &fleet.at(fleet.meridian), &new);
    match refused {
        Err(Error::Invalid { field, message }) => format!("{field}: {message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edit_changes_sims_in_any_state_and_says_what_it_did() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id <= 5");
    let (old, pilot) = (label(&fleet, fleet.meridian, "Old"), label(&fleet, fleet.meridian, "Pilot"));
    let site = field(&fleet, fleet.meridian, "Site", FieldKind::Text, "");
    let since = field(&fleet, fleet.meridian, "Since", FieldKind::Date, "");
    fleet.run(&format!(
        "UPDATE sims SET label_ids = '{{{old}}}', note = 'gone', fields = '{{\"{since}\": \"2020-01-01\"}}'"
    ));
    let changes = Changes {
        name: Some("Meter {n} of {msisdn}".to_owned()),
        note: Some(String::new()),
        add_labels: vec![pilot],
        new_label: "Fresh".to_owned(),
        remove_labels: vec![old],
        fields: [(site, " Dock 4 ".to_owned()), (since, String::new())].into(),
        ..Changes::default()
    };
    let operation = fleet.do_it(fleet.meridian, Act::Edit(changes), everything());
    assert_ended(&operation, Outcome::Succeeded, 25, 0);
    let edited = format!(
        "note IS NULL AND fields = '{{\"{site}\": \"Dock 4\"}}' AND cardinality(label_ids) = 2 \
         AND {pilot} = ANY(label_ids) AND NOT {old} = ANY(label_ids) AND name ~ '^Meter [0-9]+ of 4915[0-9]{{9}}$'"
    );
    assert_eq!(fleet.count(fleet.meridian, &edited), 25);
    assert_eq!(fleet.count(fleet.meridian, "state = 'retired'"), 5);
    let names = "SELECT split_part(name, ' ', 2) FROM sims WHERE company_id <> 0 ORDER BY iccid LIMIT 1";
    assert_eq!(fleet.ask(names), "1");
    assert_eq!(
        operation.edit.expect("what it changed").sentences(),
        [
            "Gets the labels “Pilot”, “Fresh”.",
            "Loses the label “Old”.",
            "The name becomes “Meter {n} of {msisdn}”.",
            "The note is cleared.",
            "The field “Site” becomes “Dock 4”.",
            "The field “Since” is cleared.",
        ]
    );
}

#[test]
fn a_sim_has_at_most_fifty_labels() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 4);
    fleet.run(
        "INSERT INTO labels (company_id, name) SELECT company_id, 'L' || n FROM (SELECT company_id FROM sims LIMIT 1) AS c, \
         generate_series(1, 60) AS n",
    );
    let all: Vec<LabelId> = labels::list(&mut fleet.conn(), &fleet.at(fleet.meridian))
        .unwrap()
        .iter()
        .map(|label| label.id)
        .collect();
    let with = |sim: i32, labels: std::ops::Range<usize>| {
        let ids = all[labels].iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        fleet.run(&format!("UPDATE sims SET label_ids = ARRAY(SELECT unnest('{{{ids}}}'::bigint[]) ORDER BY 1) WHERE id = {sim}"));
    };
    // The third has the label already, and the fourth more than it may, from before.
    with(1, 0..50);
    with(2, 0..49);
    with(3, 6..56);
    with(4, 0..55);
    let labels_of =
        || fleet.ask("SELECT string_agg(cardinality(label_ids)::text, ',' ORDER BY id) FROM sims");
    let add = |add: &[usize], remove: &[usize]| {
        let ids = |places: &[usize]| places.iter().map(|place| all[*place]).collect();
        let note = Some("Edited".to_owned());
        Act::Edit(Changes { note, add_labels: ids(add), remove_labels: ids(remove), ..Changes::default() })
    };
    let new = NewOperation::new(add(&[55], &[]), everything());
    let preview = operations::preview(&mut fleet.conn(), &fleet.at(fleet.meridian), &new).unwrap();
    assert_eq!(preview.will_change, 2);
    assert_eq!(
        preview.will_not.iter().map(|group| (group.code, group.sims)).collect::<Vec<_>>(),
        [(FailureCode::TooManyLabels, 2)]
    );
    let operation = fleet.do_it(fleet.meridian, add(&[55], &[]), everything());
    assert_ended(&operation, Outcome::PartlyFailed, 2, 2);
    assert_eq!(labels_of(), "50,50,50,55");
    let edited = "SELECT string_agg(id::text, ',' ORDER BY id) FROM sims WHERE note = 'Edited'";
    assert_eq!(fleet.ask(edited), "2,3", "nothing of the others was changed");
    let groups =
        operations::failures_by_code(&mut fleet.conn(), &fleet.at(fleet.meridian), operation.summary.number)
            .unwrap();
    assert_eq!(groups[0].sentence, "It would have more than 50 labels: nothing of it was changed.");
    let swapped = fleet.do_it(fleet.meridian, add(&[55], &[0]), everything());
    assert_ended(&swapped, Outcome::Succeeded, 4, 0);
    assert_eq!(labels_of(), "50,49,50,55");
    let fewer = fleet.do_it(fleet.meridian, add(&[], &[1, 2]), everything());
    assert_ended(&fewer, Outcome::Succeeded, 4, 0);
    assert_eq!(labels_of(), "48,47,50,53");
    let by_name = |name: &str| {
        let changes = Changes { new_label: name.to_owned(), ..Changes::default() };
        let new =
            NewOperation::new(Act::Edit(changes), Selection::Sims(fleet.sims(fleet.meridian, "id = 1")));
        operations::preview(&mut fleet.conn(), &fleet.at(fleet.meridian), &new).unwrap().will_change
    };
    with(1, 0..50);
    assert_eq!(by_name("l60"), 0);
    assert_eq!(by_name("New"), 0);
    let had = fleet.ask(&format!("SELECT upper(name) FROM labels WHERE id = {}", all[0]));
    assert_eq!(by_name(&had), 1, "it has that label already");
    fleet.run(&format!("DELETE FROM labels WHERE id = {}", all[0]));
    assert_eq!(by_name("New"), 1, "what is left of a removed label counts for nothing");
    let all = &all[1..];
    let too_many =
        Changes { add_labels: all[..50].to_vec(), new_label: "L99".to_owned(), ..Changes::default() };
    assert_eq!(refusal(&fleet, too_many), "add_label: A SIM can have at most 50 labels. Choose fewer.");

    let iccid = fleet.ask("SELECT iccid FROM sims WHERE id = 1");
    let edit = |labels: &[LabelId], new_label: &str| {
        let details =
            Details { labels: labels.to_vec(), new_label: new_label.to_owned(), ..Details::default() };
        sims::edit(&mut fleet.conn(), &fleet.at(fleet.meridian), &iccid, &details)
    };
    edit(&all[..50], "").unwrap();
    match edit(&all[..50], "L99") {
        Err(Error::Invalid { field: "label", message }) => {
            assert_eq!(
                message,
                "A SIM can have at most 50 labels, and these are 51. Nothing was saved: take some off."
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fleet.ask("SELECT count(*) FROM labels WHERE name = 'L99'"), "0");
}

#[test]
fn a_retry_of_an_edit_goes_on_with_its_numbers() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 12);
    let busy = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), {
        Selection::Sims(fleet.sims(fleet.meridian, "id > 10"))
    });
    // Its tasks are made, and nothing is done.
    fleet.run("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.not_before := ''infinity''; RETURN NEW; END'");
    fleet.run("CREATE TRIGGER hold BEFORE INSERT ON steps FOR EACH ROW EXECUTE FUNCTION hold()");
    fleet.work_on();
    fleet.run("DROP TRIGGER hold ON steps");
    let naming = Act::Edit(Changes { name: Some("{n}".to_owned()), ..Changes::default() });
    let first = fleet.launch(fleet.meridian, naming, everything());
    fleet.work_on();
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), busy).unwrap();
    fleet.run("UPDATE steps SET not_before = now()");
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, first), Outcome::PartlyFailed, 10, 2);
    let again = operations::again(&mut fleet.conn(), &fleet.at(fleet.meridian), first).unwrap();
    assert_eq!(again.kind, operations::OperationKind::Edit);
    let failed = Selection::FailedOf { operation: first, code: None };
    let retry = fleet.do_it(fleet.meridian, Act::EditAgain { operation: first }, failed);
    assert_ended(&retry, Outcome::Succeeded, 2, 0);
    assert_eq!(fleet.count(fleet.meridian, "name = id::text"), 12);
}

#[test]
fn values_patterns_and_ids_are_checked_before_anything_is_launched() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let size = field(&fleet, fleet.meridian, "Size", FieldKind::Number, "");
    let theirs = field(&fleet, fleet.clienticity, "Site", FieldKind::Text, "");
    let foreign = label(&fleet, fleet.clienticity, "Pilot");
    let name = |pattern: &str| Changes { name: Some(pattern.to_owned()), ..Changes::default() };
    let value =
        |id: FieldId, value: &str| Changes { fields: [(id, value.to_owned())].into(), ..Changes::default() };
    assert_eq!(refusal(&fleet, Changes::default()), "changes: Say what is to be changed.");
    assert!(refusal(&fleet, name("{nn}")).starts_with("name: Only {n}"));
    assert!(refusal(&fleet, name(&"{iccid}".repeat(6))).starts_with("name: The names would be longer"));
    assert!(refusal(&fleet, value(size, "many")).starts_with("fields: Size: Enter a number"));
    assert!(refusal(&fleet, value(theirs, "x")).starts_with("fields: A field that was chosen"));
    let note = Changes { note: Some("x".repeat(1_001)), ..Changes::default() };
    assert_eq!(refusal(&fleet, note), "note: Use at most 1,000 characters.");
    let add = Changes { add_labels: vec![foreign], ..Changes::default() };
    assert!(refusal(&fleet, add).starts_with("add_label: A label that was chosen"));
    assert_eq!(fleet.ask("SELECT count(*) FROM operations"), "0");
}

#[test]
fn a_transfer_drops_the_details_or_carries_over_what_the_target_can_hold() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 4);
    let ours = |name, kind, choices| field(&fleet, fleet.meridian, name, kind, choices);
    let theirs = |name, kind, choices| field(&fleet, fleet.clienticity, name, kind, choices);
    let (site, number) = (ours("Site", FieldKind::Text, ""), ours("Size", FieldKind::Number, ""));
    let (alone, colour) = (ours("Ours", FieldKind::Text, ""), ours("Colour", FieldKind::List, "red\nblue"));
    let (their_site, _) = (theirs("SITE", FieldKind::Text, ""), theirs("Size", FieldKind::Text, ""));
    let their_colour = theirs("Colour", FieldKind::List, "red\ngreen");
    let fill = |sims: &str, chosen: &str| {
        fleet.run(&format!(
            "UPDATE sims SET note = 'Ours', fields = '{{\"{site}\": \"Dock\", \"{number}\": \"3\", \
             \"{alone}\": \"secret\", \"{colour}\": \"{chosen}\"}}' WHERE {sims}"
        ));
    };
    fill("true", "red");
    fill("id = 2", "blue");
    let some = |condition| Selection::Sims(fleet.sims(fleet.meridian, condition));
    let keeping = Act::Transfer { target: fleet.clienticity, keep_labels: true };
    fleet.do_it(fleet.meridian, keeping, some("id <= 2"));
    fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), some("id > 2"));
    let kept =
        format!("fields = '{{\"{their_site}\": \"Dock\", \"{their_colour}\": \"red\"}}' AND note = 'Ours'");
    assert_eq!(fleet.count(fleet.clienticity, &kept), 1);
    let kept = format!("fields = '{{\"{their_site}\": \"Dock\"}}' AND note = 'Ours' AND id = 2");
    assert_eq!(fleet.count(fleet.clienticity, &kept), 1);
    assert_eq!(fleet.count(fleet.clienticity, "fields = '{}' AND note IS NULL"), 2);
}

#[test]
fn an_edit_does_not_keep_a_transfer_from_being_recalled_and_what_it_wrote_does_not_come_back() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let transfer = fleet.transfer_all().summary.number;
    let site = field(&fleet, fleet.clienticity, "Site", FieldKind::Text, "");
    let changes = Changes {
        note: Some("Theirs".to_owned()),
        fields: [(site, "x".to_owned())].into(),
        ..Changes::default()
    };
    let edit = fleet.do_it(fleet.clienticity, Act::Edit(changes), everything());
    assert_ended(&edit, Outcome::Succeeded, 5, 0);
    let recalled = Selection::ChangedBy { operation: transfer };
    let recall = fleet.do_it(fleet.meridian, Act::Recall { operation: transfer }, recalled);
    assert_ended(&recall, Outcome::Succeeded, 5, 0);
    assert_eq!(fleet.count(fleet.meridian, "note IS NULL AND fields = '{}'"), 5);
    let seen = operations::find(&mut fleet.conn(), &fleet.at(fleet.meridian), edit.summary.number);
    assert!(matches!(seen, Err(Error::NotFound)), "{seen:?}");
}

#[test]
fn what_was_removed_is_gone_at_once_and_taken_off_the_sims_afterwards() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 2_500);
    let (gone, stays) = (label(&fleet, fleet.meridian, "Gone"), label(&fleet, fleet.meridian, "Stays"));
    let site = field(&fleet, fleet.meridian, "Site", FieldKind::Text, "");
    let note = Changes {
        add_labels: vec![gone, stays],
        fields: [(site, "x".to_owned())].into(),
        ..Changes::default()
    };
    let scheduled = fleet.launch(fleet.meridian, Act::Edit(note), everything());
    fleet.run(&format!("UPDATE sims SET label_ids = '{{{gone},{stays}}}', fields = '{{\"{site}\": \"x\"}}'"));
    let (scope, conn) = (fleet.at(fleet.meridian), &mut *fleet.conn());
    labels::destroy(conn, &scope, gone).unwrap();
    custom_fields::destroy(conn, &scope, site).unwrap();
    assert!(matches!(labels::destroy(conn, &scope, gone), Err(Error::NotFound)));
    assert_eq!(labels::list(conn, &scope).unwrap().len(), 1);
    assert_eq!(removed_details::purge(conn).unwrap(), 5_000);
    // An edit that was launched before brings nothing back.
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, scheduled), Outcome::Succeeded, 2_500, 0);
    let left = format!("label_ids = '{{{stays}}}' AND fields = '{{}}'");
    assert_eq!(fleet.count(fleet.meridian, &left), 2_500);
    assert_eq!(fleet.ask("SELECT count(*) FROM removed_details"), "0");
}

#[test]
fn what_somebody_works_on_is_stripped_the_next_time() {
    use diesel::Connection as _;
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    let gone = label(&fleet, fleet.meridian, "Gone");
    fleet.run(&format!("UPDATE sims SET label_ids = '{{{gone}}}'"));
    let (scope, conn) = (fleet.at(fleet.meridian), &mut *fleet.conn());
    labels::destroy(conn, &scope, gone).unwrap();
    let mut holder = fleet.conn();
    let held: fleet::Result<()> = holder.transaction(|holder| {
        use diesel::RunQueryDsl as _;
        diesel::sql_query("UPDATE sims SET name = 'held' WHERE id = 2").execute(holder)?;
        assert_eq!(removed_details::purge(conn)?, 2, "the others");
        Ok(())
    });
    held.unwrap();
    assert_eq!(fleet.count(fleet.meridian, "label_ids <> '{}'"), 1);
    assert_eq!(removed_details::purge(conn).unwrap(), 1);
    assert_eq!(fleet.ask("SELECT count(*) FROM removed_details"), "0");
}

#[test]
fn a_sim_that_has_left_is_not_edited_and_one_of_others_does_not_exist() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1);
    let iccid = fleet.ask("SELECT iccid FROM sims");
    let details = Details { name: " Pump ".to_owned(), new_label: "Wet".to_owned(), ..Details::default() };
    let edit = |company| sims::edit(&mut fleet.conn(), &fleet.at(company), &iccid, &details);
    edit(fleet.meridian).unwrap();
    assert_eq!(fleet.count(fleet.meridian, "name = 'Pump' AND cardinality(label_ids) = 1"), 1);
    assert!(matches!(edit(fleet.depot), Err(Error::NotFound)));
    fleet.transfer_all();
    let refused = edit(fleet.meridian);
    assert!(
        matches!(&refused, Err(Error::Refused(sentence)) if sentence.contains("has left Meridian")),
        "{refused:?}"
    );
    assert!(matches!(edit(fleet.depot), Err(Error::NotFound)));
}
