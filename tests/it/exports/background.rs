//! Long exports: made by workers, which may die, and kept for a while.

use std::process::Stdio;

use fleet::exports::maker::{self, Pace};
use fleet::operations::worker::Stop;
use fleet::sims::SimState;
use fleet::testing;
use reqwest::StatusCode;

use super::{all, ask, csv_rows, defer, download, make_waiting, xlsx_rows};
use crate::cli::simyard;
use crate::cluster::eventually;
use crate::operation_screens::fixture::World;
use crate::sim_lists::sql;
use crate::support::{Client, Process};

const MANY: i32 = 250_000;
/// More than the program takes for a few hundred SIMs, and far less than these take.
const MEMORY_KB: u64 = 150_000;

/// Starts the program that carries operations out and makes exports.
fn work(world: &World) -> Process {
    let mut command = simyard(&["work"]);
    command.env("DATABASE_URL", &world.app.db.url).stdout(Stdio::null());
    Process::start(command)
}

/// Ada in a browser of her own: while a test waits for a process, connections that she has are closed.
async fn ada(world: &World) -> Client {
    world.app.sign_in("ada@meridian.example").await
}

/// Many SIMs of Meridian, and an export of all of them, which waits.
async fn waiting(format: &str) -> (World, String) {
    let world = World::new().await;
    world.sims(MANY, SimState::Inventory);
    let answer = ada(&world).await.post("/exports", &all("", format)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_eq!(answer.header("hx-redirect"), "", "nothing to download yet");
    let uid = ask(&world, "SELECT uid FROM exports");
    (world, format!("/exports/{uid}/file"))
}

fn state(world: &World) -> String {
    ask(world, "SELECT state FROM exports")
}

/// Whether these are all SIMs, each once, in order.
fn assert_whole(world: &World, rows: &[Vec<String>]) {
    assert_eq!(rows.len(), 1 + usize::try_from(MANY).unwrap());
    let digest = "SELECT md5(string_agg(iccid || imsi, '' ORDER BY iccid)) FROM sims";
    let digits = |row: &Vec<String>| format!("{}{}", row[0], row[5]);
    let written: String = rows[1..].iter().map(digits).collect();
    let mut conn = world.app.db.connect();
    let of_file = diesel::RunQueryDsl::get_result::<Digest>(
        diesel::sql_query("SELECT md5($1) AS digest").bind::<diesel::sql_types::Text, _>(written),
        &mut conn,
    );
    assert_eq!(of_file.unwrap().digest, ask(world, digest));
}

#[derive(diesel::QueryableByName)]
struct Digest {
    #[diesel(sql_type = diesel::sql_types::Text)]
    digest: String,
}

#[actix_web::test]
async fn a_quarter_of_a_million_is_made_in_little_memory() {
    let (world, file) = waiting("csv").await;
    let working = work(&world);
    eventually("see it made", || (state(&world) == "ready").then_some(()));
    let memory = working.peak_memory();
    println!("a CSV of {MANY} SIMs took at most {memory} kB");
    assert!(memory < MEMORY_KB, "{memory} kB");
    assert_whole(&world, &csv_rows(&download(&ada(&world).await, &file).await));
    let message = ask(&world, "SELECT sentence FROM messages");
    assert!(message.starts_with("Export of 250,000 SIMs is ready: CSV, until "), "{message}");
    assert_eq!(ask(&world, "SELECT rows FROM exports"), MANY.to_string());
    drop(working);
}

#[actix_web::test]
async fn a_maker_that_is_killed_leaves_nothing_and_another_one_begins_anew() {
    let (world, file) = waiting("xlsx").await;
    let killed = work(&world);
    eventually("see some of it made", || {
        (ask(&world, "SELECT rows > 0 AND state = 'pending' FROM exports") == "true").then_some(())
    });
    drop(killed);
    assert_eq!(state(&world), "pending", "killed in the middle");
    assert_eq!(ask(&world, "SELECT count(*) FROM export_chunks"), "0");
    assert_eq!(make_waiting(&world.app.db).await, 0, "it is leased to the dead one");
    sql(&world, "UPDATE exports SET leased_until = now() - interval '1 second'");
    let working = work(&world);
    eventually("see it made", || (state(&world) == "ready").then_some(()));
    println!("a workbook of {MANY} SIMs took at most {} kB", working.peak_memory());
    assert!(working.peak_memory() < MEMORY_KB, "{} kB", working.peak_memory());
    assert_eq!(ask(&world, "SELECT attempts FROM exports"), "2");
    assert_eq!(ask(&world, "SELECT count(*) FROM messages"), "1", "told once");
    assert_whole(&world, &xlsx_rows(&download(&ada(&world).await, &file).await));
}

#[actix_web::test]
async fn one_that_is_removed_is_not_made_and_one_of_a_former_member_fails() {
    let world = World::new().await;
    world.sims(3, SimState::Inventory);
    let file = super::asked(&world.ada, &all("", "csv")).await;
    let second = super::asked(&world.ada, &all("", "csv")).await;
    defer(&world);
    let removal = file.replace("/file", "/removal");
    let empty: [(&str, &str); 0] = [];
    assert_eq!(world.ada.post(&removal, &empty).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ada.post(&removal, &empty).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    sql(&world, &format!("UPDATE memberships SET role = 'viewer' WHERE company_id = {}", world.meridian));
    assert_eq!(make_waiting(&world.app.db).await, 0);
    sql(&world, &format!("UPDATE memberships SET role = 'operator' WHERE company_id = {}", world.meridian));
    let failed = world.ada.get(&second).await;
    assert!(failed.body.contains("may not export SIMs of this company any more"), "{}", failed.body);
    assert_eq!(ask(&world, "SELECT string_agg(state::text, ' ' ORDER BY id) FROM exports"), "removed failed");
    assert_eq!(ask(&world, "SELECT count(*) FROM export_chunks"), "0");
}

#[actix_web::test]
async fn a_maker_that_is_told_to_stop_gives_its_export_back() {
    let world = World::new().await;
    world.sims(3, SimState::Inventory);
    super::asked(&world.ada, &all("", "csv")).await;
    defer(&world);
    // An export that errs is put off, and given up in the end.
    sql(&world, "ALTER TABLE export_chunks ADD CONSTRAINT no_disk CHECK (false)");
    for attempt in 1..=4 {
        assert_eq!(make_waiting(&world.app.db).await, 0);
        assert_eq!(ask(&world, "SELECT state || '-' || attempts FROM exports"), format!("pending-{attempt}"));
        assert_eq!(ask(&world, "SELECT leased_until > now() FROM exports"), "true", "left alone for a while");
        sql(&world, "UPDATE exports SET leased_until = now() - interval '1 second'");
    }
    assert_eq!(make_waiting(&world.app.db).await, 0);
    assert_eq!(state(&world), "failed");
    let message = ask(&world, "SELECT sentence FROM messages");
    assert_eq!(
        message,
        "Export of 3 SIMs failed: The portal could not make the file. Ask for it again later."
    );

    let stop = Stop::new();
    stop.stop();
    assert_eq!(maker::make_waiting(&world.app.db.pool, &Pace::default(), &stop).unwrap(), 0);
}

#[actix_web::test]
async fn turns_go_round_by_company() {
    let world = World::new().await;
    world.sims(1, SimState::Inventory);
    for _ in 0..3 {
        super::asked(&world.ada, &all("", "csv")).await;
    }
    let sam = world.stranger().await;
    let stranger = "(SELECT id FROM companies WHERE name = 'Stranger')";
    let id: i64 = ask(&world, &format!("SELECT {stranger}")).parse().unwrap();
    world.app.db.run(|conn| testing::sims(conn, fleet::ids::CompanyId(id), 1, SimState::Inventory, None));
    super::asked(&sam, &all("", "csv")).await;
    defer(&world);
    assert_eq!(make_waiting(&world.app.db).await, 4);
    let order = "SELECT string_agg((company_id = OWN)::text, ' ' ORDER BY made_at) FROM exports";
    let order = order.replace("OWN", &world.meridian.to_string());
    assert_eq!(ask(&world, &order), "true false true true");
}
