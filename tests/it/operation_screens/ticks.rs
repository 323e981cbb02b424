//! More SIMs chosen one by one than a dialog carries along.

use fleet::ids::SimId;
use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use super::fixture::{Form, World, launched, list, matching, preview};
use crate::support::Page;

/// The hidden fields that a dialog goes on with, except those that are named.
fn carried(dialog: &Page, except: &[&str]) -> Form {
    const NAMES: [&str; 5] = ["kind", "selection", "filter", "list", "view"];
    let fields = NAMES.iter().filter(|name| !except.contains(name));
    let field = |name: &&'static str| {
        let value = dialog.attribute(&format!("form > input[name={name}]"), "value")?;
        Some((*name, value))
    };
    fields.filter_map(field).collect()
}

#[actix_web::test]
async fn many_ticks_go_on_as_a_list_and_those_of_others_are_none() {
    let world = World::new().await;
    let sims = world.sims(1_500, SimState::Inventory);
    let foreign =
        world.app.db.run(|conn| testing::sims(conn, world.clienticity, 200, SimState::Inventory, None));
    world.sims(1, SimState::Inventory);
    let ticked = [&sims[..], &foreign].concat();

    let dialog = world.ada.post("/operations/drafts", &list("transfer", &ticked)).await;
    assert_eq!(dialog.texts("h2"), ["Transfer 1,500 SIMs from Meridian IoT"]);
    assert!(dialog.attribute("input[name=sim]", "value").is_none(), "the dialog names no SIM");
    let mut form = carried(&dialog, &[]);
    assert!(form.contains(&("selection", "kept".to_owned())), "{form:?}");
    let stranger = world.stranger().await;
    let theirs = stranger.post("/operations/preview", &form).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND, "a list is its company's own");

    form.push(("target", world.clienticity_uid.to_string()));
    let chosen = world.ada.post("/operations/preview", &form).await;
    assert_eq!(preview(&chosen), "1,500 will move.");
    let number = launched(&world.ada.post("/operations", &form).await);
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("list “Chosen one by one” of 1,500 SIMs"), "{}", page.body);
    world.work().await;
    assert_eq!((world.owned(world.meridian), world.owned(world.clienticity)), (1, 1_700));

    let viewer = world.person("vera@meridian.example", Role::Viewer).await;
    let refused = viewer.post("/operations/drafts", &list("transfer", &ticked)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn many_sims_are_named_to_an_export_and_many_are_left_out_of_all_that_match() {
    let world = World::new().await;
    let sims = world.sims(1_502, SimState::Inventory);
    let export = world.ada.post("/exports/drafts", &list("export", &sims[..1_500])).await;
    assert!(export.texts(".modal-body strong").contains(&"1,500 SIMs".to_owned()), "{}", export.body);
    let mut form = carried(&export, &["kind"]);
    form.push(("format", "csv".to_owned()));
    let asked = world.ada.post("/exports", &form).await;
    assert_eq!(asked.status, StatusCode::NO_CONTENT, "{}", asked.body);
    assert_eq!(world.number("SELECT expected::bigint AS number FROM exports"), 1_500);
    let stranger = world.stranger().await;
    assert_eq!(stranger.post("/exports", &form).await.status, StatusCode::NOT_FOUND);

    let mut form = matching("transfer", "state=inventory");
    form.extend(sims[..1_500].iter().map(|sim| ("except", sim.to_string())));
    let dialog = world.ada.post("/operations/drafts", &form).await;
    assert_eq!(dialog.texts("h2"), ["Transfer 2 SIMs from Meridian IoT"]);
    form.push(("target", world.clienticity_uid.to_string()));
    launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    assert_eq!(world.owned(world.clienticity), 2);
}

#[actix_web::test]
async fn more_ticks_than_an_operation_takes_are_refused_with_the_number() {
    let world = World::new().await;
    let none: Vec<_> = (1..=100_001).map(SimId).collect();
    let refused = world.ada.post("/operations/drafts", &list("transfer", &none)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.body.contains("At most 100,000 SIMs can be ticked one by one."), "{}", refused.body);
}
