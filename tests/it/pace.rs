//! How much one person may ask.

use std::num::NonZeroU32;

use fleet::api_tokens::{self, NewToken};
use fleet::companies::Name;
use fleet::tenancy::{Permission, Role};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use simyard::app::Settings;

use crate::support::{Client, Page, TestApp, test_settings};

async fn app() -> TestApp {
    let settings = Settings { requests_at_once: NonZeroU32::new(40), ..test_settings() };
    let app = TestApp::start_with(settings).await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    for email in ["ada@meridian.example", "omar@meridian.example"] {
        app.db.member(email, meridian, Role::Administrator);
    }
    app
}

/// Asks for one thing until that is too often.
async fn until_too_fast(client: &Client, path: &str, headers: &[(&str, &str)]) -> Page {
    for _ in 0..400 {
        let with = |request| {
            headers.iter().fold(request, |request: reqwest::RequestBuilder, (name, value)| {
                request.header(*name, *value)
            })
        };
        let answer = client.send(Method::GET, path, with).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.header("retry-after").parse::<u64>().is_ok());
            return answer;
        }
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    panic!("{path} is answered without end");
}

#[actix_web::test]
async fn who_asks_without_end_is_told_when_to_go_on_and_holds_up_nobody_else() {
    let app = app().await;
    let (ada, omar) = (app.sign_in("ada@meridian.example").await, app.sign_in("omar@meridian.example").await);
    let page = until_too_fast(&ada, "/fleet", &[]).await;
    assert!(page.texts("main").join(" ").contains("Wait"), "{}", page.body);
    assert_eq!(omar.get("/fleet").await.status, StatusCode::OK);
    assert_eq!(ada.get("/sign-in").await.status, StatusCode::SEE_OTHER, "what is public is not counted");
}

#[actix_web::test]
async fn a_part_of_a_page_that_comes_too_fast_leaves_the_page_as_it_is() {
    let app = app().await;
    let ada = app.sign_in("ada@meridian.example").await;
    let part = until_too_fast(&ada, "/search?q=8901", &[("hx-request", "true")]).await;
    assert_eq!((part.header("hx-reswap"), part.body.as_str()), ("none", ""));
    let events: Value = serde_json::from_str(part.header("hx-trigger")).expect("events");
    assert!(events["toast"]["text"].as_str().is_some_and(|text| text.contains("Wait")), "{events}");
    assert_eq!(ada.get("/fleet").await.status, StatusCode::OK, "what is dear is counted apart");
    let poll = [("hx-request", "true"), ("hx-trigger", "poll-bell")];
    let part = until_too_fast(&ada, "/search?q=8901", &poll).await;
    assert_eq!((part.header("hx-reswap"), part.header("hx-trigger")), ("none", ""), "nobody has clicked");
}

#[actix_web::test]
async fn programs_are_counted_together_by_who_made_their_tokens() {
    let settings = Settings { requests_at_once: NonZeroU32::new(1), ..test_settings() };
    let app = TestApp::start_with(settings).await;
    let (meridian, uid) = app.db.company(None, "Meridian IoT");
    let ada = app.db.member("ada@meridian.example", meridian, Role::Administrator);
    let omar = app.db.member("omar@meridian.example", meridian, Role::Administrator);
    let token_of = |user, name| {
        let scope = app.db.scope(user, uid);
        app.db.run(|conn| {
            let permissions = [Permission::FleetView].into_iter().collect();
            let new = NewToken::new(Name::parse("name", name)?, permissions, "30")?;
            Ok(api_tokens::create(conn, &scope, &new, true)?.1.expose().to_owned())
        })
    };
    let nobody = app.nobody();
    let ask = async |key: &str, path: &str| {
        nobody.send(Method::GET, path, |request| request.bearer_auth(key)).await.status
    };
    let (first, second, other) =
        (token_of(ada, "Billing"), token_of(ada, "Stock"), token_of(omar, "Billing"));
    assert_eq!(ask(&first, "/fleet").await, StatusCode::OK);
    assert_eq!(ask(&second, "/fleet").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&other, "/fleet/selection/count").await, StatusCode::OK);
    assert_eq!(ask(&other, "/fleet/selection/count").await, StatusCode::TOO_MANY_REQUESTS);
    // She opens one page.
    app.sign_in("ada@meridian.example").await;
}
