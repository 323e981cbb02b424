//! Who may export, who gets whose files, how many, and what is recorded of it.

use std::collections::BTreeSet;

use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;
use futures_util::future::join_all;
use reqwest::StatusCode;

use super::{all, ask, asked, csv_rows, defer, download, make_waiting};
use crate::operation_screens::fixture::World;
use crate::sim_lists::sql;

async fn world() -> World {
    let world = World::new().await;
    world.sims(3, SimState::Inventory);
    world
}

#[actix_web::test]
async fn a_viewer_cannot_export() {
    let world = world().await;
    let vera = world.person("vera@meridian.example", Role::Viewer).await;
    assert_eq!(vera.post("/exports", &all("", "csv")).await.status, StatusCode::FORBIDDEN);
    let grid = vera.get("/fleet").await;
    assert!(grid.texts("#open-export").is_empty());
    let reason = grid.attribute("button[value=export]", "title");
    assert_eq!(reason.as_deref(), Some("Your role here, Viewer, does not allow this."));
}

#[actix_web::test]
async fn what_is_being_exported_is_told_in_its_number() {
    let world = World::new().await;
    for (sims, words) in [(1, "1 SIM is being exported"), (1, "2 SIMs are being exported")] {
        world.sims(sims, SimState::Inventory);
        let answer = world.ada.post("/exports", &all("", "csv")).await;
        assert!(answer.header("hx-trigger").contains(words), "{}", answer.header("hx-trigger"));
    }
}

#[actix_web::test]
async fn a_file_that_is_kept_is_for_who_asked_and_for_administrators() {
    let world = world().await;
    let olaf = world.person("olaf@meridian.example", Role::Operator).await;
    let otto = world.person("otto@meridian.example", Role::Operator).await;
    let file = asked(&olaf, &all("", "csv")).await;
    let get = async |client: &crate::support::Client| client.get(&file).await.status;
    // A short one is made for who asked alone.
    assert_eq!(get(&world.ada).await, StatusCode::NOT_FOUND);
    defer(&world);
    let waiting = olaf.get(&file).await;
    assert_eq!(waiting.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(waiting.body.contains("still being made"), "{}", waiting.body);
    assert_eq!(make_waiting(&world.app.db).await, 1);

    let rows = csv_rows(&download(&olaf, &file).await);
    assert_eq!(rows.len(), 4);
    assert_eq!(csv_rows(&download(&world.ada, &file).await), rows);
    assert_eq!(get(&otto).await, StatusCode::NOT_FOUND);
    assert_eq!(get(&world.stranger().await).await, StatusCode::NOT_FOUND);
    let removal = file.replace("/file", "/removal");
    let empty: [(&str, &str); 0] = [];
    assert_eq!(otto.post(&removal, &empty).await.status, StatusCode::NOT_FOUND);

    // The membership is what counts, at every download.
    let role = |role: &str| {
        sql(
            &world,
            &format!(
                "UPDATE memberships SET role = '{role}' WHERE user_id = (SELECT id FROM users WHERE name = 'olaf')"
            ),
        );
    };
    role("viewer");
    assert_eq!(get(&olaf).await, StatusCode::FORBIDDEN);
    role("operator");
    assert_eq!(get(&olaf).await, StatusCode::OK);
    sql(&world, "DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE name = 'olaf')");
    assert_eq!(get(&olaf).await, StatusCode::NOT_FOUND);

    assert_eq!(world.ada.post(&removal, &empty).await.status, StatusCode::NO_CONTENT);
    let gone = world.ada.get(&file).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(gone.body.contains("not kept any more"), "{}", gone.body);
    assert_eq!(ask(&world, "SELECT count(*) FROM export_chunks"), "0");
}

#[actix_web::test]
async fn one_who_asks_a_thousand_times_is_told() {
    let world = world().await;
    let form = all("", "csv");
    let answers = join_all((0..1_000).map(|_| world.ada.post("/exports", &form))).await;
    let busy = answers.iter().filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE).count();
    let taken = answers.iter().filter(|answer| answer.status == StatusCode::NO_CONTENT).count();
    let refused: Vec<_> =
        answers.iter().filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY).collect();
    // On a machine that is busy with other things, some may have waited in vain.
    let statuses: BTreeSet<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!((taken, refused.len() + busy), (5, 995), "{statuses:?}");
    assert!(
        refused[0].body.contains("You have 5 exports that are being made or kept."),
        "{}",
        refused[0].body
    );
    // Others can go on, and so can Ada once one of hers is done.
    let olaf = world.person("olaf@meridian.example", Role::Operator).await;
    asked(&olaf, &form).await;
    let first = answers.iter().find(|answer| answer.status == StatusCode::NO_CONTENT).unwrap();
    download(&world.ada, first.header("hx-redirect")).await;
    asked(&world.ada, &form).await;
}

