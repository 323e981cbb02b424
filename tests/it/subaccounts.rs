//! Subaccounts: the list of a company's own, creating, renaming and suspending them.

mod administrators;

use fleet::ids::{CompanyId, CompanyUid, UserId};
use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, Page, TestApp, TestDb};

/// Binding the application keeps it running.
struct World {
    app: TestApp,
    meridian: CompanyId,
    meridian_uid: CompanyUid,
    ada_id: UserId,
    omar_id: UserId,
    ada: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, meridian_uid) = app.db.company(None, "Meridian IoT");
    let ada_id = app.db.member("ada@meridian.example", meridian, Role::Administrator);
    let omar_id = app.db.member("omar@meridian.example", meridian, Role::Operator);
    let ada = app.sign_in("ada@meridian.example").await;
    World { app, meridian, meridian_uid, ada_id, omar_id, ada }
}

impl World {
    /// A company under Meridian, as the builder makes it.
    fn subaccount(&self, name: &str) -> (CompanyId, CompanyUid) {
        self.app.db.company(Some(self.meridian), name)
    }

    async fn create(&self, name: &str, external_id: &str, administrators: &[UserId]) -> Page {
        create(&self.ada, name, external_id, administrators).await
    }
}

async fn create(client: &Client, name: &str, external_id: &str, administrators: &[UserId]) -> Page {
    let mut form = vec![("name", name.to_owned()), ("external_id", external_id.to_owned())];
    form.extend(administrators.iter().map(|id| ("administrators", id.to_string())));
    client.post("/subaccounts", &form).await
}

/// The events that an answer raises in the page.
fn events(answer: &Page) -> Value {
    serde_json::from_str(answer.header("hx-trigger")).unwrap_or_default()
}

fn companies(db: &TestDb) -> i64 {
    db.run(|conn| testing::number(conn, "SELECT count(*) AS number FROM companies"))
}

fn set_subaccounts_enabled(db: &TestDb, company: CompanyId, enabled: bool) {
    db.run(|conn| testing::set_subaccounts_enabled(conn, company, enabled));
}

/// The texts of the row of one subaccount, cell by cell.
fn row(page: &Page, uid: CompanyUid) -> Vec<String> {
    page.texts(&format!("#subaccount-{uid} > :is(th, td)"))
}

#[actix_web::test]
async fn the_list_shows_what_the_parent_may_know_of_its_subaccounts() {
    let world = world().await;
    let (id, uid) = world.subaccount("Clienticity");
    world.app.db.member("cleo@clienticity.example", id, Role::Administrator);
    world.app.db.member("vic@clienticity.example", id, Role::Viewer);
    world.app.db.company(Some(id), "Below Clienticity");
    world.app.db.company(None, "Somebody else");
    let types = [fleet::sims::SimType::PlugIn];
    world.app.db.run(|conn| {
        let offer = testing::offer(conn, world.meridian, "Global Data 5 MB", &types)?;
        testing::assign(conn, offer, world.meridian, id)?;
        testing::sims(conn, id, 3, SimState::Inventory, None)?;
        testing::sims(conn, id, 2, SimState::Active, Some(offer))?;
        testing::sims(conn, world.meridian, 9, SimState::Inventory, None)
    });
    let page = world.ada.get("/subaccounts").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("tbody th"), ["Clienticity"]);
    let cells = row(&page, uid);
    assert_eq!(cells[1..4], ["none", "cleo", "Global Data 5 MB"]);
    assert_eq!(
        page.attribute("tbody svg.stacked-bar", "aria-label").unwrap_or_default(),
        "3 Inventory, 2 Active"
    );
    assert!(cells[4].ends_with('5'), "{cells:?}");
    assert_eq!(cells[5], "Active");
    assert_eq!(page.texts("nav[aria-label=Main] [aria-current=page]"), ["Subaccounts"]);
}

#[actix_web::test]
async fn the_first_subaccount_is_asked_for_in_the_empty_list() {
    let world = world().await;
    let page = world.ada.get("/subaccounts").await;
    assert_eq!(page.texts(".empty button"), ["Create"]);
    assert_eq!(page.attribute(".empty button", "hx-get").unwrap_or_default(), "/subaccounts/new");
    let searched = world.ada.get("/subaccounts?q=x").await;
    assert_eq!(searched.texts(".empty a"), ["Show all"]);
}

