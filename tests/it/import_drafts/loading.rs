//! From a draft to SIMs, by an operation.

use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use fleet::network::{Network, Simulated};
use fleet::operations::worker::{self, Settings};
use reqwest::StatusCode;

use super::{HEADER, counts, drafted, file, iccid, launched, lines, page, problems};
use crate::operation_screens::fixture::World;

const NOTHING_SAID: &[(&str, &str)] = &[];

#[actix_web::test]
async fn an_import_is_an_operation_that_ends_with_sims_in_inventory() {
    let world = World::new().await;
    let draft = drafted(&world.ada, &file(1..=12)).await;
    let number = launched(&world.ada, &draft, NOTHING_SAID).await;
    assert_eq!(launched(&world.ada, &draft, NOTHING_SAID).await, number, "sent twice, launched once");
    let waiting = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&waiting["state"], &waiting["counters"]["pending"]), (&"in_progress".into(), &12.into()));
    world.work().await;
    let done = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!(
        (&done["kind"], &done["outcome"], &done["total"]),
        (&"import".into(), &"succeeded".into(), &12.into())
    );
    assert_eq!(world.owned(world.meridian), 12);
    let loaded =
        "SELECT count(*) AS number FROM sims WHERE state = 'inventory' AND cardinality(label_ids) = 1";
    assert_eq!(world.number(loaded), 8);
    let shown = page(&world.ada, &format!("/operations/{number}")).await;
    assert!(
        shown.body.contains("file “batch.csv”") && shown.body.contains("Import of 12 SIMs"),
        "{}",
        shown.body
    );
    assert_eq!(shown.attributes("a[href^='/imports/']", "href"), [draft.as_str()]);
    let listed = page(&world.ada, "/operations").await.texts("tbody tr").concat();
    assert!(listed.contains("Import") && listed.contains("Succeeded"), "{listed}");
    let sim = page(&world.ada, &format!("/sims/{}", iccid(7))).await;
    assert!(
        sim.texts(".timeline-entry").concat().contains(&format!("Import, operation #{number}")),
        "{}",
        sim.body
    );
    let told = "SELECT count(*) AS number FROM messages WHERE sentence = 'Import of 12 SIMs: succeeded'";
    assert_eq!(world.number(told), 1);
    assert!(page(&world.ada, &draft).await.body.contains(&format!("operation #{number}")));
}

#[actix_web::test]
async fn a_file_with_problems_is_loaded_whole_or_not_at_all_unless_somebody_leaves_them_out() {
    let world = World::new().await;
    let text = format!("{}8901260881205897721,310260123456789,,,,\n", file(1..=3));
    let draft = drafted(&world.ada, &text).await;
    let answer = world.ada.post(&format!("{draft}/operation"), NOTHING_SAID).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("1 of 4 rows have problems"), "{}", answer.body);
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 0);
    launched(&world.ada, &draft, &[("leave_out", "on")]).await;
    world.work().await;
    assert_eq!(world.owned(world.meridian), 3);
}

#[actix_web::test]
async fn what_has_come_into_a_fleet_meanwhile_fails_and_is_told() {
    let world = World::new().await;
    let sam = world.stranger().await;
    let mine = drafted(&world.ada, &file(1..=5)).await;
    let theirs = drafted(&sam, &format!("{HEADER}{}{},262010000000004,,,,\n", lines(2..=2), iccid(40))).await;
    launched(&sam, &theirs, NOTHING_SAID).await;
    world.work().await;
    let number = launched(&world.ada, &mine, NOTHING_SAID).await;
    world.work().await;
    let done = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!(done["outcome"], "partly_failed");
    assert_eq!((&done["counters"]["success"], &done["counters"]["failure"]), (&3.into(), &2.into()));
    let shown = page(&world.ada, &format!("/operations/{number}")).await;
    assert!(shown.body.contains("has come into a fleet since the file was checked"), "{}", shown.body);
    assert!(!shown.body.contains("Stranger"));
    assert_eq!(shown.attributes("a[href$='failures.csv']", "href").len(), 0);
    let found = page(&world.ada, &mine).await;
    assert_eq!(counts(&found), ("3".into(), "2".into()));
    let lines: Vec<_> = problems(&world.ada, &mine).await.iter().map(|line| line[..1].to_owned()).collect();
    assert_eq!(lines, ["3", "5"]);
}

