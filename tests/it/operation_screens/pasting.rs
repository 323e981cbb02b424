//! The Start page, and its widget *Transfer SIMs*.

use fleet::ids::SimId;
use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::fixture::{Form, World, button, launched, preview};
use crate::support::{TestApp, TestDb};

fn pasted(world: &World, text: &str) -> Form {
    vec![
        ("kind", "transfer".to_owned()),
        ("selection", "pasted".to_owned()),
        ("identifiers", text.to_owned()),
        ("target", world.clienticity_uid.to_string()),
    ]
}

fn column(db: &TestDb, column: &str, sim: SimId) -> String {
    #[derive(diesel::QueryableByName)]
    struct Text {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let sql = format!("SELECT {column} AS text FROM sims WHERE id = {sim}");
    db.run(|conn| Ok(diesel::RunQueryDsl::get_result::<Text>(diesel::sql_query(sql), conn)?.text))
}

#[actix_web::test]
async fn a_pasted_list_is_previewed_and_launched() {
    let world = World::new().await;
    let sims = world.sims(4, SimState::Inventory);
    let of = |name: &str, sim| column(&world.app.db, name, sim);
    let (first, second) = (of("iccid", sims[0]), of("imsi", sims[1]));
    let text = format!(
        "{first}, {second}\r\n{}\tF00D 8988211000000009995;{first}\n901700000009999\n",
        of("imsi", sims[0])
    );
    let page = world.ada.post("/operations/preview", &pasted(&world, &text)).await;
    assert_eq!(preview(&page), "2 will move.");
    assert_eq!(button(&page), ("Transfer 2 SIMs".to_owned(), false));
    assert_eq!(
        page.texts("summary"),
        ["1 not found in this company", "2 malformed", "2 listed more than once"]
    );
    assert!(page.texts("li").iter().any(|line| line.contains("check digit")), "{:?}", page.texts("li"));
    launched(&world.ada.post("/operations", &pasted(&world, &text)).await);
    world.work().await;
    assert_eq!((world.owned(world.meridian), world.owned(world.clienticity)), (2, 2));
}

#[actix_web::test]
async fn a_pasted_list_that_can_not_be_launched_stays_as_it_was() {
    let world = World::new().await;
    for (text, error) in [
        ("", "Paste the SIMs that are to be transferred, or choose a file."),
        ("89,<b>", "None of these is a SIM of this company."),
    ] {
        let answer = world.ada.post("/operations", &pasted(&world, text)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(answer.texts("#error-identifiers"), [error]);
        assert_eq!(answer.texts("select[name=target] option[selected]"), ["Clienticity"]);
        assert!(answer.texts("h2") == ["Transfer SIMs"], "the widget, not a dialog");
    }
}

#[actix_web::test]
async fn foreign_sims_in_a_pasted_list_are_not_found() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    let iccid = column(&world.app.db, "iccid", sims[0]);
    let stranger = world.stranger().await;
    let page = stranger.post("/operations/preview", &pasted(&world, &iccid)).await;
    assert_eq!(page.texts("summary"), ["1 not found in this company"]);
}

#[actix_web::test]
async fn a_list_may_be_long_but_not_endless() {
    let world = World::new().await;
    let sims = world.sims(2_000, SimState::Inventory);
    let list: Vec<String> = world.app.db.run(|conn| {
        #[derive(diesel::QueryableByName)]
        struct Text {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        let rows: Vec<Text> =
            diesel::RunQueryDsl::load(diesel::sql_query("SELECT iccid AS text FROM sims"), conn)?;
        Ok(rows.into_iter().map(|row| row.text).collect())
    });
    let page = world.ada.post("/operations/preview", &pasted(&world, &list.join("\n"))).await;
    assert_eq!(preview(&page), "2,000 will move.");
    assert_eq!(sims.len(), 2_000);
    let endless = "1 ".repeat(1_000_001);
    let page = world.ada.post("/operations/preview", &pasted(&world, &endless)).await;
    assert!(preview(&page).contains("at most 1,000,000 SIMs"), "{}", preview(&page));
}

#[actix_web::test]
async fn the_start_page_shows_the_widgets_that_make_sense() {
    let world = World::new().await;
    let titles = |page: &crate::support::Page| page.texts("main h2");
    let empty = world.ada.get("/").await;
    assert_eq!(
        titles(&empty),
        ["Fleet by state", "Transfer SIMs", "Operations in progress", "Subaccounts", "Activations per day"]
    );
    let import = empty.attribute("main [hx-get='/imports/new']", "hx-target");
    assert_eq!(import.as_deref(), Some("#dialog-body"), "the next step of an empty installation");
    world.sims(1_200, SimState::Inventory);
    world.sims(3, SimState::Active);
    let page = world.ada.get("/").await;
    assert_eq!(page.texts("#fleet-states td.number"), ["1,200", "3", "0", "0"]);
    assert_eq!(page.texts("#activations tbody tr").len(), 30);
    assert_eq!(page.texts("#activations td").last().expect("today"), "3");
    assert!(page.texts("main tbody th").contains(&"Clienticity".to_owned()));
    let viewer = world.person("vera@meridian.example", Role::Viewer).await;
    assert!(!titles(&viewer.get("/").await).contains(&"Transfer SIMs".to_owned()));
    assert_eq!(viewer.get("/start/transfer").await.body, "");
}

#[actix_web::test]
async fn without_subaccounts_there_is_nowhere_to_transfer_to() {
    let app = TestApp::start().await;
    let (company, _) = app.db.company(None, "Alone");
    app.db.member("ada@alone.example", company, Role::Administrator);
    app.db.run(|conn| {
        diesel::RunQueryDsl::execute(
            diesel::sql_query("UPDATE companies SET subaccounts_enabled = false"),
            conn,
        )?;
        Ok(())
    });
    let ada = app.sign_in("ada@alone.example").await;
    assert_eq!(
        ada.get("/").await.texts("main h2"),
        ["Fleet by state", "Operations in progress", "Activations per day"]
    );
}