#[actix_web::test]
async fn the_list_is_searched_by_name_and_external_id_and_paged() {
    let world = world().await;
    world.create("Zebra 100%", "ZX-9", &[world.ada_id]).await;
    for number in 0..120 {
        world.subaccount(&format!("Customer {number:03}"));
    }
    let names = |page: &Page| page.texts("tbody th");
    for search in ["zebra", "x-9", "ZX", "100%25", "%20zebra%20"] {
        assert_eq!(names(&world.ada.fragment(&format!("/subaccounts?q={search}")).await), ["Zebra 100%"]);
    }
    assert!(names(&world.ada.fragment("/subaccounts?q=_00").await).is_empty());

    let first = world.ada.fragment("/subaccounts?q=customer").await;
    assert_eq!(names(&first).len(), 50);
    assert_eq!(first.texts(".pager a"), ["Next"]);
    let second = world.ada.fragment(&first.attribute(".pager a", "href").unwrap_or_default()).await;
    assert_eq!(names(&second)[0], "Customer 050");
    let next = second.attribute(".pager a:last-child", "href").unwrap_or_default();
    let third = world.ada.fragment(&next).await;
    assert_eq!(names(&third).len(), 20);
    assert_eq!(third.texts(".pager a"), ["Previous"]);
    let back = world.ada.fragment(&third.attribute(".pager a", "href").unwrap_or_default()).await;
    assert_eq!(names(&back), names(&second));
}

#[actix_web::test]
async fn the_dialog_preselects_the_creator_and_offers_the_people_of_the_company() {
    let world = world().await;
    let (other, _) = world.subaccount("Clienticity");
    world.app.db.member("cleo@clienticity.example", other, Role::Administrator);
    let dialog = world.ada.fragment("/subaccounts/new").await;
    assert_eq!(dialog.texts("option[selected]"), ["ada"]);
    assert_eq!(dialog.value_of("option[selected]"), world.ada_id.to_string());
    let all = world.ada.json("/people/choices?q=").await;
    assert_eq!(
        all,
        json!([
            { "value": world.ada_id.to_string(), "text": "ada", "hint": "ada@meridian.example" },
            { "value": world.omar_id.to_string(), "text": "omar", "hint": "omar@meridian.example" },
        ])
    );
    let found = world.ada.json("/people/choices?q=OMAR%40mer").await;
    assert_eq!(found[0]["text"], "omar");
    assert_eq!(world.ada.json("/people/choices?q=cleo").await, json!([]));
}

