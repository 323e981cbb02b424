//! The page of a SIM.

use std::sync::Arc;

use fleet::network::{Network, Simulated};
use fleet::operations::{self, Act, NewOperation, worker};
use fleet::sims::Selection;
use reqwest::StatusCode;

use crate::fleet::{World, world};

async fn do_it(world: &World, act: Act) {
    launch(world, act);
    work(world).await;
}

fn launch(world: &World, act: Act) {
    let scope = world.app.db.scope(world.user, world.uid);
    let new = NewOperation::new(act, Selection::Sims(vec![world.inventory[0]]));
    world.app.db.run(|conn| operations::launch(conn, &scope, &new).map(drop));
}

async fn work(world: &World) {
    let pool = world.app.db.pool.clone();
    // Not on this thread: connections of the client that wait for too long are closed.
    let work = move || {
        let network: Arc<dyn Network> = Arc::new(Simulated::new(pool.clone()));
        worker::run_until_idle(&pool, &network, &worker::Settings::default()).expect("the worker");
    };
    tokio::task::spawn_blocking(work).await.expect("the worker's thread");
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
    assert_eq!(fresh.attribute("button[value=export]", "hx-post").as_deref(), Some("/exports/drafts"));
    assert_eq!(fresh.texts("#sim-actions button").last().map(String::as_str), Some("Export"));
    assert!(
        fresh.attribute("#sim-actions input[name=shown]", "value").is_none(),
        "an export here has all columns"
    );
    assert_eq!(fresh.value_of("form input[name=sim]"), world.inventory[0].to_string());
    assert!(fresh.attribute("#edit-details", "hx-get").is_some());
    let vera = world.app.sign_in("vera@meridian.example").await;
    let seen = vera.get(&path).await;
    assert!(seen.attribute("#edit-details", "hx-get").is_none());
    let reason = seen.attribute("#edit-details[aria-disabled=true]", "title");
    assert_eq!(reason.as_deref(), Some("Your role here, Viewer, does not allow this."));

    do_it(&world, Act::Activate { offer: world.offer }).await;
    for _ in 0..10 {
        do_it(&world, Act::Suspend).await;
        do_it(&world, Act::Resume).await;
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

#[actix_web::test]
async fn the_timeline_is_filtered_by_its_address_and_its_pages_keep_the_filters() {
    let world = world().await;
    let iccid = world.expected(&format!("id = {}", world.inventory[0]), "iccid").remove(0);
    do_it(&world, Act::Activate { offer: world.offer }).await;
    do_it(&world, Act::Activate { offer: world.offer }).await;
    for _ in 0..21 {
        do_it(&world, Act::Suspend).await;
        do_it(&world, Act::Resume).await;
    }
    world.sql("UPDATE operations SET launched_at = '2026-01-05 12:00+00' WHERE kind = 'activate'");
    let path = format!("/sims/{iccid}");
    let events =
        async |query: &str| world.ada.fragment(&format!("{path}?{query}")).await.texts(".timeline-entry");
    let only = |found: &[String], count: usize, word: &str| {
        assert_eq!(found.len(), count, "{word}: {found:?}");
        assert!(found.iter().all(|event| event.contains(word)), "{word}: {found:?}");
    };
    only(&events("kind=activate").await, 2, "Activate, operation #");
    only(&events("kind=activate&outcome=failure").await, 1, "Failure");
    only(&events("from=2026-01-05&to=2026-01-05").await, 2, "Activate, operation #");
    assert!(events("to=2026-01-04").await.is_empty());
    let page = world.ada.get(&format!("{path}?kind=suspend&outcome=&from=&to=")).await;
    only(&page.texts(".timeline-entry"), 20, "Suspend, operation #");
    assert_eq!(page.value_of("select[name=kind] option[selected]"), "suspend");
    let older = page.attribute("#older a", "href").expect("an older part");
    assert!(older.contains("kind=suspend") && older.contains("before="), "{older}");
    only(&world.ada.fragment(&older).await.texts(".timeline-entry"), 1, "Suspend, operation #");
    let nothing = world.ada.fragment(&format!("{path}?kind=terminate")).await;
    assert!(nothing.body.contains("Nothing in the timeline matches") && !nothing.body.contains("<html"));
    assert_eq!(nothing.attribute("p a", "href").as_deref(), Some(path.as_str()));
    // Nothing is compared with a network that only pretends.
    let kinds = page.texts("select[name=kind] option");
    assert!(kinds.contains(&"Transfer".to_owned()) && !kinds.contains(&"Mend".to_owned()), "{kinds:?}");
    let mended = world.ada.get(&format!("{path}?kind=mend")).await;
    assert_eq!(mended.value_of("select[name=kind] option[selected]"), "mend");
    for wrong in ["kind=x", "outcome=x", "from=5.1.2026", "to=0000-99-99"] {
        let answer = world.ada.get(&format!("{path}?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[actix_web::test]
async fn the_page_shows_the_iccid_as_a_qr_code() {
    let world = world().await;
    let iccid = world.expected(&format!("id = {}", world.inventory[0]), "iccid").remove(0);
    let page = world.ada.get(&format!("/sims/{iccid}")).await;
    let label = page.attribute(".qr", "aria-label");
    assert_eq!(label, Some(format!("QR code of the ICCID {iccid}")));
    assert_eq!(
        page.attribute(".qr[role=img] svg", "viewBox").as_deref(),
        Some("0 0 232 232"),
        "with its quiet zone"
    );
    // Dark on light, whatever the theme is.
    assert_eq!(page.attribute(".qr svg rect[fill='#fff']", "width").as_deref(), Some("232"));
    let dark = page.attribute(".qr svg path[fill='#000']", "d").expect("its dark modules");
    assert_eq!(scanned(232, &dark), iccid);
}

/// What a camera reads of a QR code that is drawn as a path on a square of this size.
fn scanned(size: usize, path: &str) -> String {
    let mut dark = vec![false; size * size];
    for module in path.split('M').skip(1) {
        // Such as `32 40h8v8H32V40`.
        let numbers = module.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok());
        let [left, top, width, height] = numbers.take(4).collect::<Vec<usize>>()[..] else {
            panic!("no module: {module}");
        };
        for row in dark.chunks_mut(size).skip(top).take(height) {
            row[left..left + width].fill(true);
        }
    }
    let mut image = rqrr::PreparedImage::prepare_from_bitmap(size, size, |x, y| dark[y * size + x]);
    let codes = image.detect_grids();
    let [code] = codes.as_slice() else { panic!("{} codes are seen", codes.len()) };
    code.decode().expect("a QR code").1
}

#[actix_web::test]
async fn the_page_is_told_of_what_has_changed_and_of_nothing_else() {
    let world = world().await;
    let iccid = world.expected(&format!("id = {}", world.inventory[0]), "iccid").remove(0);
    let path = format!("/sims/{iccid}");
    let asks = |page: &crate::support::Page| page.attribute("#poll-sim", "hx-get").expect("an address");
    let page = world.ada.get(&path).await;
    assert_eq!(page.attribute("#poll-sim", "hx-trigger").as_deref(), Some("sims-changed from:body"));
    assert_eq!(world.ada.fragment(&asks(&page)).await.status, StatusCode::NO_CONTENT);

    launch(&world, Act::Activate { offer: world.offer });
    let launched = world.ada.fragment(&asks(&page)).await;
    assert_eq!(launched.status, StatusCode::OK, "{}", launched.body);
    assert!(launched.attribute("#poll-sim", "hx-trigger").unwrap().contains("every 2s"));
    assert!(!launched.body.contains("sim-actions"), "the same can be done with it: an open menu stays");
    work(&world).await;
    let done = world.ada.fragment(&asks(&launched)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(done.header("hx-trigger-after-settle"), "sim-renewed");
    assert!(done.texts("dd").concat().contains("Active"), "{}", done.body);
    assert_eq!(done.attribute("#sim-actions", "hx-swap-oob").as_deref(), Some("true"));
    assert_eq!(done.attribute("button[value=activate]", "title").as_deref(), Some("The SIM is Active."));
    assert_eq!(done.attribute("#poll-sim", "hx-trigger").as_deref(), Some("sims-changed from:body"));
    assert_eq!(world.ada.fragment(&asks(&done)).await.status, StatusCode::NO_CONTENT);

    let gone = world.expected(&format!("id = {}", world.inventory[1]), "iccid").remove(0);
    world.sql(&format!("UPDATE sims SET company_id = {} WHERE iccid = '{gone}'", world.stranger));
    let left = world.ada.fragment(&format!("/sims/{gone}/renewal")).await;
    assert_eq!((left.status, left.header("hx-retarget")), (StatusCode::NOT_FOUND, "#sim-standing"));
    assert!(left.body.contains("not in this company any more") && !left.body.contains("poll-sim"));
}
