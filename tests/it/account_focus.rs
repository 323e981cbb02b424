//! The company in focus: switching it, and the guard against acting for another one.

use fleet::ids::CompanyUid;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use crate::support::{Client, TestApp};

/// Binding the application keeps it running.
struct World {
    app: TestApp,
    meridian: CompanyUid,
    northwind: CompanyUid,
    foreign: CompanyUid,
    ada: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian_id, meridian) = app.db.company(None, "Meridian IoT");
    let (northwind_id, northwind) = app.db.company(Some(meridian_id), "Northwind Metering");
    let (_, foreign) = app.db.company(Some(meridian_id), "Clienticity");
    let user = app.db.member("ada@meridian.example", meridian_id, Role::Administrator);
    app.db.run(|conn| testing::member(conn, user, northwind_id, Role::Viewer));
    let ada = app.sign_in("ada@meridian.example").await;
    World { app, meridian, northwind, foreign, ada }
}

#[actix_web::test]
async fn the_list_shows_the_companies_of_the_person_alone() {
    let World { app: _app, ada, .. } = world().await;
    let dialog = ada.fragment("/account-focus").await;
    let names = dialog.texts(".company-name");
    assert!(names.iter().any(|name| name.starts_with("Meridian IoT")), "{names:?}");
    assert!(names.iter().any(|name| name == "Northwind Metering"), "{names:?}");
    assert!(!dialog.body.contains("Clienticity"));
    let found = ada.fragment("/account-focus/choices?q=NORTH").await;
    assert_eq!(found.texts(".company-name"), ["Northwind Metering"]);
    assert!(ada.fragment("/account-focus/choices?q=%25").await.texts(".company-name").is_empty());
}

#[actix_web::test]
async fn a_switch_opens_the_same_section_in_the_new_focus() {
    let World { app: _app, ada, northwind, .. } = world().await;
    let form = [("account", northwind.to_string()), ("next", "/operations/7".to_owned())];
    let answer = ada.post("/account-focus", &form).await;
    assert_eq!(answer.header("hx-redirect"), "/operations");
}

#[actix_web::test]
async fn nobody_can_focus_on_a_company_without_being_a_member() {
    let World { app: _app, ada, foreign, .. } = world().await;
    let answer = ada.post("/account-focus", &[("account", foreign.to_string())]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let link = ada.get(&format!("/account-focus?account={foreign}")).await;
    assert_eq!(link.status, StatusCode::OK, "the dialog itself is free of the focus");
    let link = ada.get(&format!("/operations?account={foreign}")).await;
    assert_eq!(link.status, StatusCode::NOT_FOUND);
    assert!(!link.body.contains("Clienticity"));
}

#[actix_web::test]
async fn a_page_of_another_focus_does_nothing_and_explains() {
    let World { app: _app, ada, northwind, meridian, .. } = world().await;
    assert_eq!(ada.account, meridian.to_string());
    let other_tab = ada.clone();
    other_tab.post("/account-focus", &[("account", northwind.to_string())]).await;
    let answer = ada.post("/subaccounts", &[("name", "Acme")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.body.contains("Meridian IoT") && answer.body.contains("Northwind Metering"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("Switch back and go on") && answer.body.contains("Reload this page"));
    let back =
        ada.post("/account-focus", &[("account", meridian.to_string()), ("stay", "true".to_owned())]).await;
    assert_eq!(back.status, StatusCode::NO_CONTENT);
    assert_ne!(ada.post("/subaccounts", &[("name", "")]).await.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn a_shared_link_asks_before_it_switches() {
    let World { app: _app, ada, northwind, .. } = world().await;
    let page = ada.get(&format!("/operations?account={northwind}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("button[type=submit]"), ["Switch to Northwind Metering"]);
}

#[actix_web::test]
async fn a_withdrawn_membership_ends_access_at_once() {
    let World { app, ada, .. } = world().await;
    app.db.run(|conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query("DELETE FROM memberships"), conn)?;
        Ok(())
    });
    let answer = ada.get("/").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("not a member"), "{}", answer.body);
}