#[actix_web::test]
async fn a_created_subaccount_is_in_the_list_and_marked_and_its_administrators_can_enter() {
    let world = world().await;
    for number in 0..60 {
        world.subaccount(&format!("Alpha {number:02}"));
    }
    let answer = world.create("  Northwind Metering ", " NW-1 ", &[world.omar_id, world.ada_id]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_eq!(events(&answer)["toast"]["text"], "Subaccount Northwind Metering was created.");
    assert_eq!(events(&answer)["dialog-close"], Value::Null);
    let location: Value = serde_json::from_str(answer.header("hx-location")).unwrap_or_default();
    assert_eq!(location["target"], "#subaccounts");
    let page = world.ada.fragment(location["path"].as_str().unwrap_or_default()).await;
    assert_eq!(page.texts("tr.row-new > :is(th, td)")[..3], ["Northwind Metering New", "NW-1", "ada, omar"]);
    let mut omar = world.app.sign_in("omar@meridian.example").await;
    let uid = page.attribute("tr.row-new", "id").unwrap_or_default().replace("subaccount-", "");
    let switch = omar.post("/account-focus", &[("account", uid.as_str())]).await;
    assert_eq!(switch.status, StatusCode::NO_CONTENT, "{}", switch.body);
    let start = omar.open("/").await;
    assert_eq!(start.texts("[data-company]"), ["Northwind Metering"]);
    let inside = omar.get("/subaccounts").await;
    assert_eq!(inside.texts(".empty button"), ["Create"], "an administrator there, with the option on");
}

#[actix_web::test]
async fn what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays() {
    let world = world().await;
    world.create("Northwind Metering", "NW-1", &[world.ada_id]).await;
    let before = companies(&world.app.db);
    let wrong = |page: &Page| {
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
        page.texts(".invalid-feedback").join(" ")
    };

    let taken = world.create(" NORTHWIND metering ", "NW-2", &[world.omar_id, world.ada_id]).await;
    assert!(wrong(&taken).contains("named “NORTHWIND metering”"), "{}", taken.body);
    assert_eq!(taken.value_of("#field-name"), " NORTHWIND metering ");
    assert_eq!(taken.value_of("#field-external_id"), "NW-2");
    assert_eq!(taken.texts("option[selected]"), ["ada", "omar"]);

    let taken = world.create("Other", "nw-1 ", &[world.ada_id]).await;
    assert!(wrong(&taken).contains("external ID “nw-1”"), "{}", taken.body);
    assert_eq!(taken.texts("#error-external_id").len(), 1);

    let nothing = world.create(" \u{a0} ", "", &[]).await;
    let sentences = wrong(&nothing);
    assert!(sentences.contains("Enter a name.") && sentences.contains("at least one administrator"));
    assert!(nothing.texts("option[selected]").is_empty());

    let long = world.create(&"x".repeat(101), "", &[world.ada_id]).await;
    assert!(wrong(&long).contains("at most 100 characters"));
    let odd = world.create("a\u{7}b", "c\nd", &[world.ada_id]).await;
    assert!(wrong(&odd).contains("control characters"));
    assert_eq!(companies(&world.app.db), before);

    let nephew = world.subaccount("Clienticity");
    world.app.db.company(Some(nephew.0), "Siblings alone share names");
    let fine = world.create("Siblings alone share names", "", &[world.ada_id]).await;
    assert_eq!(fine.status, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn a_subaccount_begins_with_what_its_parent_asks_for_of_a_second_factor() {
    let world = world().await;
    let from = "SELECT string_agg(coalesce(second_factor_from::text, '-'), ' ' ORDER BY id) FROM companies \
         WHERE name IN ('Meridian IoT', 'Clienticity', 'Later')";
    let ask = |sql: &str| TestDb::ask(&mut world.app.db.connect(), sql);
    world.create("Clienticity", "", &[world.ada_id]).await;
    assert_eq!(ask(from), "- -");
    world.app.db.run(|conn| {
        let ask = "UPDATE companies SET second_factor_from = '2100-01-01' WHERE name = 'Meridian IoT'";
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(ask), conn)?)
    });
    world.create("Later", "", &[world.ada_id]).await;
    let said = ask(from);
    assert_eq!(said.matches("2100-01-01").count(), 2, "{said}");
}

#[actix_web::test]
async fn only_people_of_the_creating_company_become_administrators() {
    let world = world().await;
    let (other, _) = world.subaccount("Clienticity");
    let cleo = world.app.db.member("cleo@clienticity.example", other, Role::Administrator);
    let before = companies(&world.app.db);
    for stranger in [cleo, UserId(0), UserId(-7), UserId(i64::MAX)] {
        let answer = world.create("Acme", "", &[world.ada_id, stranger]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.texts("#error-administrators")[0].contains("belongs to Meridian IoT"));
        assert_eq!(answer.texts("option[selected]"), ["ada"]);
        assert!(!answer.body.contains("cleo"));
    }
    let odd = world.ada.post("/subaccounts", &[("name", "Acme"), ("administrators", "x' OR 1=1")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(companies(&world.app.db), before);
}

#[actix_web::test]
async fn of_many_creations_with_one_name_at_once_one_succeeds() {
    let world = world().await;
    let administrators = [world.ada_id];
    let tries = (0..6).map(|_| world.create("Acme", "A-1", &administrators));
    let answers = futures_util::future::join_all(tries).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(count(StatusCode::NO_CONTENT), 1);
    assert_eq!(count(StatusCode::UNPROCESSABLE_ENTITY), 5);
    assert_eq!(companies(&world.app.db), 2);
}

#[actix_web::test]
async fn a_subaccount_is_renamed_and_keeps_out_of_its_siblings_names() {
    let world = world().await;
    let (_, uid) = world.subaccount("Clienticity");
    world.subaccount("Northwind");
    let dialog = world.ada.fragment(&format!("/subaccounts/{uid}/edit")).await;
    assert_eq!(dialog.texts("#dialog-title"), ["Edit Clienticity"]);
    let address = format!("/subaccounts/{uid}");
    let taken = world.ada.post(&address, &[("name", "northwind"), ("external_id", "C")]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(taken.texts("#dialog-title"), ["Edit Clienticity"]);
    assert_eq!(taken.value_of("#field-external_id"), "C");
    let done = world.ada.post(&address, &[("name", "CLIENTICITY"), ("external_id", "C-9")]).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert!(events(&done).get(format!("subaccount-{uid}")).is_some());
    let fresh = world.ada.fragment(&address).await;
    assert!(fresh.body.contains("CLIENTICITY") && fresh.body.contains("C-9"));
    let cleared = world.ada.post(&address, &[("name", "Clienticity"), ("external_id", " ")]).await;
    assert_eq!(cleared.status, StatusCode::NO_CONTENT);
    assert!(!world.ada.fragment(&address).await.body.contains("C-9"));
}

#[actix_web::test]
async fn a_suspended_subaccount_is_shown_so_until_the_suspension_is_lifted() {
    let world = world().await;
    let (_, uid) = world.subaccount("Clienticity");
    let address = format!("/subaccounts/{uid}/suspension");
    let dialog = world.ada.fragment(&address).await;
    assert_eq!(dialog.texts("button[type=submit]"), ["Suspend"]);
    assert!(dialog.body.contains("Meridian IoT") && dialog.body.contains("Clienticity"));
    let targets = world.ada.json("/subaccounts/choices?q=client").await;
    assert_eq!(targets[0]["value"], uid.to_string());
    for _ in 0..2 {
        let done = world.ada.post(&address, &[("suspended", "true")]).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    }
    let list = world.ada.get("/subaccounts").await;
    assert_eq!(row(&list, uid)[5], "Suspended");
    assert_eq!(list.texts(".dropdown-item[aria-disabled=true]"), ["Transfer SIMs"]);
    assert_eq!(world.ada.json("/subaccounts/choices?q=client").await, json!([]));
    let dialog = world.ada.fragment(&address).await;
    assert_eq!(dialog.texts("button[type=submit]"), ["Lift suspension"]);
    world.ada.post(&address, &[("suspended", "false")]).await;
    assert_eq!(row(&world.ada.get("/subaccounts").await, uid)[5], "Active");
    let odd = world.ada.post(&address, &[("suspended", "perhaps")]).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn in_a_suspended_company_nothing_is_created_or_changed() {
    let world = world().await;
    let (_, uid) = world.subaccount("Clienticity");
    world.app.db.run(|conn| testing::suspend(conn, world.meridian));
    let before = companies(&world.app.db);
    let answer = world.create("Acme", "", &[world.ada_id]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Meridian IoT is suspended"), "{}", answer.body);
    let answer = world.ada.post(&format!("/subaccounts/{uid}"), &[("name", "Other")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(companies(&world.app.db), before);
    let list = world.ada.get("/subaccounts").await;
    assert_eq!(list.texts("tbody th"), ["Clienticity"]);
    assert!(!list.body.contains("/subaccounts/new"));
}

#[actix_web::test]
async fn with_the_option_off_there_are_no_subaccounts() {
    let world = world().await;
    let (_, uid) = world.subaccount("Clienticity");
    set_subaccounts_enabled(&world.app.db, world.meridian, false);
    for path in [
        "",
        "/new",
        "/choices?q=",
        &format!("/{uid}"),
        &format!("/{uid}/edit"),
        &format!("/{uid}/suspension"),
    ] {
        let answer = world.ada.fragment(&format!("/subaccounts{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let people = world.ada.get("/people/choices?q=").await;
    assert_eq!(people.status, StatusCode::NOT_FOUND);
    assert_eq!(world.create("Acme", "", &[world.ada_id]).await.status, StatusCode::NOT_FOUND);
    for path in ["", "/suspension"] {
        let form = [("name", "Other"), ("suspended", "true")];
        let answer = world.ada.post(&format!("/subaccounts/{uid}{path}"), &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!world.ada.get("/").await.body.contains("/subaccounts"));
}

#[actix_web::test]
async fn viewers_and_operators_look_and_manage_nothing() {
    let world = world().await;
    let (_, uid) = world.subaccount("Clienticity");
    world.app.db.member("vera@meridian.example", world.meridian, Role::Viewer);
    for (email, entries) in
        [("vera@meridian.example", vec![]), ("omar@meridian.example", vec!["Transfer SIMs"])]
    {
        let client = world.app.sign_in(email).await;
        let list = client.get("/subaccounts").await;
        assert_eq!(list.texts("tbody th"), ["Clienticity"]);
        assert_eq!(list.texts("tbody .dropdown-item"), entries);
        assert!(!list.body.contains("/subaccounts/new"));
        for path in ["/subaccounts/new", "/people/choices?q="] {
            assert_eq!(client.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(create(&client, "", "", &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(create(&client, "Acme", "", &[world.ada_id]).await.status, StatusCode::FORBIDDEN);
        for path in ["", "/suspension"] {
            let form = [("name", ""), ("suspended", "true")];
            let answer = client.post(&format!("/subaccounts/{uid}{path}"), &form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(client.get(&format!("/subaccounts/{uid}/edit")).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(companies(&world.app.db), 2);
}

#[actix_web::test]
async fn only_direct_children_are_managed() {
    let world = world().await;
    let (id, uid) = world.subaccount("Clienticity");
    let (_, grandchild) = world.app.db.company(Some(id), "Below Clienticity");
    let (_, foreign) = world.app.db.company(None, "Somebody else");
    for other in [grandchild, foreign, world.meridian_uid, CompanyUid(uuid::Uuid::nil())] {
        for path in ["", "/edit", "/suspension"] {
            let answer = world.ada.fragment(&format!("/subaccounts/{other}{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        for path in ["", "/suspension"] {
            let form = [("name", "Mine now"), ("suspended", "true")];
            let answer = world.ada.post(&format!("/subaccounts/{other}{path}"), &form).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        let list = world.ada.get(&format!("/subaccounts?new={other}")).await;
        assert_eq!(list.texts("tbody th"), ["Clienticity"]);
    }
    assert_eq!(world.ada.get("/subaccounts/no-uid").await.status, StatusCode::NOT_FOUND);
    let page = world.ada.get(&format!("/subaccounts/{uid}")).await;
    assert_eq!(page.header("location"), format!("/subaccounts?new={uid}"));
}

#[actix_web::test]
async fn sims_can_go_to_any_company_below_and_to_the_parent() {
    let world = world().await;
    let (id, uid) = world.subaccount("Clienticity");
    let (south_id, south) = world.app.db.company(Some(id), "South");
    world.app.db.company(None, "Somebody else");
    let found = world.ada.json("/subaccounts/choices?q=").await;
    assert_eq!(
        found,
        json!([
            { "value": uid.to_string(), "text": "Clienticity", "hint": "Meridian IoT" },
            { "value": south.to_string(), "text": "South", "hint": "Meridian IoT / Clienticity" },
        ])
    );
    world.app.db.member("sue@south.example", south_id, Role::Operator);
    set_subaccounts_enabled(&world.app.db, south_id, false);
    let sue = world.app.sign_in("sue@south.example").await;
    let back = sue.json("/transfer-targets/choices?q=client").await;
    assert_eq!(back, json!([{ "value": uid.to_string(), "text": "Clienticity", "hint": "Parent company" }]));
    assert_eq!(
        sue.json("/transfer-targets/choices?q=meridian").await,
        json!([]),
        "the parent alone is above"
    );
}

#[actix_web::test]
async fn odd_queries_are_no_fault_of_the_portal() {
    let world = world().await;
    world.subaccount("Clienticity");
    for query in [
        "q=%00",
        "q=%F0%9F%93%B6",
        "q=%ff",
        "after=%00",
        "before=%00&after=x",
        "new=nonsense",
        "q=a&q=b",
        "after=",
        "x=y",
        "q=%25%27%22%3Cscript%3E",
    ] {
        for path in ["/subaccounts", "/subaccounts/choices", "/people/choices", "/transfer-targets/choices"] {
            let answer = world.ada.get(&format!("{path}?{query}")).await;
            assert!(!answer.status.is_server_error(), "{path}?{query}: {}", answer.status);
            assert!(!answer.body.contains("<script>"));
        }
    }
}
