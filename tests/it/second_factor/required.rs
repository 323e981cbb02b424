//! Companies that ask for a second factor.

use fleet::ids::CompanyId;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::{Method, StatusCode};

use super::{ADA, World, is_signed_in, run, says, set_up, world};
use crate::support::{Client, PASSWORD, Page};

async fn require(client: &Client, second_factor: &str) -> Page {
    let form = [("idle_minutes", "480"), ("hours", "168"), ("second_factor", second_factor)];
    client.post("/administration/security", &form).await
}

#[actix_web::test]
async fn a_company_that_asks_for_a_second_factor_opens_to_those_who_have_one() {
    let World { app, meridian, northwind } = world().await;
    let omar_id = app.db.member("omar@meridian.example", meridian, Role::Operator);
    app.db.run(|conn| testing::member(conn, omar_id, northwind, Role::Viewer));
    let omar = app.sign_in("omar@meridian.example").await;
    let ada = app.sign_in(ADA).await;
    let refused = require(&ada, "0").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "not before one's own is set up");
    assert_eq!(refused.attribute(".invalid-feedback", "id").as_deref(), Some("error-second_factor"));
    assert_eq!(
        says(&app, "SELECT count(*) FROM companies WHERE session_hours IS NOT NULL"),
        "0",
        "nothing was saved"
    );
    set_up(&ada).await;
    assert_eq!(require(&ada, "0").await.status, StatusCode::SEE_OTHER);
    assert!(is_signed_in(&ada.get("/fleet").await));

    for path in ["/", "/fleet", "/operations"] {
        let page = omar.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.body.contains("Meridian IoT opens to people with a second factor"), "{}", page.body);
        assert!(page.body.contains("/profile/second-factor"));
    }
    let poll = omar
        .send(Method::GET, "/operations/running", |request| {
            request.header("hx-request", "true").header("hx-trigger", "poll-running-operations")
        })
        .await;
    assert_eq!(poll.status.as_u16(), 286, "no dialog opens by itself");
    // Another company of theirs stays open, and the switch back is refused.
    let uid = |id: CompanyId| says(&app, &format!("SELECT uid FROM companies WHERE id = {}", id.0));
    assert!(omar.post("/account-focus", &[("account", uid(northwind))]).await.status.is_success());
    assert!(is_signed_in(&omar.get("/fleet").await));
    let back = omar.post("/account-focus", &[("account", uid(meridian))]).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);

    set_up(&omar).await;
    assert!(omar.post("/account-focus", &[("account", uid(meridian))]).await.status.is_success());
    assert!(is_signed_in(&omar.get("/fleet").await));
}

#[actix_web::test]
async fn the_profile_is_open_to_set_up_what_the_company_in_focus_asks_for() {
    let World { app, meridian, .. } = world().await;
    app.db.member("omar@meridian.example", meridian, Role::Operator);
    let ada = app.sign_in(ADA).await;
    set_up(&ada).await;
    require(&ada, "0").await;
    let mut omar = app.sign_in("omar@meridian.example").await;
    assert_eq!(omar.get("/").await.status, StatusCode::FORBIDDEN);
    for path in ["/profile", "/profile/sessions", "/profile/second-factor"] {
        assert_eq!(omar.open(path).await.status, StatusCode::OK, "{path}");
    }
    set_up(&omar).await;
    assert!(is_signed_in(&omar.get("/").await));
    assert_eq!(
        omar.post("/profile/second-factor/app/removal", &[("current", PASSWORD)]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(omar.get("/").await.status, StatusCode::FORBIDDEN, "and closed again without it");
}

#[actix_web::test]
async fn until_the_grace_is_over_people_are_told_and_work_on() {
    let World { app, meridian, .. } = world().await;
    app.db.member("omar@meridian.example", meridian, Role::Operator);
    let mut ada = app.sign_in(ADA).await;
    set_up(&ada).await;
    assert_eq!(require(&ada, "14").await.status, StatusCode::SEE_OTHER);
    let told = says(&app, "SELECT sentence FROM messages");
    assert!(told.starts_with("Meridian IoT asks for a second factor from"), "{told}");
    assert_eq!(
        says(&app, "SELECT email FROM messages m JOIN users u ON u.id = m.user_id"),
        "omar@meridian.example"
    );
    let mut omar = app.nobody();
    omar.try_sign_in("omar@meridian.example", PASSWORD).await;
    let start = omar.open("/").await;
    assert_eq!(start.status, StatusCode::OK);
    assert!(start.texts(".toast-body")[0].contains("asks for a second factor from"));
    // Saving other rules does not begin the grace anew.
    let from = says(&app, "SELECT second_factor_from FROM companies WHERE second_factor_from IS NOT NULL");
    let page = ada.open("/administration/security").await;
    assert!(page.attributes("option[selected]", "value").contains(&"unchanged".to_owned()));
    assert_eq!(require(&ada, "unchanged").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        says(&app, "SELECT second_factor_from FROM companies WHERE second_factor_from IS NOT NULL"),
        from
    );
    run(
        &app,
        "UPDATE companies SET second_factor_from = now() - interval '1 second' WHERE second_factor_from IS NOT NULL",
    );
    assert_eq!(omar.get("/").await.status, StatusCode::FORBIDDEN, "the grace is over");
    assert_eq!(require(&ada, "optional").await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/").await.status, StatusCode::OK);
}
