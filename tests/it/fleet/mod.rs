//! The grid: filters, order, pages, and what it must not show.

mod actions;
mod counts;
mod filters;
mod layout;
mod lists;
pub(crate) mod many;
mod order;
mod plans;

use fleet::ids::{CompanyId, CompanyUid, OfferId, SimId, UserId};
use fleet::operations::{self, Act, NewOperation};
use fleet::sims::{Selection, SimState, SimType};
use fleet::tenancy::Role;
use fleet::testing;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use reqwest::{Method, StatusCode};

use crate::support::{Client, Page, TestApp};

/// Meridian with 30 SIMs in Inventory, 20 Active and 10 Suspended; Stranger with 5.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) meridian: CompanyId,
    pub(crate) uid: CompanyUid,
    pub(crate) stranger: CompanyId,
    pub(crate) user: UserId,
    pub(crate) ada: Client,
    pub(crate) offer: OfferId,
    pub(crate) inventory: Vec<SimId>,
    pub(crate) active: Vec<SimId>,
}

pub(crate) async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, uid) = app.db.company(None, "Meridian");
    let (stranger, _) = app.db.company(None, "Stranger");
    let user = app.db.member("ada@meridian.example", meridian, Role::Operator);
    app.db.member("vera@meridian.example", meridian, Role::Viewer);
    let (offer, inventory, active) = app.db.run(|conn| {
        let offer = testing::offer(conn, meridian, "Global", SimType::ALL)?;
        let inventory = testing::sims(conn, meridian, 30, SimState::Inventory, None)?;
        let active = testing::sims(conn, meridian, 20, SimState::Active, Some(offer))?;
        testing::sims(conn, meridian, 10, SimState::Suspended, Some(offer))?;
        testing::sims(conn, stranger, 5, SimState::Inventory, None)?;
        Ok((offer, inventory, active))
    });
    let ada = app.sign_in("ada@meridian.example").await;
    World { app, meridian, uid, stranger, user, ada, offer, inventory, active }
}

/// So many more labels, and so many more offers, of Meridian.
pub(crate) fn more_labels_and_offers(world: &World, count: usize) {
    world.sql(&format!(
        "INSERT INTO labels (company_id, name) SELECT {}, 'A label of the company ' || generate_series(1, {count})",
        world.meridian
    ));
    world.app.db.run(|conn| {
        for number in 1..=count {
            testing::offer(conn, world.meridian, &format!("An offer {number}"), SimType::ALL)?;
        }
        Ok(())
    });
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    answer: Option<String>,
}

impl World {
    pub(crate) fn sql(&self, sql: &str) {
        self.app.db.run(|conn| {
            diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
            Ok(())
        });
    }

    /// The `answer` of a query.
    pub(crate) fn ask(&self, sql: &str) -> String {
        let found: Answer =
            self.app.db.run(|conn| Ok(diesel::RunQueryDsl::get_result(diesel::sql_query(sql), conn)?));
        found.answer.unwrap_or_default()
    }

    /// The ICCIDs of Meridian's SIMs that `rest` of a query finds, in its order.
    pub(crate) fn expected(&self, condition: &str, order: &str) -> Vec<String> {
        let sql = format!(
            "SELECT string_agg(iccid, ',' ORDER BY {order}) AS answer FROM sims WHERE company_id = {} AND {condition}",
            self.meridian
        );
        let found = self
            .app
            .db
            .run(|conn| Ok(diesel::RunQueryDsl::get_result::<Answer>(diesel::sql_query(sql), conn)?.answer));
        found.unwrap_or_default().split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    pub(crate) async fn shown(&self, query: &str) -> Vec<String> {
        iccids(&self.ada.get(&format!("/fleet?size=100&{query}")).await)
    }

    fn launch(&self, act: Act, sims: Vec<SimId>) {
        let scope = self.app.db.scope(self.user, self.uid);
        let new = NewOperation::new(act, Selection::Sims(sims));
        self.app.db.run(|conn| operations::launch(conn, &scope, &new).map(drop));
    }
}

pub(crate) fn iccids(page: &Page) -> Vec<String> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.texts("a[data-row-link]")
}

#[actix_web::test]
async fn the_grid_shows_the_sims_of_the_company_alone() {
    let world = world().await;
    let page = world.ada.get("/fleet?size=100").await;
    assert_eq!(iccids(&page), world.expected("true", "iccid"));
    assert_eq!(page.texts("h1"), ["Connectivity Portal"]);
    let chips = page.texts(".chip");
    for chip in ["Inventory 30", "Active 20", "Suspended 10", "Retired 0"] {
        assert!(chips.iter().any(|text| text == chip), "{chip} in {chips:?}");
    }
    assert_eq!(page.attribute("[data-grid]", "data-total").as_deref(), Some("60"));
}