#[actix_web::test]
async fn the_record_says_who_exported_what_and_who_downloaded_it() {
    let world = world().await;
    let olaf = world.person("olaf@meridian.example", Role::Operator).await;
    let file = asked(&olaf, &all("state=inventory&type=plug_in", "xlsx")).await;
    download(&olaf, &file).await;
    download(&olaf, &file).await;
    asked(&world.ada, &all("", "csv")).await;

    let own = olaf.get("/exports").await;
    assert_eq!(own.texts("tbody tr").len(), 1);
    let record = world.ada.get("/administration/exports").await;
    let cells = record.texts("tbody td");
    assert_eq!(record.texts("tbody tr").len(), 2);
    assert_eq!(cells[..5], ["ada", "All SIMs of the company", "0 of 3", "CSV, 14 columns", "Not fetched"]);
    assert_eq!(cells[7..10], ["olaf", "state Inventory, type Plug-in card", "3"]);
    assert!(cells[10].starts_with("Excel, 14 columns"), "{cells:?}");
    assert!(cells[12].ends_with("by olaf, 2 times"), "{cells:?}");
    assert_eq!(olaf.get("/administration/exports").await.status, StatusCode::FORBIDDEN);
    assert!(world.stranger().await.get("/exports").await.texts("tbody tr").is_empty());
}

#[actix_web::test]
async fn the_record_goes_by_pages() {
    let world = world().await;
    asked(&world.ada, &all("", "csv")).await;
    sql(
        &world,
        "INSERT INTO exports (uid, company_id, asked_by, selection, selection_words, shown_columns, format, expected, \
             in_background, state, expires_at) \
         SELECT gen_random_uuid(), company_id, asked_by, selection, 'SIMs ' || n, 'iccid', 'csv', 1, true, 'removed', now() \
         FROM exports, generate_series(1, 120) AS n",
    );
    let words = |page: &crate::support::Page| page.texts("tbody tr td:nth-of-type(1)");
    let mut page = world.ada.get("/exports").await;
    let mut seen = words(&page);
    while let Some(next) = page.attribute("a[rel=next]", "href") {
        page = world.ada.get(&next).await;
        seen.extend(words(&page));
    }
    let mut expected: Vec<String> = (1..=120).rev().map(|n| format!("SIMs {n}")).collect();
    expected.push("All SIMs of the company".to_owned());
    assert_eq!(seen, expected);
    let back = page.attribute("a[rel=prev]", "href").expect("a page before the last one");
    assert_eq!(words(&world.ada.get(&back).await), expected[50..100]);
}

#[actix_web::test]
async fn files_go_after_a_week_and_records_after_a_year() {
    let world = world().await;
    let file = asked(&world.ada, &all("", "csv")).await;
    defer(&world);
    make_waiting(&world.app.db).await;
    let purge = || world.app.db.run(fleet::exports::purge);
    assert_eq!(purge(), 0);
    sql(&world, "UPDATE exports SET expires_at = expires_at - interval '7 days 1 minute'");
    assert_eq!(world.ada.get(&file).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(purge(), 1);
    assert_eq!(
        ask(&world, "SELECT state || '-' || (SELECT count(*) FROM export_chunks) FROM exports"),
        "removed-0"
    );
    sql(&world, "UPDATE exports SET asked_at = asked_at - interval '1 year 1 day'");
    assert_eq!(purge(), 1);
    assert_eq!(ask(&world, "SELECT count(*) FROM exports"), "0");
}

#[actix_web::test]
async fn a_suspended_company_takes_its_data_out() {
    let world = world().await;
    world.app.db.run(|conn| testing::suspend(conn, world.meridian));
    let file = asked(&world.ada, &all("", "csv")).await;
    assert_eq!(csv_rows(&download(&world.ada, &file).await).len(), 4);
}
