//! Administration → Account details.

use fleet::tenancy::Role;
use reqwest::StatusCode;

use crate::support::{Client, Page, TestApp};

struct World {
    app: TestApp,
    ada: Client,
    nora: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    app.db.company(None, "Contoso");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    app.db.member("nora@northwind.example", northwind, Role::Administrator);
    app.db.member("omar@northwind.example", northwind, Role::Operator);
    let ada = app.sign_in("ada@meridian.example").await;
    let nora = app.sign_in("nora@northwind.example").await;
    World { app, ada, nora }
}

const MAIN: [(&str, &str); 4] =
    [("name", "Meridian IoT"), ("external_id", ""), ("colour", "teal"), ("subaccounts_enabled", "on")];

async fn save(client: &Client, form: &[(&str, &str)]) -> Page {
    client.post("/administration", form).await
}

#[actix_web::test]
async fn the_details_say_what_the_company_is_and_how_to_share_it() {
    let World { app, ada, nora } = world().await;
    let main = ada.get("/administration").await;
    assert!(main.texts("dd").contains(&"Main account".to_owned()), "{}", main.body);
    let link = main.attribute("dd a", "href").expect("a link");
    assert_eq!(link, format!("{}/?account={}", app.address, ada.account));
    let own = ada.get(&link[app.address.len()..]).await;
    assert_eq!(own.texts("h1"), ["Start"]);
    let sub = nora.get("/administration").await;
    assert!(sub.texts("dd").contains(&"Subaccount of Meridian IoT".to_owned()), "{}", sub.body);
    assert!(sub.attribute("input[name=name]", "value").is_none());
}

#[actix_web::test]
async fn a_main_account_keeps_its_own_name_and_colour() {
    let World { app: _app, ada, .. } = world().await;
    let form =
        [("name", "Meridian"), ("external_id", "M-1"), ("colour", "teal"), ("subaccounts_enabled", "on")];
    let saved = save(&ada, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = ada.get("/administration").await;
    assert_eq!(page.texts("[data-company]"), ["Meridian"]);
    assert_eq!(page.value_of("input[name=external_id]"), "M-1");
    assert_eq!(page.value_of("input[name=colour][checked]"), "teal");
    assert!(page.texts(".toast-body")[0].contains("saved"));
}

#[actix_web::test]
async fn what_is_wrong_is_said_beside_the_field_and_nothing_is_changed() {
    let World { app: _app, ada, .. } = world().await;
    for (field, value, about) in [
        ("name", "", "Enter a name"),
        ("name", "CONTOSO", "Another main account"),
        ("colour", "mauve", "Choose one"),
        ("subaccounts_enabled", "-", "has subaccounts"),
    ] {
        let form: Vec<_> = MAIN.iter().filter(|(name, _)| *name != field).copied().collect();
        let form = if value == "-" { form } else { [form, vec![(field, value)]].concat() };
        let answer = save(&ada, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.texts(".invalid-feedback")[0].contains(about), "{field}: {}", answer.body);
    }
    let page = ada.get("/administration").await;
    assert_eq!(page.texts("[data-company]"), ["Meridian IoT"]);
    assert_ne!(page.value_of("input[name=colour][checked]"), "teal");
}

#[actix_web::test]
async fn a_subaccount_changes_its_colour_alone() {
    let World { app: _app, nora, .. } = world().await;
    assert_eq!(save(&nora, &[("colour", "pink")]).await.status, StatusCode::SEE_OTHER);
    let answer = save(&nora, &MAIN).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = nora.get("/administration").await;
    assert_eq!(page.value_of("input[name=colour][checked]"), "pink");
    assert_eq!(page.texts("[data-company]"), ["Northwind Metering"]);
}

#[actix_web::test]
async fn without_subaccounts_the_option_can_be_turned_off() {
    let app = TestApp::start().await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", company, Role::Administrator);
    let ada = app.sign_in("ada@meridian.example").await;
    assert_eq!(save(&ada, &MAIN[..3]).await.status, StatusCode::SEE_OTHER);
    let page = ada.get("/administration").await;
    assert!(!page.texts("nav[aria-label=Main] a").contains(&"Subaccounts".to_owned()));
}

#[actix_web::test]
async fn only_administrators_get_in() {
    let World { app, .. } = world().await;
    let omar = app.sign_in("omar@northwind.example").await;
    assert_eq!(omar.get("/administration").await.status, StatusCode::FORBIDDEN);
    assert_eq!(save(&omar, &[("colour", "pink")]).await.status, StatusCode::FORBIDDEN);
}
