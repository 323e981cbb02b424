//! Offers: making them, assigning them to subaccounts, withdrawing them.

use fleet::ids::{CompanyId, CompanyUid, OfferId, SimId};
use fleet::operations::{self, Act, NewOperation};
use fleet::sims::{Selection, SimState, SimType};
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
    north: CompanyId,
    north_uid: CompanyUid,
    global: OfferId,
    local: OfferId,
    ada: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, meridian_uid) = app.db.company(None, "Meridian IoT");
    let (north, north_uid) = app.db.company(Some(meridian), "Northwind");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    let (global, local) = app.db.run(|conn| {
        let global = testing::offer(conn, meridian, "Global Data", &[SimType::PlugIn, SimType::Euicc])?;
        Ok((global, testing::offer(conn, meridian, "Local Data", &[SimType::Mff2])?))
    });
    let ada = app.sign_in("ada@meridian.example").await;
    World { app, meridian, meridian_uid, north, north_uid, global, local, ada }
}

impl World {
    fn assign_to_north(&self, offer: OfferId) {
        self.app.db.run(|conn| testing::assign(conn, offer, self.meridian, self.north));
    }

    fn sims(&self, company: CompanyId, count: i32, state: SimState, offer: Option<OfferId>) -> Vec<SimId> {
        self.app.db.run(|conn| testing::sims(conn, company, count, state, offer))
    }

    async fn assign(&self, offer: impl ToString) -> Page {
        let address = format!("/subaccounts/{}/offers", self.north_uid);
        self.ada.post(&address, &[("offer", offer.to_string())]).await
    }

    async fn withdraw(&self, offer: OfferId) -> Page {
        let none: [(&str, &str); 0] = [];
        self.ada.post(&format!("/subaccounts/{}/offers/{offer}/withdrawal", self.north_uid), &none).await
    }

    async fn refusal_to_withdraw(&self, offer: OfferId) -> String {
        let before = assignments(&self.app.db);
        let answer = self.withdraw(offer).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(assignments(&self.app.db), before, "nothing was withdrawn");
        assert_eq!(answer.texts("#dialog-title"), ["Assign offer to Northwind"]);
        answer.texts("[role=alert]").join(" ")
    }
}

fn assignments(db: &TestDb) -> i64 {
    db.run(|conn| testing::number(conn, "SELECT count(*) AS number FROM offer_assignments"))
}

fn events(answer: &Page) -> Value {
    serde_json::from_str(answer.header("hx-trigger")).unwrap_or_default()
}

#[actix_web::test]
async fn an_offer_is_assigned_and_stands_in_the_row() {
    let world = world().await;
    let uid = world.north_uid;
    let list = world.ada.get("/subaccounts").await;
    assert_eq!(list.texts(".dropdown-item[hx-get$=offers]"), ["Assign offer"]);
    let dialog = world.ada.fragment(&format!("/subaccounts/{uid}/offers")).await;
    assert_eq!(dialog.texts("#dialog-title"), ["Assign offer to Northwind"]);
    let url = dialog.attribute("select[name=offer]", "data-url").unwrap_or_default();
    let choices = world.ada.json(&format!("{url}&q=")).await;
    assert_eq!(
        choices,
        json!([
            { "value": world.global.to_string(), "text": "Global Data", "hint": "Plug-in card, eUICC" },
            { "value": world.local.to_string(), "text": "Local Data", "hint": "Embedded (MFF2)" },
        ])
    );
    let done = world.assign(world.global).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert_eq!(events(&done)["toast"]["text"], "Northwind now has Global Data.");
    assert!(events(&done).get(format!("subaccount-{uid}")).is_some());
    let list = world.ada.get("/subaccounts").await;
    let trigger = list.attribute("tbody tr", "hx-trigger").unwrap_or_default();
    assert_eq!(trigger, format!("subaccount-{uid} from:body"), "the row listens to what is raised");
    assert!(world.ada.fragment(&format!("/subaccounts/{uid}")).await.body.contains("Global Data"));
    let left = world.ada.json(&format!("{url}&q=DATA")).await;
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    world.assign(world.local).await;
    let full = world.ada.fragment(&format!("/subaccounts/{uid}/offers")).await;
    assert!(full.body.contains("Northwind has every offer that Meridian IoT has."));
    assert_eq!(full.texts("button[type=submit][disabled]"), ["Assign offer"]);
}

