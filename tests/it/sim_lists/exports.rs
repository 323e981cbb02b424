//! What came of an operation, as CSV.

use fleet::sims::SimState;
use fleet::tenancy::{Permission, Role};
use reqwest::StatusCode;

use super::{column, iccids, lines, listed, shown, shown_at, sql, uid, upload};
use crate::operation_screens::fixture::{World, launched, matching};

#[actix_web::test]
async fn the_failures_are_a_file_that_the_portal_takes_back() {
    let world = World::new().await;
    let free = world.sims(2, SimState::Inventory);
    let active = world.sims(2, SimState::Active);
    let retired = world.sims(1, SimState::Retired);
    sql(&world, &format!("UPDATE sims SET msisdn = '491701234567' WHERE id = {}", active[1]));
    let number = launched(&world.launch_transfer_of_all().await);
    let address = format!("/operations/{number}");
    let page = world.ada.get(&address).await;
    assert!(!page.body.contains("(CSV)"), "nothing to download yet");
    world.work().await;
    let page = world.ada.get(&address).await;
    let files = page.attributes("a[download]", "href");
    assert_eq!(files, [format!("{address}/failures.csv"), format!("{address}/results.csv")]);

    let failures = world.ada.get(&files[0]).await;
    assert_eq!(
        failures.header("content-disposition"),
        format!("attachment; filename=\"operation-{number}-failures.csv\"")
    );
    let of = |name: &str, sim| column(&world, name, sim);
    let sentence = "\"It is in service on Global, which Clienticity does not have.\"";
    let remedy = "\"Assign the offer to Clienticity, then transfer these SIMs again.\"";
    let expected = [
        "iccid,imsi,msisdn,state,code,sentence,remedy".to_owned(),
        format!(
            "{},{},,failure,wrong_state,It was Retired: a Retired SIM cannot be moved.,",
            of("iccid", retired[0]),
            of("imsi", retired[0])
        ),
        format!(
            "{},{},,failure,offer_not_assigned,{sentence},{remedy}",
            of("iccid", active[0]),
            of("imsi", active[0])
        ),
        format!(
            "{},{},491701234567,failure,offer_not_assigned,{sentence},{remedy}",
            of("iccid", active[1]),
            of("imsi", active[1])
        ),
    ];
    assert_eq!(failures.body.lines().collect::<Vec<_>>(), expected);

    let results = lines(&world.ada, &files[1]).await;
    assert_eq!(results.len(), 6);
    assert!(
        results[1].starts_with(&of("iccid", free[0])) && results[1].ends_with(",success,,,"),
        "{results:?}"
    );

    let list = shown_at(&upload(&world.ada, "/sim-lists", "failures.csv", failures.body.as_bytes()).await);
    let failed: Vec<_> = active.iter().chain(&retired).copied().collect();
    assert_eq!(shown(&world.ada, &list).await, iccids(&world, &failed));
}

#[actix_web::test]
async fn a_company_gets_the_results_of_its_own_sims_alone() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Inventory);
    let retired = world.sims(1, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    world.app.db.member("nora@clienticity.example", world.clienticity, Role::Operator);
    let nora = world.app.sign_in("nora@clienticity.example").await;
    let results = lines(&nora, &format!("/operations/{number}/results.csv")).await;
    assert_eq!(results.len(), 1 + sims.len());
    assert!(!results.concat().contains(&column(&world, "iccid", retired[0])));
    assert_eq!(lines(&nora, &format!("/operations/{number}/failures.csv")).await.len(), 1);
    let stranger = world.stranger().await;
    for file in ["results", "failures"] {
        let answer = stranger.get(&format!("/operations/{number}/{file}.csv")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[actix_web::test]
async fn who_may_not_export_takes_no_sims_out_by_another_way() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    world.sims(1, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    let few = [Permission::FleetView, Permission::SimsManage].into_iter().collect();
    world.app.db.member_with("vera@clienticity.example", world.clienticity, few);
    let vera = world.app.sign_in("vera@clienticity.example").await;
    let operation = format!("/operations/{number}");
    let list = format!("/sim-lists/{}", uid(&listed(&vera, &column(&world, "iccid", sims[0])).await));
    for (page, files) in [(operation, &["results.csv", "failures.csv"][..]), (list, &["sims.csv"][..])] {
        let shown = vera.fragment(&page).await;
        assert_eq!(shown.status, StatusCode::OK);
        for file in files {
            let path = format!("{page}/{file}");
            assert!(!shown.body.contains(&path), "no button leads to {path}");
            assert_eq!(vera.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let mut form = matching("suspend", "");
    let preview = vera.post("/operations/preview", &form).await;
    assert_eq!(preview.attributes("button[name=group]", "value").len(), 1, "{}", preview.body);
    assert!(preview.attributes("button[name=csv]", "value").is_empty(), "{}", preview.body);
    form.push(("csv", "change".to_owned()));
    assert_eq!(vera.post("/operations/preview/lists", &form).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn a_large_file_comes_in_pieces_and_complete() {
    let world = World::new().await;
    world.sims(7_000, SimState::Inventory);
    world.sims(5_000, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    for (file, expected) in [("results", 12_000), ("failures", 5_000)] {
        let lines = lines(&world.ada, &format!("/operations/{number}/{file}.csv")).await;
        assert_eq!(lines.len(), 1 + expected, "{file}");
        assert!(lines.is_sorted_by(|a, b| a < b || a.starts_with("iccid")), "{file}: each once, in order");
    }
}

#[actix_web::test]
async fn what_a_network_says_is_no_formula() {
    let world = World::new().await;
    world.sims(1, SimState::Retired);
    world.sims(1, SimState::Inventory);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    sql(&world, "UPDATE sims SET msisdn = '=HYPERLINK(\"x\")' WHERE state = 'retired'");
    sql(
        &world,
        &format!(
            "UPDATE tasks SET code = 'network_rejected', network_message = E'no,\\r\\n=1+1;@A1' WHERE code IS NOT NULL AND operation_id = {number}"
        ),
    );
    let results = lines(&world.ada, &format!("/operations/{number}/results.csv")).await;
    assert_eq!(results.len(), 3, "one line for each SIM: {results:?}");
    assert!(results[1].contains("\"'=HYPERLINK(\"\"x\"\")\""), "{results:?}");
    assert!(results[1].contains("\"The network refused: no,  '=1+1;'@A1\""), "{results:?}");
}
