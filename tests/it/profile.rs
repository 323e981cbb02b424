//! My profile.

use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use crate::support::{Client, PASSWORD, Page, TestApp};

const NEW_PASSWORD: &str = "a meter on every wall";

async fn app_with_ada() -> TestApp {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    app.db.company(Some(meridian), "Clienticity");
    let ada = app.db.member("ada@meridian.example", meridian, Role::Administrator);
    app.db.run(|conn| testing::member(conn, ada, northwind, Role::Viewer));
    app
}

async fn change(client: &Client, current: &str, password: &str, repeat: &str) -> Page {
    client
        .post("/profile/password", &[("current", current), ("password", password), ("repeat", repeat)])
        .await
}

#[actix_web::test]
async fn the_profile_shows_the_person_and_their_companies() {
    let app = app_with_ada().await;
    let page = app.sign_in("ada@meridian.example").await.get("/profile").await;
    let rows = page.texts("tbody tr");
    assert_eq!(rows, ["Meridian IoT (in focus)Administrator", "Northwind MeteringMeridian IoTViewer"]);
    assert!(page.texts("dd").contains(&"ada@meridian.example".to_owned()));
}

#[actix_web::test]
async fn a_changed_password_ends_the_other_sessions_and_keeps_this_one() {
    let app = app_with_ada().await;
    let (here, elsewhere) =
        (app.sign_in("ada@meridian.example").await, app.sign_in("ada@meridian.example").await);
    let answer = change(&here, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/profile"),
        "{}",
        answer.body
    );
    let page = here.get("/profile").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.texts(".toast-body")[0].contains("changed"));
    assert_eq!(elsewhere.get("/profile").await.status, StatusCode::SEE_OTHER);
    assert!(app.nobody().try_sign_in("ada@meridian.example", PASSWORD).await.status.is_client_error());
    app.nobody().sign_in("ada@meridian.example", NEW_PASSWORD).await;
}

#[actix_web::test]
async fn a_wrong_password_changes_nothing() {
    let app = app_with_ada().await;
    let ada = app.sign_in("ada@meridian.example").await;
    for (current, password, repeat, field) in [
        ("not mine at all", NEW_PASSWORD, NEW_PASSWORD, "current"),
        (PASSWORD, "short", "short", "password"),
        (PASSWORD, NEW_PASSWORD, "another one here", "repeat"),
    ] {
        let answer = change(&ada, current, password, repeat).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.attribute(".invalid-feedback", "id"), Some(format!("error-{field}")));
    }
    assert_eq!(ada.get("/profile").await.status, StatusCode::OK);
    app.nobody().sign_in("ada@meridian.example", PASSWORD).await;
}

#[actix_web::test]
async fn guessing_the_present_password_is_slowed_down() {
    let app = app_with_ada().await;
    let ada = app.sign_in("ada@meridian.example").await;
    let mut refused = false;
    for _ in 0..40 {
        refused |=
            change(&ada, "wrong", NEW_PASSWORD, NEW_PASSWORD).await.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(refused);
}

#[actix_web::test]
async fn a_person_changes_their_own_name() {
    let app = app_with_ada().await;
    let ada = app.sign_in("ada@meridian.example").await;
    let answer = ada.post("/profile", &[("name", " Ada King ")]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/profile"));
    assert_eq!(ada.get("/profile").await.texts(".user-menu-name"), ["Ada King"]);
    let wrong = ada.post("/profile", &[("name", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.attribute(".invalid-feedback", "id").as_deref(), Some("error-name"));
    let long = "x".repeat(101);
    let wrong = ada.post("/profile", &[("name", &long)]).await;
    assert_eq!(wrong.value_of("input[name=name]"), long, "what was typed is kept");
}

#[actix_web::test]
async fn a_password_that_is_guessed_first_is_refused_and_so_are_one_s_own_name_and_address() {
    let app = app_with_ada().await;
    let ada = app.sign_in("ada@meridian.example").await;
    for bad in ["password1234", "ada@meridian.example", "qwertyuiop123"] {
        let answer = change(&ada, PASSWORD, bad, bad).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(answer.texts(".invalid-feedback")[0].contains("guessed soon"), "{}", answer.body);
    }
}