#[actix_web::test]
async fn what_can_t_be_assigned_is_said() {
    let world = world().await;
    world.assign_to_north(world.global);
    let twice = world.assign(world.global).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(twice.texts("#error-offer"), ["Northwind has Global Data already."]);
    let none = world.assign("").await;
    assert_eq!(none.texts("#error-offer"), ["Choose an offer."]);
    let (stranger, _) = world.app.db.company(None, "Somebody else");
    let foreign = world.app.db.run(|conn| testing::offer(conn, stranger, "Foreign", &[SimType::PlugIn]));
    for offer in [foreign.to_string(), "0".into(), "x".into(), i64::MAX.to_string(), "9".repeat(40)] {
        assert_eq!(world.assign(offer).await.status, StatusCode::NOT_FOUND);
    }
    let of_north = world.app.db.run(|conn| testing::offer(conn, world.north, "Own", &[SimType::PlugIn]));
    assert_eq!(world.assign(of_north).await.status, StatusCode::NOT_FOUND, "the parent does not have it");
}

#[actix_web::test]
async fn an_offer_that_no_sim_uses_is_withdrawn() {
    let world = world().await;
    world.assign_to_north(world.global);
    let dialog = world.ada.fragment(&format!("/subaccounts/{}/offers", world.north_uid)).await;
    assert_eq!(dialog.texts(".list-group-item > span"), ["Global Data no SIM on it"]);
    assert_eq!(dialog.texts("button[aria-label='Withdraw Global Data']"), ["Withdraw"]);
    let done = world.withdraw(world.global).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert_eq!(events(&done)["toast"]["text"], "Global Data was withdrawn from Northwind.");
    assert_eq!(world.withdraw(world.global).await.status, StatusCode::NOT_FOUND);
    assert_eq!(assignments(&world.app.db), 2, "the owner still has both");
}

#[actix_web::test]
async fn an_offer_in_use_is_not_withdrawn() {
    let world = world().await;
    world.assign_to_north(world.global);
    world.sims(world.north, 2, SimState::Active, Some(world.global));
    world.sims(world.north, 1, SimState::Suspended, Some(world.global));
    world.sims(world.north, 5, SimState::Inventory, None);
    let said = world.refusal_to_withdraw(world.global).await;
    assert!(said.starts_with("3 SIMs of Northwind use Global Data."), "{said}");
    world.sims(world.north, 1_200, SimState::Active, Some(world.global));
    let said = world.refusal_to_withdraw(world.global).await;
    assert!(said.starts_with("1,000 or more SIMs of Northwind use Global Data."), "{said}");
}

#[actix_web::test]
async fn an_offer_that_a_company_below_has_is_not_withdrawn() {
    let world = world().await;
    world.assign_to_north(world.global);
    let (south, _) = world.app.db.company(Some(world.north), "South");
    world.app.db.run(|conn| testing::assign(conn, world.global, world.north, south));
    let said = world.refusal_to_withdraw(world.global).await;
    assert!(said.starts_with("South, which is below Northwind, has Global Data."), "{said}");
}

#[actix_web::test]
async fn an_offer_that_an_operation_still_needs_is_not_withdrawn() {
    let world = world().await;
    world.assign_to_north(world.global);
    let sims = world.sims(world.north, 3, SimState::Inventory, None);
    let nora = world.app.db.member("nora@northwind.example", world.north, Role::Operator);
    let scope = world.app.db.scope(nora, world.north_uid);
    let number = world.app.db.run(|conn| {
        let act = Act::Activate { offer: world.global };
        operations::launch(conn, &scope, &NewOperation::new(act, Selection::Sims(sims)))
    });
    let said = world.refusal_to_withdraw(world.global).await;
    assert!(said.starts_with(&format!("Operation #{number} still puts SIMs of Northwind")), "{said}");
}

#[actix_web::test]
async fn of_assigning_on_and_withdrawing_at_once_one_gives_way() {
    let world = world().await;
    let (_, south) = world.app.db.company(Some(world.north), "South");
    world.app.db.member("nora@northwind.example", world.north, Role::Administrator);
    let nora = world.app.sign_in("nora@northwind.example").await;
    for _ in 0..8 {
        world.assign_to_north(world.global);
        let address = format!("/subaccounts/{south}/offers");
        let form = [("offer", world.global.to_string())];
        let (given, taken) =
            futures_util::future::join(nora.post(&address, &form), world.withdraw(world.global)).await;
        let (given, taken) = (given.status == StatusCode::NO_CONTENT, taken.status == StatusCode::NO_CONTENT);
        assert!(given != taken, "given on: {given}, withdrawn: {taken}");
        if given {
            let none: [(&str, &str); 0] = [];
            nora.post(&format!("/subaccounts/{south}/offers/{}/withdrawal", world.global), &none).await;
            assert_eq!(world.withdraw(world.global).await.status, StatusCode::NO_CONTENT);
        }
    }
}

