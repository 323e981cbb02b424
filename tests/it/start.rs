//! The Start page: which widgets are on it, whose they are, and what they cost.

use diesel::connection::SimpleConnection as _;
use fleet::operations::{self, ListFilter, OperationState};
use fleet::sims::{SimState, SimType};
use fleet::tenancy::Role;
use fleet::{companies, overview, testing};
use reqwest::StatusCode;

use crate::operation_screens::fixture::World;
use crate::support::{Client, Page, TestDb, plans_of};

const USUAL: [&str; 5] =
    ["Fleet by state", "Transfer SIMs", "Operations in progress", "Subaccounts", "Activations per day"];

fn titles(page: &Page) -> Vec<String> {
    page.texts("h2.card-title")
}

async fn shown(client: &Client) -> Vec<String> {
    titles(&client.get("/").await)
}

async fn puts(client: &Client, widgets: &[&str]) -> Page {
    let form: Vec<_> = widgets.iter().map(|widget| ("widget", *widget)).collect();
    let answer = client.post("/start/layout", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer
}

#[actix_web::test]
async fn a_person_chooses_the_widgets_and_their_order_in_each_company() {
    let world = World::new().await;
    assert_eq!(shown(&world.ada).await, USUAL);
    let answer = puts(&world.ada, &["views", "fleet", "price", "views", "finished"]).await;
    let chosen = ["Saved views", "Fleet by state", "Recently finished operations"];
    assert_eq!(titles(&answer), chosen, "the widgets alone: {}", answer.body);
    assert!(!answer.body.contains("<html") && answer.header("hx-trigger").contains("dialog-close"));
    assert_eq!(shown(&world.app.sign_in("ada@meridian.example").await).await, chosen, "on the server");
    let omar = world.person("omar@meridian.example", Role::Operator).await;
    assert_eq!(shown(&omar).await, USUAL, "another person's are another's");
    let mut elsewhere = world.app.sign_in("ada@meridian.example").await;
    elsewhere
        .send_form(
            "/account-focus",
            &[
                ("_csrf", elsewhere.csrf_token.as_str()),
                ("account", world.clienticity_uid.to_string().as_str()),
            ],
        )
        .await;
    elsewhere.open("/").await;
    assert_eq!(shown(&elsewhere).await, USUAL, "another company's are another's");
    let reset = world.ada.post("/start/layout", &[("reset", "on")]).await;
    assert_eq!(titles(&reset), USUAL);
    assert_eq!(world.number("SELECT count(*) AS number FROM start_layouts"), 0);
}

#[actix_web::test]
async fn the_menu_of_a_widget_moves_and_removes_it_and_the_focus_goes_along() {
    let world = World::new().await;
    puts(&world.ada, &["fleet", "views", "finished"]).await;
    let page = world.ada.get("/").await;
    let menus = page.texts(".widget .dropdown-menu");
    assert_eq!(menus, ["Move laterRemove", "Move earlierMove laterRemove", "Move earlierRemove"]);
    let sends = page.attributes(".widget:nth-child(2) .dropdown-item", "hx-vals");
    let send = async |sends: &str| {
        let sends: serde_json::Value = serde_json::from_str(sends).unwrap();
        world.ada.post("/start/layout/changes", &sends).await
    };
    let moved = send(&sends[0]).await;
    assert_eq!(titles(&moved), ["Saved views", "Fleet by state", "Recently finished operations"]);
    assert!(moved.header("hx-trigger").contains("Saved views: 1 of 3"), "{}", moved.header("hx-trigger"));
    assert_eq!(moved.attribute("[autofocus]", "aria-label").as_deref(), Some("Menu of Saved views"));
    let removed = send(&sends[2]).await;
    assert_eq!(titles(&removed), ["Fleet by state", "Recently finished operations"]);
    assert!(removed.header("hx-trigger").contains("Saved views removed"));
    assert_eq!(removed.attribute("[autofocus]", "aria-label").as_deref(), Some("Add Saved views"));
    let added = send(&removed.attribute("[autofocus]", "hx-vals").unwrap()).await;
    assert_eq!(titles(&added), ["Fleet by state", "Recently finished operations", "Saved views"]);

    let empty = puts(&world.ada, &[]).await;
    assert!(titles(&empty).is_empty() && empty.texts(".empty-title") == ["No widget here."]);
    assert_eq!(empty.texts(".empty-action button"), ["Usual widgets"]);
    assert!(shown(&world.ada).await.is_empty(), "none is a choice, too");
}

#[actix_web::test]
async fn a_page_that_is_behind_changes_the_one_widget_that_it_is_asked_about() {
    let world = World::new().await;
    puts(&world.ada, &["fleet", "views", "finished"]).await;
    let change = async |widget: &str, change: &str, before: &str| {
        let form = [("widget", widget), ("change", change), ("before", before)];
        titles(&world.ada.post("/start/layout/changes", &form).await)
    };
    // Another page has removed the views and added what runs. This one still shows what there was.
    puts(&world.ada, &["fleet", "finished", "operations"]).await;
    let (fleet, finished, running) =
        ("Fleet by state", "Recently finished operations", "Operations in progress");
    assert_eq!(change("finished", "earlier", "").await, [finished, fleet, running]);
    assert_eq!(change("views", "earlier", "").await, [finished, fleet, running], "what has gone stays away");
    assert_eq!(change("views", "remove", "").await, [finished, fleet, running]);
    assert_eq!(change("operations", "add", "").await, [finished, fleet, running], "it is there once");
    assert_eq!(change("operations", "before", "fleet").await, [finished, running, fleet]);
    assert_eq!(change("finished", "before", "views").await, [running, fleet, finished], "to the end");
    assert_eq!(change("finished", "later", "").await, [running, fleet, finished]);
    assert_eq!(change("fleet", "remove", "").await, [running, finished]);
    assert_eq!(shown(&world.ada).await, [running, finished]);
    for (widget, what) in [("price", "add"), ("fleet", "sell")] {
        let answer = world.ada.post("/start/layout/changes", &[("widget", widget), ("change", what)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{widget} {what}");
    }
    assert_eq!(shown(&world.ada).await, [running, finished]);
}

#[actix_web::test]
async fn what_a_person_may_not_have_is_neither_offered_nor_shown() {
    let world = World::new().await;
    let viewer = world.person("vera@meridian.example", Role::Viewer).await;
    puts(&viewer, &["transfer", "fleet", "subaccounts"]).await;
    assert_eq!(shown(&viewer).await, ["Fleet by state", "Subaccounts"]);
    let dialog = viewer.fragment("/start/layout/edit").await;
    let offered = dialog.attributes("input[name=widget]", "value");
    assert_eq!(offered, ["fleet", "subaccounts", "operations", "activations", "finished", "views"]);
    assert_eq!(dialog.attributes("input[name=widget][checked]", "value"), ["fleet", "subaccounts"]);
    world.app.db.run(|conn| testing::set_subaccounts_enabled(conn, world.meridian, false));
    assert_eq!(shown(&viewer).await, ["Fleet by state"]);
    let dialog = viewer.fragment("/start/layout/edit").await;
    assert!(!dialog.body.contains("subaccounts"), "{}", dialog.body);
}

#[actix_web::test]
async fn who_leaves_a_company_leaves_no_layout() {
    let world = World::new().await;
    let vera = world.person("vera@meridian.example", Role::Viewer).await;
    puts(&vera, &["fleet"]).await;
    let user = world.number("SELECT user_id AS number FROM start_layouts");
    world.app.db.run(|conn| testing::no_member(conn, fleet::ids::UserId(user), world.meridian));
    assert_eq!(world.number("SELECT count(*) AS number FROM start_layouts"), 0);
}

#[actix_web::test]
async fn what_has_finished_is_listed_with_its_failures_and_views_with_their_counts() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    world.ada.post("/operations", &world.transfer(&sims)).await;
    world.ada.post("/saved-views", &[("name", "Fresh"), ("query", "state=inventory")]).await;
    world.ada.post("/saved-views", &[("name", "Named"), ("query", "q=meter")]).await;
    puts(&world.ada, &["finished", "views", "fleet"]).await;
    let running = world.ada.get("/").await;
    assert!(running.body.contains("Nothing has finished yet."), "{}", running.body);
    assert!(running.attribute("#poll-start-finished", "hx-trigger").unwrap().contains("every 2s"));
    assert_eq!(running.texts(".view-list li"), ["Fresh 3 SIMs", "Named … SIMs"]);
    world.work().await;
    world.app.db.run(|conn| {
        conn.batch_execute("UPDATE operation_companies SET success = 1, failure = 2 WHERE company_id = 1")?;
        Ok(())
    });
    assert!(running.attribute("#poll-start-fleet", "hx-trigger").unwrap().contains("every 2s"));
    assert_eq!(running.texts("#fleet-states td"), ["3", "0", "0", "0"]);
    let fleet = world.ada.fragment("/start/fleet").await;
    assert!(!fleet.attribute("#poll-start-fleet", "hx-trigger").unwrap().contains("every"));
    assert_eq!(fleet.texts("#fleet-states td"), ["0", "0", "0", "0"], "as the transfer has left them");
    let done = world.ada.fragment("/start/finished").await;
    assert!(!done.attribute("#poll-start-finished", "hx-trigger").unwrap().contains("every"));
    let row = done.texts("li").concat();
    assert!(row.starts_with("Transfer of 3 SIMs #1 2 failed") && row.ends_with("Partly failed"), "{row}");
}

/// 200,000 SIMs, half of them activated in the last month, of a company with 300 subaccounts.
const FILL: &str = "
    INSERT INTO companies (uid, parent_id, lineage, name, colour)
    SELECT gen_random_uuid(), 1, '{}', 'Sub ' || n, 'blue' FROM generate_series(1, 300) n;
    INSERT INTO sims (company_id, iccid, imsi, sim_type, state, offer_id, activated_at)
    SELECT 1, '8988211' || lpad(n::text, 12, '0'), '90170' || lpad(n::text, 10, '0'), 'plug_in',
        (CASE WHEN n % 2 = 0 THEN 'active' ELSE 'inventory' END)::sim_state, CASE WHEN n % 2 = 0 THEN 1 END,
        CASE WHEN n % 2 = 0 THEN now() - n % 28 * interval '1 day' END
    FROM generate_series(1, 200000) n;
    ANALYZE";

#[test]
fn no_widget_counts_sims_or_tasks() {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", meridian, Role::Viewer);
    let scope = db.scope(user, uid);
    db.run(|conn| {
        testing::offer(conn, meridian, "Global", SimType::ALL)?;
        Ok(conn.batch_execute(FILL)?)
    });
    let plans = plans_of(&db, &scope, false, |conn| {
        companies::sim_counts(conn, &scope)?;
        let days = overview::activations_per_day(conn, &scope, 30)?;
        assert_eq!(days.iter().map(|day| day.sims).sum::<i64>(), 100_000);
        assert_eq!(overview::largest_subaccounts(conn, &scope, 10)?.len(), 10);
        let finished = ListFilter { state: Some(OperationState::Finished), ..ListFilter::default() };
        operations::list(conn, &scope, &finished, None, 8)?;
        operations::unfinished(conn, &scope, 8)?;
        operations::under_way(conn, &scope).map(drop)
    });
    assert!(plans.len() >= 6, "the server has explained what it did");
    for plan in &plans {
        assert_eq!(plan.rows_read_of(&["sims", "tasks"]), 0, "{}: {:#}", plan.query, plan.plan);
    }
}

#[test]
fn the_counts_of_activations_are_those_of_a_recount_whatever_becomes_of_the_sims() {
    let db = TestDb::new();
    let (meridian, _) = db.company(None, "Meridian");
    db.company(Some(meridian), "Clienticity");
    let conn = &mut db.connect();
    let offer = testing::offer(conn, meridian, "Global", SimType::ALL).unwrap();
    testing::assign(conn, offer, meridian, fleet::ids::CompanyId(2)).unwrap();
    testing::sims(conn, meridian, 20, SimState::Active, Some(offer)).unwrap();
    testing::sims(conn, meridian, 20, SimState::Inventory, None).unwrap();
    let days = "SELECT count(*) FROM activation_counts WHERE sims > 0";
    let recount = |conn: &mut _, what: &str| {
        assert_eq!(testing::wrong_activation_counts(conn).unwrap(), 0, "{what}");
        assert_eq!(testing::wrong_sim_counts(conn).unwrap(), 0, "{what}");
    };
    for act in [
        "UPDATE sims SET company_id = 2 WHERE id % 3 = 0",
        "UPDATE sims SET activated_at = activated_at - id * interval '6 hours'",
        "UPDATE sims SET company_id = 3 - company_id, activated_at = activated_at + interval '1 day' WHERE id % 5 = 0",
        "UPDATE sims SET state = 'inventory', offer_id = NULL, activated_at = NULL WHERE id % 7 = 0",
        "UPDATE sims SET name = 'Meter'",
        "DELETE FROM sims WHERE id % 11 = 0",
    ] {
        conn.batch_execute(act).unwrap();
        recount(conn, act);
    }
    assert_ne!(TestDb::ask(conn, days), "0");
    // The SIMs that there were before.
    conn.batch_execute(include_str!("../../migrations/00000000000048_count_activations/down.sql")).unwrap();
    conn.batch_execute(include_str!("../../migrations/00000000000048_count_activations/up.sql")).unwrap();
    recount(conn, "the migration");
    assert_ne!(TestDb::ask(conn, days), "0");
}
