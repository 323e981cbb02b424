//! Transfer, and what all kinds share: the preview, the making of tasks, the outcome.

use fleet::Error;
use fleet::operations::{self, Act, FailureCode, NewOperation, Outcome, TaskFilter};
use fleet::sims::{Selection, SimFilter, SimState};

use super::fixture::{Fleet, assert_ended, ended, everything, transfer_to};

#[test]
fn sims_in_inventory_move() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 95);
    let operation = fleet.transfer_all();
    assert_ended(&operation, Outcome::Succeeded, 95, 0);
    assert_eq!(operation.summary.selected, Some(95));
    assert_eq!(fleet.count(fleet.meridian, "true"), 0);
    assert_eq!(fleet.count(fleet.clienticity, "state = 'inventory'"), 95);
    let origin = fleet.id(fleet.meridian);
    let before = format!(
        "SELECT count(*) FROM tasks WHERE before_company_id = {origin} AND before_state = 'inventory' \
         AND before_offer_id IS NULL AND state = 'success'"
    );
    assert_eq!(fleet.ask(&before), "95");
}

#[test]
fn the_preview_says_what_then_happens() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 60);
    let offers = format!("CASE WHEN id % 2 = 0 THEN {} ELSE {} END", fleet.global, fleet.cards);
    fleet.run(&format!("UPDATE sims SET state = 'active', offer_id = {offers} WHERE id <= 20"));
    fleet.run("UPDATE sims SET state = 'retired', offer_id = NULL WHERE id BETWEEN 11 AND 15");
    let new = NewOperation::new(transfer_to(fleet.clienticity), everything());
    let scope = fleet.at(fleet.meridian);
    let preview = operations::preview(&mut fleet.conn(), &scope, &new).unwrap();
    assert_eq!((preview.total(), preview.will_change), (60, 48));
    let groups: Vec<_> = preview.will_not.iter().map(|group| (group.code, group.sims)).collect();
    assert_eq!(groups, [(FailureCode::OfferNotAssigned, 7), (FailureCode::WrongState, 5)]);
    assert_eq!(preview.will_not[1].sentence, "A Retired SIM cannot be moved.");
    let operation = fleet.do_it(fleet.meridian, new.act, new.selection);
    assert_ended(&operation, Outcome::PartlyFailed, 48, 12);
    let groups = operations::failures_by_code(&mut fleet.conn(), &scope, operation.summary.number).unwrap();
    let groups: Vec<_> = groups.iter().map(|group| (group.code, group.tasks)).collect();
    assert_eq!(groups, [(FailureCode::OfferNotAssigned, 7), (FailureCode::WrongState, 5)]);
    // Those in service have kept state and offer.
    assert_eq!(
        fleet.count(fleet.clienticity, &format!("state = 'active' AND offer_id = {}", fleet.global)),
        8
    );
}

#[test]
fn a_selection_is_a_list_or_a_filter_with_exceptions() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 40);
    let some = fleet.sims(fleet.meridian, "id <= 5");
    let operation = fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), Selection::Sims(some));
    assert_ended(&operation, Outcome::Succeeded, 5, 0);
    let filter = SimFilter { states: vec![SimState::Inventory], ..SimFilter::default() };
    let except = fleet.sims(fleet.meridian, "id > 30");
    let rest = Selection::Matching { filter, except };
    let operation = fleet.do_it(fleet.meridian, transfer_to(fleet.depot), rest.clone());
    assert_ended(&operation, Outcome::Succeeded, 25, 0);
    let frozen =
        operations::selection(&mut fleet.conn(), &fleet.at(fleet.meridian), operation.summary.number);
    assert_eq!(frozen.unwrap(), rest);
    assert_eq!(fleet.count(fleet.meridian, "id > 30"), 10);
}