#[actix_web::test]
async fn each_filter_finds_what_it_says_and_they_combine() {
    let world = world().await;
    world.sql(&format!("INSERT INTO labels (id, company_id, name) OVERRIDING SYSTEM VALUE VALUES (70, {}, 'north'), (71, {}, 'theirs')", world.meridian, world.stranger));
    world.sql(&format!(
        "UPDATE sims SET label_ids = '{{70}}' WHERE id IN ({}, {})",
        world.inventory[3], world.active[4]
    ));
    world.sql(&format!(
        "UPDATE sims SET sim_type = 'euicc' WHERE id IN ({}, {})",
        world.inventory[5], world.active[4]
    ));
    let offer = world.offer;
    for (query, condition) in [
        ("state=active".to_owned(), "state = 'active'".to_owned()),
        ("state=suspended&state=inventory".to_owned(), "state IN ('suspended', 'inventory')".to_owned()),
        ("state=retired".to_owned(), "false".to_owned()),
        (format!("offer={offer}"), format!("offer_id = {offer}")),
        (format!("offer={offer}&state=suspended"), "state = 'suspended'".to_owned()),
        (format!("offer={offer}&sort=imsi"), format!("offer_id = {offer}")),
        ("type=euicc".to_owned(), "sim_type = 'euicc'".to_owned()),
        ("type=euicc&type=plug_in&state=active".to_owned(), "state = 'active'".to_owned()),
        ("label=70".to_owned(), "label_ids = '{70}'".to_owned()),
        (
            "label=70&type=euicc&sort=changed".to_owned(),
            "label_ids = '{70}' AND sim_type = 'euicc'".to_owned(),
        ),
        ("label=71".to_owned(), "false".to_owned()),
        ("offer=999".to_owned(), "false".to_owned()),
    ] {
        let mut shown = world.shown(&query).await;
        shown.sort_unstable();
        assert_eq!(shown, world.expected(&condition, "iccid"), "{query}");
        assert_eq!(world.counted(&query).await, shown.len(), "{query}");
    }
    let page = world.ada.get("/fleet?label=70&type=euicc").await;
    assert_eq!(page.texts("[aria-label=Filter] .chip"), ["Type: eUICC", "Label: north", "Clear all"]);
    assert_eq!(page.texts("td .badge-label"), ["north"]);
}

#[actix_web::test]
async fn a_text_finds_every_identifier_and_the_name_by_their_beginning() {
    let world = world().await;
    let id = world.inventory[7];
    world.sql(&format!(
        "UPDATE sims SET name = 'Pump 50%_Ö', msisdn = '8821612345', imei = '351234567890123', \
         eid = '89049032000000000000000000000017' WHERE id = {id}"
    ));
    world.sql(&format!("UPDATE sims SET msisdn = '8988211' WHERE id = {}", world.inventory[8]));
    let that_one = world.expected(&format!("id = {id}"), "iccid");
    for text in
        ["pump", "PUMP 50%25_%C3%B6", "88216", "%2B882 16-12", "35123", "89049032", "3512345678 90123"]
    {
        let query = format!("q={}", text.replace(' ', "%20"));
        assert_eq!(world.shown(&query).await, that_one, "{text}");
        assert_eq!(world.counted(&query).await, 1, "{text}");
    }
    for text in ["ump", "pump_", "0%25", "99", "Pump 50%25_X"] {
        assert!(world.shown(&format!("q={}", text.replace(' ', "%20"))).await.is_empty(), "{text}");
    }
    let by_iccid = world.shown("q=8988").await;
    assert_eq!(by_iccid.len(), 60, "one that matches twice is shown once");
    assert_eq!(by_iccid, world.expected("true", "iccid"));
    assert_eq!(world.shown("q=9017&state=active").await, world.expected("state = 'active'", "imsi"));
}

#[actix_web::test]
async fn the_whole_state_is_in_the_address() {
    let world = world().await;
    let page = world.ada.get("/fleet?state=active&state=inventory&sort=imsi&dir=desc&size=25").await;
    assert_eq!(iccids(&page), world.expected("state IN ('active', 'inventory')", "imsi DESC")[..25]);
    assert_eq!(page.texts(".chips[aria-label=State] [aria-current]"), ["Inventory 30", "Active 20"]);
    assert_eq!(page.texts("th[aria-sort=descending]"), ["IMSI"]);
    let next = page.attribute(".pager a", "href").expect("a next page");
    for part in ["state=inventory", "state=active", "sort=imsi", "dir=desc", "size=25", "after="] {
        assert!(next.contains(part), "{part} in {next}");
    }
    let kept = page.texts("#filters").len();
    assert_eq!(kept, 1);
    assert_eq!(page.attribute("#filters input[name=sort]", "value").as_deref(), Some("imsi"));
}

