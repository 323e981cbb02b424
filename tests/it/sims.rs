//! The page of a SIM.

use std::sync::Arc;

use fleet::network::{Network, Simulated};
use fleet::operations::{self, Act, NewOperation, worker};
use fleet::sims::Selection;
use reqwest::StatusCode;

use crate::fleet::{World, world};

fn do_it(world: &World, act: Act) {
    let scope = world.app.db.scope(world.user, world.uid);
    let new = NewOperation::new(act, Selection::Sims(vec![world.inventory[0]]));
    world.app.db.run(|conn| operations::launch(conn, &scope, &new).map(drop));
    let network: Arc<dyn Network> = Arc::new(Simulated::new(world.app.db.pool.clone()));
    worker::run_until_idle(&world.app.db.pool, &network, &worker::Settings::default()).expect("the worker");
}

#[actix_web::test]
async fn the_page_shows_what_the_sim_is_and_what_was_done() {
    let world = world().await;
    let iccid = world.expected(&format!("id = {}", world.inventory[0]), "iccid").remove(0);
    let path = format!("/sims/{iccid}");
    let fresh = world.ada.get(&path).await;
    assert_eq!(fresh.status, StatusCode::OK, "{}", fresh.body);
    assert!(fresh.body.contains("No operation has touched this SIM"), "{}", fresh.body);
    assert_eq!(fresh.attribute("button[value=suspend]", "title").as_deref(), Some("The SIM is Inventory."));
    assert_eq!(fresh.attribute("button[value=activate]", "hx-post").as_deref(), Some("/operations/drafts"));
    assert_eq!(fresh.value_of("form input[name=sim]"), world.inventory[0].to_string());

    do_it(&world, Act::Activate { offer: world.offer });
    for _ in 0..10 {
        do_it(&world, Act::Suspend);
        do_it(&world, Act::Resume);
    }
    let page = world.ada.get(&path).await;
    let grouped: Vec<String> =
        iccid.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    assert!(page.texts("dd .identifier").contains(&grouped.join(" ")), "{}", page.body);
    assert_eq!(page.attribute("[data-copy]", "data-copy"), Some(iccid));
    let events = page.texts(".timeline-entry");
    assert_eq!(events.len(), 20);
    assert!(events[0].starts_with("Resume, operation #") && events[0].contains("by ada"), "{}", events[0]);
    assert!(
        events[0].contains("State: Suspended to→ Active")
            || events[0].contains("State: Suspended to → Active"),
        "{}",
        events[0]
    );
    let older = page.attribute("#older a", "href").expect("an older part");
    let rest = world.ada.fragment(&older).await;
    let events = rest.texts(".timeline-entry");
    assert_eq!(events.len(), 1, "{}", rest.body);
    assert!(
        events[0].contains("Offer: none to→ Global") || events[0].contains("Offer: none to → Global"),
        "{}",
        events[0]
    );
    assert!(!rest.body.contains("<html") && rest.attribute("#older a", "href").is_none());
}

#[actix_web::test]
async fn there_is_no_page_of_what_is_not_the_companys() {
    let world = world().await;
    let own = world.expected("true", "iccid").remove(0);
    for path in ["/sims/0", "/sims/x", "/sims/89882111", "/sims/%F0%9F%93%B6"] {
        assert_eq!(world.ada.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(world.ada.get(&format!("/sims/{own}?before=x")).await.status, StatusCode::BAD_REQUEST);
    world.sql(&format!("UPDATE sims SET company_id = {} WHERE iccid = '{own}'", world.stranger));
    assert_eq!(world.ada.get(&format!("/sims/{own}")).await.status, StatusCode::NOT_FOUND);
}