#[test]
fn a_subaccount_gives_back_to_its_parent() {
    let fleet = Fleet::new();
    fleet.load(fleet.clienticity, 12);
    let operation = fleet.do_it(fleet.clienticity, transfer_to(fleet.meridian), everything());
    assert_ended(&operation, Outcome::Succeeded, 12, 0);
    assert_eq!(fleet.count(fleet.meridian, "true"), 12);
}

#[test]
fn name_and_labels_are_dropped_unless_they_are_kept() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 20);
    let (here, there) = (fleet.id(fleet.meridian), fleet.id(fleet.clienticity));
    fleet.run(&format!("INSERT INTO labels (company_id, name) VALUES ({here}, 'Pilot'), ({here}, 'North'), ({there}, 'pilot')"));
    fleet.run(&format!(
        "UPDATE sims SET name = 'Meter ' || id, \
         label_ids = ARRAY(SELECT id FROM labels WHERE company_id = {here} ORDER BY id)"
    ));
    let half = |condition| Selection::Sims(fleet.sims(fleet.meridian, condition));
    let (first, second) = (half("id <= 10"), half("id > 10"));
    fleet.do_it(fleet.meridian, transfer_to(fleet.clienticity), first);
    assert_eq!(fleet.count(fleet.clienticity, "name IS NULL AND label_ids = '{}'"), 10);
    let keeping = Act::Transfer { target: fleet.clienticity, keep_labels: true };
    fleet.do_it(fleet.meridian, keeping, second);
    assert_eq!(fleet.count(fleet.clienticity, "name LIKE 'Meter %'"), 10);
    let labels = "SELECT string_agg(l.name, ',' ORDER BY l.name) FROM sims s JOIN labels l ON l.id = ANY(s.label_ids) \
         AND l.company_id = s.company_id WHERE s.id = 15";
    assert_eq!(fleet.ask(labels), "North,pilot");
    assert_eq!(fleet.ask(&format!("SELECT count(*) FROM labels WHERE company_id = {there}")), "2");
}

#[test]
fn sims_whose_labels_find_no_room_stay_and_say_so() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 6);
    let (here, there) = (fleet.id(fleet.meridian), fleet.id(fleet.clienticity));
    fleet.run(&format!(
        "INSERT INTO labels (company_id, name) VALUES ({here}, 'a'), ({here}, 'b'), ({here}, 'Known')"
    ));
    fleet.run(&format!(
        "INSERT INTO labels (company_id, name) SELECT {there}, 'L' || generate_series(1, 998) UNION ALL SELECT {there}, 'known'"
    ));
    fleet.run(&format!(
        "UPDATE sims SET label_ids = ARRAY(SELECT l.id FROM labels l WHERE l.company_id = {here} \
             AND (l.name, sims.id % 3) IN (('a', 0), ('b', 1), ('Known', 0), ('Known', 2)) ORDER BY l.id)"
    ));
    let keeping = || Act::Transfer { target: fleet.clienticity, keep_labels: true };
    let may_lack_labels = |act| {
        let new = NewOperation::new(act, everything());
        operations::preview(&mut fleet.conn(), &fleet.at(fleet.meridian), &new).unwrap().may_lack_labels
    };
    assert!(may_lack_labels(keeping()) && !may_lack_labels(transfer_to(fleet.clienticity)));
    let operation = fleet.do_it(fleet.meridian, keeping(), everything());
    assert_ended(&operation, Outcome::PartlyFailed, 4, 2);
    assert_eq!(fleet.count(fleet.meridian, "id % 3 = 1"), 2, "a found the last room, b none");
    assert_eq!(
        fleet.count(fleet.clienticity, "cardinality(label_ids) = CASE id % 3 WHEN 0 THEN 2 ELSE 1 END"),
        4
    );
    let groups =
        operations::failures_by_code(&mut fleet.conn(), &fleet.at(fleet.meridian), operation.summary.number)
            .unwrap();
    assert_eq!(groups[0].sentence, "Clienticity has no room for one of its labels: it was not moved.");
    fleet.run(&format!("DELETE FROM labels WHERE company_id = {there} AND name = 'L1'"));
    assert!(!may_lack_labels(keeping()), "a is there by now");
    assert_ended(&fleet.do_it(fleet.meridian, keeping(), everything()), Outcome::Succeeded, 2, 0);
    assert_eq!(fleet.ask(&format!("SELECT count(*) FROM labels WHERE company_id = {there}")), "1000");
}

