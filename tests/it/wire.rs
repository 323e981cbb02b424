//! What the grid weighs on its way to a browser.

use std::collections::BTreeSet;

use fleet::sims::SimState;
use fleet::tenancy::{Role, TREE_LIMIT};
use fleet::testing;
use reqwest::Method;

use crate::fleet::{more_labels_and_offers, world};
use crate::support::{Client, Page, TestApp};

/// Everything that a browser loads to show the grid for the first time, in bytes.
const FIRST_LOAD: usize = 150_000;
/// The next page of it, in bytes.
const NEXT_PAGE: usize = 15_000;

/// What browsers take over TLS.
const WITH_BROTLI: &str = "gzip, deflate, br, zstd";
/// What they take over plain HTTP.
const WITHOUT_BROTLI: &str = "gzip, deflate";

/// The bytes of the body as a browser is sent it that takes these encodings.
async fn weight(client: &Client, path: &str, accepted: &str, fragment: bool) -> usize {
    let page = client
        .send(Method::GET, path, |request| {
            let request = request.header("accept-encoding", accepted);
            if fragment { request.header("hx-request", "true") } else { request }
        })
        .await;
    assert_eq!(page.status, 200, "{path}");
    let encoding = page.header("content-encoding");
    assert!(!encoding.is_empty() && accepted.contains(encoding), "{path} comes compressed: {encoding}");
    page.bytes.len()
}

#[actix_web::test]
async fn the_first_load_of_the_grid_and_its_next_page_are_light() {
    let world = world().await;
    world.app.db.run(|conn| testing::sims(conn, world.meridian, 100, SimState::Inventory, None).map(drop));
    assert_light(&world.ada, "/fleet", WITH_BROTLI).await;
    // As much of everything as a company may have.
    more_labels_and_offers(&world, 1_000);
    world.sql(&format!(
        "UPDATE sims SET label_ids = ARRAY(SELECT id FROM labels \
           WHERE name = 'A label of the company ' || (sims.id % 900 + 1)) WHERE company_id = {}",
        world.meridian
    ));
    assert_light(&world.ada, "/fleet", WITH_BROTLI).await;
    world.app.db.run(|conn| testing::sims(conn, world.meridian, 250, SimState::Inventory, None).map(drop));
    let (_, longest) = first_load(&world.ada, "/fleet?size=250", WITH_BROTLI).await;
    assert!(longest <= FIRST_LOAD, "the first load of the longest page is {longest} bytes");
    println!("first load of the longest page {longest} bytes");
}

#[actix_web::test]
async fn the_first_load_of_the_grid_over_a_whole_tree_and_its_next_page_are_light() {
    let app = TestApp::start().await;
    let (main, _) = app.db.company(None, "Meridian");
    let user = app.db.member("ada@meridian.example", main, Role::Administrator);
    let ada = app.sign_in("ada@meridian.example").await;
    // As many accounts as are looked at at once; each SIM of a page is in another.
    app.db.run(|conn| {
        for number in 1..TREE_LIMIT {
            let (account, _) = testing::company(conn, Some(main), &format!("An account {number}"))?;
            testing::member(conn, user, account, Role::Viewer)?;
            testing::sims(conn, account, 1, SimState::Inventory, None)?;
        }
        Ok(())
    });
    let page = assert_light(&ada, "/fleet?tree=1", WITH_BROTLI).await;
    assert_eq!(page.texts("tbody tr").len(), 50, "{}", page.body);
    assert_eq!(page.texts("#all-accounts"), [format!("All my accounts ({TREE_LIMIT})")]);
}

#[actix_web::test]
async fn the_first_load_of_the_grid_is_light_without_brotli() {
    let world = world().await;
    assert_light(&world.ada, "/fleet", WITHOUT_BROTLI).await;
}

/// Looks at what the grid weighs, and what its next page does.
async fn assert_light(client: &Client, path: &str, accepted: &str) -> Page {
    let (page, total) = first_load(client, path, accepted).await;
    assert!(total <= FIRST_LOAD, "the first load of {path} is {total} bytes");
    let next = page.attribute("a[rel=next]", "href").expect("a next page");
    let next = weight(client, &next, accepted, true).await;
    assert!(next <= NEXT_PAGE, "the next page of {path} is {next} bytes");
    println!("first load of {path} {total} bytes, next page {next} bytes");
    page
}

/// A page, and the bytes of it and of all files that it names.
async fn first_load(client: &Client, path: &str, accepted: &str) -> (Page, usize) {
    let page = client.get(path).await;
    let mut files = BTreeSet::new();
    for (element, attribute) in
        [("script", "src"), ("link[rel=stylesheet], link[rel=icon]", "href"), ("img", "src"), ("use", "href")]
    {
        // What comes after # is a part of a file that is loaded once.
        files.extend(
            page.attributes(element, attribute).iter().map(|url| url.split('#').next().unwrap().to_owned()),
        );
    }
    assert!(files.len() > 10, "the page names its files: {files:?}");
    let mut total = weight(client, path, accepted, false).await;
    for file in &files {
        total += weight(client, file, accepted, false).await;
    }
    (page, total)
}

#[actix_web::test]
async fn a_client_that_takes_no_compression_gets_none() {
    let world = world().await;
    for accepted in ["identity", "br", "gzip;q=0"] {
        let page = world
            .ada
            .send(Method::GET, "/fleet", |request| request.header("accept-encoding", accepted))
            .await;
        assert_eq!(page.header("content-encoding"), "", "{accepted}");
        assert!(page.body.contains("Connectivity Portal"), "{accepted}");
    }
}