#[actix_web::test]
async fn htmx_gets_the_grid_alone_and_a_tidy_address() {
    let world = world().await;
    let part = world.ada.fragment("/fleet?offer=&type=&q=&state=active").await;
    assert_eq!(iccids(&part).len(), 20);
    assert!(
        !part.body.contains("<html") && part.body.contains("data-grid=\"state=active\""),
        "{}",
        part.body
    );
    assert_eq!(part.header("hx-push-url"), "/fleet?state=active");
    let again = world
        .ada
        .send(Method::GET, "/fleet?state=active", |request| {
            request.header("hx-request", "true").header("hx-current-url", "http://x/fleet?state=active")
        })
        .await;
    assert_eq!(iccids(&again).len(), 20);
    assert_eq!(again.header("hx-push-url"), "false", "what is shown already is no step to go back");
}

#[actix_web::test]
async fn what_cannot_be_meant_is_refused_and_nothing_fails() {
    let world = world().await;
    for query in [
        "state=lost",
        "offer=x",
        "type=paper",
        "label=x",
        "activated_from=yesterday",
        "changed_to=1969-12-31",
        "q=%00",
        "sort=eid",
        "dir=up",
        "size=7",
        "size=-1",
        "after=x",
        "after=0.1",
        "after=0.x.y",
        "sort=changed&after=4.1.x",
        "before=0.1.%01",
        "after=5.1.x",
        "sort=activated&after=3.1.99999999999999999999",
    ] {
        let page = world.ada.get(&format!("/fleet?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(!page.texts("main p, main .empty-subtitle, main").is_empty(), "{}", page.body);
    }
    let mut runner = TestRunner::deterministic();
    let keys = [
        "state",
        "offer",
        "type",
        "label",
        "activated_from",
        "changed_to",
        "q",
        "sort",
        "dir",
        "size",
        "after",
        "before",
        "open",
        "page",
    ];
    let pairs = proptest::collection::vec((proptest::sample::select(keys.to_vec()), ".{0,40}"), 0..6);
    for _ in 0..150 {
        let pairs = pairs.new_tree(&mut runner).expect("some pairs").current();
        let query = serde_html_form::to_string(&pairs).expect("a query");
        for path in ["/fleet", "/fleet/selection/count"] {
            let page = world.ada.get(&format!("{path}?{query}")).await;
            assert!(!page.status.is_server_error(), "{path}?{query}: {}", page.body);
        }
    }
}

#[actix_web::test]
async fn sims_in_flight_say_so() {
    let world = world().await;
    world.launch(Act::Suspend, vec![world.active[0]]);
    world.sql("INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state) \
               SELECT o.id, 1, s.id, s.company_id, s.state FROM operations o, sims s WHERE s.state = 'active' ORDER BY s.iccid LIMIT 1");
    let page = world.ada.get("/fleet?state=active").await;
    let number = page.attribute(".badge-flight", "href").expect("a SIM in flight");
    let number = number.rsplit('/').next().expect("a number").to_owned();
    assert_eq!(page.texts(".badge-flight"), [format!("Suspending (operation #{number})")]);
    let sim = world.ada.get(&page.attribute("a[data-row-link]", "href").expect("a SIM")).await;
    assert_eq!(sim.texts(".badge-flight"), [format!("Suspending (operation #{number})")]);
    let busy = format!("The SIM is busy in operation #{number}.");
    assert_eq!(sim.attribute("button[value=suspend]", "title"), Some(busy));
}

#[actix_web::test]
async fn a_filter_by_text_finds_no_foreign_sim() {
    let world = world().await;
    let many = world.ada.get("/fleet?q=8988").await;
    assert_eq!(iccids(&many).len(), 50);
    let theirs: String = {
        let sql = format!("SELECT min(iccid) AS answer FROM sims WHERE company_id = {}", world.stranger);
        let answer = world
            .app
            .db
            .run(|conn| Ok(diesel::RunQueryDsl::get_result::<Answer>(diesel::sql_query(sql), conn)?.answer));
        answer.expect("a SIM of Stranger")
    };
    let foreign = world.ada.get(&format!("/fleet?q={theirs}")).await;
    assert!(iccids(&foreign).is_empty());
    assert_eq!(world.ada.get(&format!("/sims/{theirs}")).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_empty_fleet_says_where_its_sims_come_from() {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind");
    for (email, company, role, step) in [
        ("vera@meridian.example", meridian, Role::Viewer, "/help/import-sims"),
        ("nora@northwind.example", northwind, Role::Administrator, "/help/transfer-sims"),
        ("vito@northwind.example", northwind, Role::Viewer, "/help/transfer-sims"),
    ] {
        app.db.member(email, company, role);
        let page = app.sign_in(email).await.get("/fleet").await;
        assert_eq!(page.attribute("#grid .empty-action a", "href").as_deref(), Some(step), "{email}");
    }
}