#[test]
fn the_target_sees_what_arrived_and_no_more() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 30);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id <= 4");
    let number = fleet.transfer_all().summary.number;
    let seen = fleet.find(fleet.clienticity, number);
    assert_eq!(seen.summary.counters, ended(26, 0, 0));
    assert!(!seen.summary.is_own);
    assert_eq!((seen.summary.company.as_str(), seen.summary.launched_by.as_str()), ("Meridian", "ada"));
    let scope = fleet.at(fleet.clienticity);
    let conn = &mut *fleet.conn();
    assert!(matches!(operations::selection(conn, &scope, number), Err(Error::NotFound)));
    let page = operations::tasks(conn, &scope, number, &TaskFilter::default(), None, 20).unwrap();
    assert_eq!((page.rows.len(), page.has_more), (20, true));
    let next =
        operations::tasks(conn, &scope, number, &TaskFilter::default(), Some(page.rows[19].position), 20);
    assert_eq!(next.unwrap().rows.len(), 6);
    assert!(operations::failures_by_code(conn, &scope, number).unwrap().is_empty());
    let all = operations::tasks(conn, &fleet.at(fleet.meridian), number, &TaskFilter::default(), None, 50);
    assert_eq!(all.unwrap().rows.len(), 30);
}

#[test]
fn an_operation_of_twenty_thousand_sims_ends_exactly() {
    let fleet = Fleet { settings: operations::worker::Settings::default(), ..Fleet::new() };
    fleet.load(fleet.meridian, 20_000);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id % 1000 = 0");
    let operation = fleet.transfer_all();
    assert_ended(&operation, Outcome::PartlyFailed, 19_980, 20);
    assert_eq!(fleet.count(fleet.clienticity, "true"), 19_980);
    let positions = "SELECT count(DISTINCT position) || '-' || max(position) FROM tasks";
    assert_eq!(fleet.ask(positions), "20000-20000");
}

#[test]
fn a_step_asks_again_what_the_making_of_tasks_has_asked() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 9);
    // Nothing is run before this test has changed what the tasks were made from.
    fleet.run("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.not_before := ''infinity''; RETURN NEW; END'");
    fleet.run("CREATE TRIGGER hold BEFORE INSERT ON steps FOR EACH ROW EXECUTE FUNCTION hold()");
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    operations::worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
    assert_eq!(fleet.find(fleet.meridian, number).summary.counters.pending, 9);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id <= 2");
    fleet.run(&format!("UPDATE sims SET company_id = {} WHERE id = 3", fleet.id(fleet.depot)));
    let active = |offer| format!("UPDATE sims SET state = 'active', offer_id = {offer} WHERE id IN");
    fleet.run(&format!("{} (4, 5)", active(fleet.global)));
    fleet.run(&format!("{} (6)", active(fleet.cards)));
    fleet.run("UPDATE steps SET not_before = now()");
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, number), Outcome::PartlyFailed, 5, 4);
    let codes = "SELECT string_agg(code::text, ' ' ORDER BY position) FROM tasks";
    assert_eq!(fleet.ask(codes), "wrong_state wrong_state not_found offer_not_assigned");
    let images = "SELECT string_agg(before_state || coalesce('/' || before_offer_id, ''), ' ' ORDER BY position) FROM tasks \
         WHERE state = 'success'";
    let global = fleet.global;
    assert_eq!(fleet.ask(images), format!("active/{global} active/{global} inventory inventory inventory"));
}
