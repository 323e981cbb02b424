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
async fn the_list_is_a_tree_and_a_search_names_what_is_above() {
    let World { app, ada, northwind, .. } = world().await;
    app.db.run(|conn| {
        let user = fleet::people::credentials(conn, "ada@meridian.example")?.expect("Ada").0;
        let north =
            testing::number(conn, "SELECT id AS number FROM companies WHERE name = 'Northwind Metering'")?;
        let (depot, _) = testing::company(conn, Some(fleet::ids::CompanyId(north)), "Depot")?;
        let (alone, _) = testing::company(conn, None, "A company alone")?;
        testing::member(conn, user, depot, Role::Operator)?;
        testing::member(conn, user, alone, Role::Viewer)
    });
    let dialog = ada.fragment("/account-focus").await;
    assert_eq!(
        dialog.texts(".company-name"),
        ["A company alone", "Meridian IoT", "Northwind Metering", "Depot"]
    );
    assert_eq!(
        dialog.attributes(".company-choices li", "class"),
        ["depth-0", "depth-0", "depth-1", "depth-2"].map(|depth| format!("list-group-item {depth}"))
    );
    assert!(dialog.texts(".company-path").is_empty(), "what is above stands above");
    assert_eq!(dialog.texts(".company-facts")[3], "Operator · 0 SIMs");
    let found = ada.fragment("/account-focus/choices?q=depot").await;
    assert_eq!(found.texts(".company-path"), ["Meridian IoT / Northwind Metering"]);
    ada.post("/account-focus", &[("account", northwind.to_string())]).await;
    let again = ada.fragment("/account-focus").await;
    assert_eq!(
        again.texts(".company-name")[0],
        "Meridian IoT",
        "the way back is the first of the recent ones"
    );
    assert_eq!(again.texts("p.h4"), ["Recent", "All companies"]);
}

#[actix_web::test]
async fn what_begins_with_the_search_comes_first() {
    let World { app, ada, .. } = world().await;
    app.db.run(|conn| {
        let user = fleet::people::credentials(conn, "ada@meridian.example")?.expect("Ada").0;
        for n in 0..300 {
            let (company, _) = testing::company(conn, None, &format!("Alpha meter {n:03}"))?;
            testing::member(conn, user, company, Role::Viewer)?;
        }
        let (company, _) = testing::company(conn, None, "Meter works")?;
        testing::member(conn, user, company, Role::Viewer)
    });
    let found = ada.fragment("/account-focus/choices?q=meter").await;
    let names = found.texts(".company-name");
    assert_eq!((names[0].as_str(), names[1].as_str(), names.len()), ("Meter works", "Alpha meter 000", 100));
    assert!(found.body.contains("There are more"));
    assert_eq!(
        ada.fragment("/account-focus/choices?q=METER+299").await.texts(".company-name"),
        ["Alpha meter 299"]
    );
}

#[actix_web::test]
async fn without_scripts_the_dialog_is_a_page() {
    let World { app: _app, ada, northwind, .. } = world().await;
    let page = ada.get("/account-focus?next=%2Foperations%2F7").await;
    assert_eq!(page.texts("h1"), ["Change Company"]);
    let switch = [
        ("_csrf", page.value_of("input[name=_csrf]")),
        ("account", northwind.to_string()),
        ("next", page.value_of(".company-choices input[name=next]")),
    ];
    let answer = ada.send_form("/account-focus", &switch).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/operations"));
}

#[actix_web::test]
async fn the_dialog_knows_from_where_it_was_opened() {
    let World { app, ada, .. } = world().await;
    let from = format!("{}/fleet?state=active", app.address);
    let dialog = ada
        .send(reqwest::Method::GET, "/account-focus", |request| {
            request.header("hx-request", "true").header("hx-current-url", from)
        })
        .await;
    assert_eq!(dialog.value_of(".company-choices input[name=next]"), "/fleet?state=active");
}

#[actix_web::test]
async fn a_switch_leads_to_no_section_that_the_new_company_does_not_have() {
    let World { app: _app, ada, northwind, meridian, .. } = world().await;
    for (account, next, leads) in [
        (northwind, "/administration/users".to_owned(), "/"), // a viewer there
        (meridian, "/administration/users/7/edit".to_owned(), "/administration/users"),
        (northwind, format!("/operations/7?account={meridian}"), "/operations"),
        (meridian, format!("/operations/7?account={meridian}"), "/operations/7?account="),
        (meridian, "https://evil.example/fleet".to_owned(), "/"),
    ] {
        let answer =
            ada.post("/account-focus", &[("account", account.to_string()), ("next", next.clone())]).await;
        let led = answer.header("hx-redirect");
        assert!(led == leads || (leads.ends_with('=') && led == next), "{next}: {led}");
    }
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
    assert!(answer.body.contains("You are no user of the company in focus any more"), "{}", answer.body);
}

#[actix_web::test]
async fn what_a_page_asks_by_itself_ends_quietly_in_another_focus() {
    let World { app: _app, ada, northwind, .. } = world().await;
    ada.post("/account-focus", &[("account", northwind.to_string())]).await;
    let poll = ada
        .send(reqwest::Method::GET, "/operations/running", |request| {
            request
                .header("hx-request", "true")
                .header("x-account-focus", &ada.account)
                .header("hx-trigger", "poll-running-operations")
        })
        .await;
    assert_eq!(poll.status.as_u16(), 286, "htmx stops asking");
    assert_eq!(poll.header("hx-reswap"), "none");
    assert_eq!(ada.fragment("/operations/running").await.status, StatusCode::CONFLICT, "a click is answered");
}

#[actix_web::test]
async fn a_user_of_no_company_is_told_so_and_can_sign_out() {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let vera = app.db.member("vera@meridian.example", meridian, Role::Viewer);
    let client = app.sign_in("vera@meridian.example").await;
    app.db.run(|conn| testing::no_member(conn, vera, meridian));
    for path in ["/", "/profile", "/help"] {
        let page = client.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(page.texts("form[action='/sign-out'] button"), ["Sign out"], "{path}");
    }
    let choices = client.get("/account-focus").await;
    assert!(choices.texts("main")[0].contains("You are a user of no company now"), "{}", choices.body);
    assert!(choices.texts("input[type=search]").is_empty());
    let token = choices.value_of("form[action='/sign-out'] input[name=_csrf]");
    let done = client.send_form("/sign-out", &[("_csrf", token.as_str())]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(client.get("/profile").await.status, StatusCode::SEE_OTHER, "nobody is signed in");
    let nobody = app.nobody().get("/no-such-page").await;
    assert!(!nobody.body.contains("/sign-out"));
}