#[actix_web::test]
async fn a_cancelled_import_keeps_what_it_has_loaded() {
    let world = World::new().await;
    let draft = drafted(&world.ada, &file(1..=12_000)).await;
    let number = launched(&world.ada, &draft, NOTHING_SAID).await;
    assert_eq!(world.number("SELECT count(*) AS number FROM steps"), 3);
    work_up_to(&world, 5_001).await;
    let dialog = world.ada.fragment(&format!("/operations/{number}/cancellation")).await;
    assert!(dialog.body.contains("What is loaded stays in Inventory"), "{}", dialog.body);
    world.ada.post(&format!("/operations/{number}/cancellation"), NOTHING_SAID).await;
    world.work().await;
    let done = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!(done["outcome"], "cancelled");
    let loaded = world.owned(world.meridian);
    assert_eq!(loaded, 4_998, "one step, of the lines below 5,000");
    assert_eq!((&done["counters"]["success"], &done["counters"]["pending"]), (&loaded.into(), &0.into()));
    assert_eq!(done["counters"]["cancelled"], 12_000 - loaded);
    assert_eq!(world.number("SELECT count(*) AS number FROM tasks"), loaded);
}

#[actix_web::test]
async fn a_step_that_broke_off_is_done_again_and_only_once() {
    let world = World::new().await;
    let draft = drafted(&world.ada, &file(1..=6_000)).await;
    let number = launched(&world.ada, &draft, NOTHING_SAID).await;
    work_up_to(&world, 6_001).await;
    let loaded = world.owned(world.meridian);
    let state = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&state["counters"]["success"], loaded), (&4_998.into(), 4_998));
    world.work().await;
    let done = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&done["outcome"], &done["counters"]["success"]), (&"succeeded".into(), &6_000.into()));
    assert_eq!(world.owned(world.meridian), 6_000);
    assert_eq!(world.number("SELECT count(*) AS number FROM tasks"), 6_000);
}

#[actix_web::test]
async fn rows_whose_label_was_renamed_since_the_launch_and_finds_no_room_are_left_and_told() {
    let world = World::new().await;
    let draft = drafted(&world.ada, &file(1..=3)).await;
    let number = launched(&world.ada, &draft, NOTHING_SAID).await;
    assert_eq!(world.number("SELECT count(*) AS number FROM labels"), 2, "the launch has made them");
    run_sql(&world, "UPDATE labels SET name = 'renamed ' || id");
    let nearly_full = format!(
        "INSERT INTO labels (company_id, name) SELECT {}, 'full ' || n FROM generate_series(3, 999) AS n",
        world.meridian
    );
    run_sql(&world, &nearly_full);
    world.work().await;
    let done = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!(done["outcome"], "partly_failed", "{done}");
    assert_eq!((&done["counters"]["success"], &done["counters"]["failure"]), (&2.into(), &1.into()));
    let labelled = "SELECT count(*) AS number FROM sims s JOIN labels l ON s.label_ids = ARRAY[l.id] \
         WHERE l.name NOT LIKE 'renamed %'";
    assert_eq!(world.number(labelled), 1, "one label found room, and the third SIM has none in the file");
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("The company has no room for its label any more."), "{}", page.body);
    let problems = super::problems(&world.ada, &draft).await;
    assert!(problems.len() == 1 && problems[0].contains("at most 1,000 labels"), "{problems:?}");
}

/// Lets a worker load up to a line, whose row then breaks off the step that it is in, as if the worker had died in it.
async fn work_up_to(world: &World, line: i32) {
    let sql = format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'died'; END $$; \
         CREATE TRIGGER fail BEFORE INSERT ON tasks FOR EACH ROW WHEN (NEW.position = {line}) EXECUTE FUNCTION fail()"
    );
    run_sql(world, &sql);
    let pool = world.app.db.pool.clone();
    let worked = tokio::task::spawn_blocking(move || {
        let network: Arc<dyn Network> = Arc::new(Simulated::new(pool.clone()));
        worker::run_until_idle(&pool, &network, &Settings::default())
    });
    worked.await.expect("the worker's thread").expect("a worker that goes on");
    assert_eq!(world.number("SELECT count(*) AS number FROM operation_faults"), 1, "the step has broken off");
    run_sql(world, "UPDATE operation_faults SET not_before = '-infinity'");
    run_sql(world, "DROP TRIGGER fail ON tasks");
}

fn run_sql(world: &World, sql: &str) {
    world.app.db.run(|conn| Ok(conn.batch_execute(sql)?));
}