#[actix_web::test]
async fn only_administrators_assign_and_only_to_direct_children() {
    let world = world().await;
    let uid = world.north_uid;
    world.assign_to_north(world.global);
    let before = assignments(&world.app.db);
    for (email, role) in [("omar@meridian.example", Role::Operator), ("vera@meridian.example", Role::Viewer)]
    {
        world.app.db.member(email, world.meridian, role);
        let client = world.app.sign_in(email).await;
        let address = format!("/subaccounts/{uid}/offers");
        assert_eq!(client.fragment(&address).await.status, StatusCode::FORBIDDEN);
        for form in [[("offer", world.local.to_string())], [("offer", String::new())]] {
            assert_eq!(client.post(&address, &form).await.status, StatusCode::FORBIDDEN);
        }
        let withdrawal = format!("{address}/{}/withdrawal", world.global);
        assert_eq!(client.post(&withdrawal, &[("x", "")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(client.get("/administration/offers").await.status, StatusCode::FORBIDDEN);
        let made = client.post("/administration/offers", &[("name", "")]).await;
        assert_eq!(made.status, StatusCode::FORBIDDEN);
        assert!(!client.get("/subaccounts").await.body.contains("Assign offer"));
    }
    let (_, grandchild) = world.app.db.company(Some(world.north), "South");
    let (_, foreign) = world.app.db.company(None, "Somebody else");
    for other in [grandchild, foreign, world.meridian_uid] {
        let address = format!("/subaccounts/{other}/offers");
        assert_eq!(world.ada.fragment(&address).await.status, StatusCode::NOT_FOUND);
        let form = [("offer", world.local.to_string())];
        assert_eq!(world.ada.post(&address, &form).await.status, StatusCode::NOT_FOUND);
        let withdrawal = format!("{address}/{}/withdrawal", world.global);
        assert_eq!(world.ada.post(&withdrawal, &form).await.status, StatusCode::NOT_FOUND);
    }
    world.app.db.run(|conn| testing::set_subaccounts_enabled(conn, world.meridian, false));
    for path in ["offers", "offers/choices?q="] {
        let off = world.ada.fragment(&format!("/subaccounts/{uid}/{path}")).await;
        assert_eq!(off.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.assign(world.local).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.withdraw(world.global).await.status, StatusCode::NOT_FOUND);
    assert_eq!(assignments(&world.app.db), before);
}

#[actix_web::test]
async fn a_main_account_makes_offers_and_describes_them() {
    let world = world().await;
    world.assign_to_north(world.global);
    let page = world.ada.get("/administration/offers").await;
    assert_eq!(page.texts("tbody th"), ["Global Data", "Local Data"]);
    assert_eq!(page.texts("td.number"), ["1", "0"]);
    assert_eq!(page.texts("[aria-label=Administration] [aria-current=page]"), ["Offers"]);
    let form = [
        ("name", " Meter 1 MB "),
        ("description", "For meters.\r\nOnce a day."),
        ("sim_types", "mff2"),
        ("sim_types", "euicc"),
    ];
    let done = world.ada.post("/administration/offers", &form).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert!(events(&done).get("offers-changed").is_some());
    let list = world.ada.fragment("/administration/offers").await;
    assert_eq!(list.texts("tbody th"), ["Global Data", "Local Data", "Meter 1 MB"]);
    assert_eq!(
        list.texts("tbody tr:last-child td")[..4],
        ["For meters. Once a day.", "Embedded (MFF2), eUICC", "Data, calls and text messages", "own"]
    );
    for (field, value) in [("network", "lab"), ("services", "smoke signals")] {
        let mut odd = form.to_vec();
        odd[0] = ("name", "Another");
        odd.push((field, value));
        let refused = world.ada.post("/administration/offers", &odd).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(refused.body.contains("Choose among the"), "{field}: {}", refused.body);
    }
    let edit = list.attribute("tbody tr:last-child [hx-get$=edit]", "hx-get").unwrap_or_default();
    let dialog = world.ada.fragment(&edit).await;
    assert_eq!(dialog.texts("textarea"), ["For meters. Once a day."]);
    let address = edit.trim_end_matches("/edit");
    let long = world.ada.post(address, &[("description", "x".repeat(501))]).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(long.texts("textarea")[0].len(), 501);
    world.ada.post(address, &[("description", "Other words")]).await;
    assert!(world.ada.fragment("/administration/offers").await.body.contains("Other words"));
}

#[actix_web::test]
async fn what_is_wrong_with_an_offer_is_said_and_what_was_typed_stays() {
    let world = world().await;
    let make = async |form: &[(&str, &str)]| {
        let answer = world.ada.post("/administration/offers", form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        answer
    };
    let taken = make(&[("name", "GLOBAL data "), ("description", "Words"), ("sim_types", "mff2")]).await;
    assert!(taken.texts("#error-name")[0].contains("named “GLOBAL data”"));
    assert_eq!(taken.texts("textarea"), ["Words"]);
    assert_eq!(taken.attribute("input[checked]", "value").unwrap_or_default(), "mff2");
    let none = make(&[("name", "Fresh")]).await;
    assert_eq!(none.texts("#error-sim_types"), ["Choose at least one type of SIM."]);
    let odd = make(&[("name", "Fresh"), ("sim_types", "esim")]).await;
    assert_eq!(odd.texts("#error-sim_types").len(), 1);
    make(&[("name", "a\u{7}b"), ("sim_types", "mff2")]).await;
    make(&[("name", "ab"), ("description", "\u{7}"), ("sim_types", "mff2")]).await;
    assert_eq!(assignments(&world.app.db), 2);
}

#[actix_web::test]
async fn a_subaccount_has_what_is_assigned_to_it_and_makes_none() {
    let world = world().await;
    world.assign_to_north(world.global);
    world.app.db.member("nora@northwind.example", world.north, Role::Administrator);
    let nora = world.app.sign_in("nora@northwind.example").await;
    let page = nora.get("/administration/offers").await;
    assert_eq!(page.texts("tbody th"), ["Global Data"]);
    assert!(page.body.contains("Meridian IoT"), "who assigned it");
    assert!(!page.body.contains("Local Data") && !page.body.contains("Create offer"));
    let form = [("name", "Own"), ("sim_types", "mff2")];
    let made = nora.post("/administration/offers", &form).await;
    assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(made.texts("[role=alert]")[0].contains("made by main accounts"));
    for path in ["", "/edit"] {
        let address = format!("/administration/offers/{}{path}", world.global);
        let form = [("description", "Mine")];
        let answer =
            if path.is_empty() { nora.post(&address, &form).await } else { nora.get(&address).await };
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(assignments(&world.app.db), 3);
}

#[actix_web::test]
async fn type_aheads_offer_what_the_company_has() {
    let world = world().await;
    world.assign_to_north(world.global);
    let names = |found: &Value| -> Vec<String> {
        let list = found.as_array().cloned().unwrap_or_default();
        list.iter().map(|choice| choice["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(&world.ada.json("/offers/choices?q=").await), ["Global Data", "Local Data"]);
    assert_eq!(names(&world.ada.json("/offers/choices?q=LOCAL").await), ["Local Data"]);
    assert_eq!(names(&world.ada.json("/offers/choices?q=&sim_type=euicc").await), ["Global Data"]);
    let (_, south) = world.app.db.company(Some(world.north), "South");
    for (target, hint) in [(world.north_uid, "assigned"), (south, "not assigned yet")] {
        let found = world.ada.json(&format!("/subaccounts/{target}/offers/choices?q=glob")).await;
        assert_eq!(found[0]["hint"], format!("Plug-in card, eUICC · {hint}"));
    }
    world.app.db.member("vic@northwind.example", world.north, Role::Viewer);
    let vic = world.app.sign_in("vic@northwind.example").await;
    assert_eq!(names(&vic.json("/offers/choices?q=").await), ["Global Data"]);
    let (_, foreign) = world.app.db.company(None, "Somebody else");
    for other in [foreign, world.meridian_uid] {
        let answer = world.ada.get(&format!("/subaccounts/{other}/offers/choices?q=")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    for query in ["q=%00", "sim_type=nonsense", "lacking=perhaps", "q=a&q=b"] {
        for path in ["/offers/choices".to_owned(), format!("/subaccounts/{}/offers/choices", world.north_uid)]
        {
            let answer = world.ada.get(&format!("{path}?{query}")).await;
            assert!(!answer.status.is_server_error(), "{path}?{query}");
        }
    }
}
