//! Administration → Networks.

use std::sync::Arc;

use fleet::network::Networks;
use fleet::network::breaker;
use fleet::network::http::Http;
use fleet::network::osmo_hlr::{Address, OsmoHlr};
use fleet::tenancy::Role;
use reqwest::StatusCode;

use crate::provisioning::service::{Manner, Odd, SECRET, Service};
use crate::provisioning::settings;
use crate::support::{Client, Page, TestApp, test_settings};

/// A portal with the networks *own*, which is the service's, and *lab*, where nobody listens. Ada administers the main
/// account Meridian, Nora its subaccount Northwind.
struct World {
    app: TestApp,
    service: Service,
    ada: Client,
}

async fn world() -> World {
    let service = Service::start();
    let nowhere =
        Address { control: "127.0.0.1:1".to_owned(), terminal: "127.0.0.1:1".to_owned(), connections: 1 };
    let networks = Networks::default()
        .with("own", Arc::new(Http::new("own", settings(&service.url)).unwrap()))
        .with("lab", Arc::new(OsmoHlr::new(nowhere)));
    let app = TestApp::start_with(simyard::app::Settings { networks, ..test_settings() }).await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    app.db.member("vic@meridian.example", meridian, Role::Operator);
    app.db.member("nora@northwind.example", northwind, Role::Administrator);
    for (name, network) in [("Global", "own"), ("Boards", "own"), ("Old", "gone")] {
        let made =
            app.db.run(|conn| fleet::testing::offer(conn, meridian, name, &[fleet::sims::SimType::PlugIn]));
        let mut conn = app.db.connect();
        let sql = format!("UPDATE offers SET network = '{network}' WHERE id = {made}");
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), &mut conn).unwrap();
    }
    let ada = app.sign_in("ada@meridian.example").await;
    World { app, service, ada }
}

impl World {
    async fn test(&self, name: &str) -> Page {
        self.ada.post(&format!("/administration/networks/{name}/tests"), &[("", ""); 0]).await
    }
}

/// What the page says of a network.
fn said_of(page: &Page, name: &str) -> String {
    page.texts(&format!("section[aria-labelledby=network-{name}]")).join(" ")
}

#[actix_web::test]
async fn a_main_account_sees_the_networks_and_which_of_its_offers_are_of_them() {
    let world = world().await;
    let page = world.ada.get("/administration/networks").await;
    assert_eq!(page.texts("#networks h2"), ["simulated", "lab", "own", "gone"]);
    let own = said_of(&page, "own");
    assert!(own.contains(&world.service.url) && own.contains("HTTP"), "{own}");
    assert!(own.contains("Boards, Global") && own.contains("Not asked yet"), "{own}");
    assert!(said_of(&page, "lab").contains("127.0.0.1:1 (CTRL)"));
    assert!(said_of(&page, "simulated").contains("none of this company"));
    let gone = said_of(&page, "gone");
    assert!(
        gone.contains("Not in the file") && gone.contains("Old") && !gone.contains("Test connection"),
        "{gone}"
    );
    assert!(!page.body.contains(SECRET), "no secret is shown");
    assert!(page.body.contains("href=\"/administration/networks\""));
}

#[actix_web::test]
async fn subaccounts_have_no_such_page_and_operators_may_not_see_it() {
    let world = world().await;
    for (who, expected) in
        [("nora@northwind.example", StatusCode::NOT_FOUND), ("vic@meridian.example", StatusCode::FORBIDDEN)]
    {
        let client = world.app.sign_in(who).await;
        assert_eq!(client.get("/administration/networks").await.status, expected, "{who}");
        let test = client.post("/administration/networks/own/tests", &[("", ""); 0]).await;
        assert_eq!(test.status, expected, "{who}");
        let page = client.get("/administration").await;
        assert!(!page.body.contains("/administration/networks"), "nothing leads there");
    }
    assert!(world.service.asked().is_empty());
}

#[actix_web::test]
async fn a_test_asks_for_nothing_and_says_what_came_of_it() {
    let world = world().await;
    let page = world.test("own").await;
    assert_eq!(
        page.texts("[role=status]"),
        ["It took a signed request for no SIMs, and answered as expected."]
    );
    assert_eq!(world.service.asked(), [serde_json::json!({ "network": "own", "requests": [] })]);
    assert!(said_of(&page, "own").contains("Answers"));
    world.service.is(Manner::Odd(Odd::Garbage));
    let page = world.test("own").await;
    assert_eq!(page.texts("[role=alert]"), ["It answered something other than was expected."]);
    let page = world.test("lab").await;
    assert_eq!(page.texts("[role=alert]"), ["Nothing listens at one of its addresses."]);
    let page = world.test("simulated").await;
    assert!(said_of(&page, "simulated").contains("only pretends"));
    for unknown in ["gone", "nowhere", "%2e%2e"] {
        assert_eq!(world.test(unknown).await.status, StatusCode::NOT_FOUND);
    }
}

#[actix_web::test]
async fn a_network_that_is_left_alone_is_asked_again_after_a_test_that_it_passes() {
    let world = world().await;
    for _ in 0..5 {
        world.app.db.run(|conn| breaker::was_silent(conn, "own", false, Some("The line was cut.")));
    }
    let own = said_of(&world.ada.get("/administration/networks").await, "own");
    assert!(own.contains("Left alone") && own.contains("It has not answered 5 calls in a row"), "{own}");
    assert!(own.contains("It is tried again after") && own.contains("The line was cut."), "{own}");
    world.service.is(Manner::Odd(Odd::Failing));
    assert!(said_of(&world.test("own").await, "own").contains("Left alone"));
    world.service.is(Manner::AtOnce);
    let own = said_of(&world.test("own").await, "own");
    assert!(own.contains("Answers") && own.contains("The line was cut."), "{own}");
    assert!(!own.contains("Left alone"), "{own}");
}

#[actix_web::test]
async fn who_tests_without_end_is_told_to_wait() {
    let world = world().await;
    let mut told = Vec::new();
    for _ in 0..40 {
        told.push(world.test("simulated").await.status);
    }
    assert!(told.contains(&StatusCode::TOO_MANY_REQUESTS), "{told:?}");
}
