//! *When and how*: scheduling, chaining and pausing, on the screen and for programs.

use chrono::{TimeDelta, Utc};
use diesel::connection::SimpleConnection as _;
use fleet::network::Simulated;
use fleet::operations::worker::{self, Settings};
use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::fixture::{Form, World, launched, list, matching};

/// So many days from now, as a form writes it.
pub(super) fn ahead(days: i64) -> String {
    (Utc::now() + TimeDelta::days(days)).format("%Y-%m-%dT%H:%M").to_string()
}

pub(super) fn with(mut form: Form, more: &[(&'static str, &str)]) -> Form {
    form.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    form
}

/// Changes one row.
fn change(world: &World, update: &str) {
    let sql = format!("WITH changed AS ({update} RETURNING 1) SELECT count(*) AS number FROM changed");
    assert_eq!(world.number(&sql), 1);
}

pub(super) fn due(world: &World, number: i64) {
    let due = "UPDATE operations SET scheduled_for = now() - interval '1 second'";
    change(world, &format!("{due} WHERE id = {number}"));
}

/// Suspends SIMs by a network that refuses everything, until nothing more is done.
pub(super) async fn suspend_in_vain(world: &World, form: &Form) -> i64 {
    let number = launched(&world.ada.post("/operations", form).await);
    let pool = world.app.db.pool.clone();
    tokio::task::spawn_blocking(move || {
        let network = std::sync::Arc::new(Simulated::new(pool.clone()).failure_rate(1.0));
        let settings = Settings { step: 10, ..Settings::default() };
        let network: std::sync::Arc<dyn fleet::network::Network> = network;
        worker::run_until_idle(&pool, &network, &settings).expect("the worker");
    })
    .await
    .expect("the worker's thread");
    number
}

#[actix_web::test]
async fn an_operation_is_scheduled_and_its_start_is_changed() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let dialog = world.ada.post("/operations/drafts", &list("transfer", &sims)).await;
    assert_eq!(dialog.texts("details.when-and-how summary"), ["When and how"]);
    assert!(dialog.attribute("details.when-and-how", "open").is_none(), "it is folded");
    assert_eq!(dialog.value_of("input[name=start][checked]"), "now");
    assert_eq!(dialog.value_of("input[name=pause][checked]"), "percent");
    assert_eq!(dialog.value_of("input[name=pause_percent]"), "20");

    let moment = ahead(2);
    let form = with(world.transfer(&sims), &[("start", "at"), ("start_at", &moment), ("zone", "UTC")]);
    let answer = world.ada.post("/operations", &form).await;
    let number = launched(&answer);
    assert!(answer.header("hx-trigger").contains("Transfer of 3 SIMs is scheduled for "));
    let told = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&told["state"], &told["scheduled_zone"]), (&"scheduled".into(), &"UTC".into()));
    assert_eq!(told["scheduled_for"], format!("{moment}:00Z"));
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("(UTC)") && page.body.contains("Change start"), "{}", page.body);
    let bell = world.ada.fragment("/operations/running").await;
    assert_eq!(bell.texts("#bell .visually-hidden"), ["Messages: no operation is running"], "it waits");
    let row = world.ada.get("/operations?status=scheduled").await;
    assert!(row.texts("tbody tr").iter().any(|row| row.contains("Scheduled") && row.contains("(UTC)")));

    let address = format!("/operations/{number}/schedule");
    let dialog = world.ada.get(&address).await;
    assert_eq!(dialog.value_of("input[name=start_at]"), moment);
    assert_eq!(dialog.texts("select[name=zone] option[selected]"), ["UTC"]);
    let late = ahead(40);
    let wrong = [("start", "at"), ("start_at", &late), ("zone", "Europe/Vienna")];
    let refused = world.ada.post(&address, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts("#error-start_at")[0].contains("more than 30 days ahead"));
    assert_eq!(refused.value_of("input[name=start_at]"), late);
    assert_eq!(refused.texts("select[name=zone] option[selected]"), ["Europe/Vienna"]);

    assert_eq!(world.ada.post(&address, &[("start", "now")]).await.status, StatusCode::NO_CONTENT);
    world.work().await;
    assert_eq!(world.owned(world.clienticity), 3);
    let ended = world.ada.post(&address, &[("start", "now")]).await;
    assert_eq!(ended.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(ended.body.contains("does not wait any more"), "{}", ended.body);
}

#[actix_web::test]
async fn what_was_typed_of_when_and_how_stays_when_something_is_wrong() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Active);
    let at = |start_at: &'static str, zone: &'static str| {
        with(
            list("suspend", &sims),
            &[("start", "at"), ("start_at", start_at), ("zone", zone), ("pause", "never")],
        )
    };
    for (form, field, words) in [
        (at("", "UTC"), "start_at", "Say on which day and at what time."),
        (at("2027-03-28T02:30", "Europe/Vienna"), "start_at", "the clocks are put forward then"),
        (at("2020-01-01T00:00", "UTC"), "start_at", "has passed"),
        (at("2027-01-01T00:00", "Europe/Atlantis"), "zone", "There is no such time zone."),
        (at("2027-01-01T00:00", ""), "zone", "Choose the time zone"),
        (with(list("suspend", &sims), &[("start", "after")]), "after", "Choose the operation to wait for."),
        (with(list("suspend", &sims), &[("start", "after"), ("after", "999")]), "after", "No operation #999"),
        (
            with(list("suspend", &sims), &[("pause", "percent"), ("pause_percent", "a lot")]),
            "pause_percent",
            "Write a number.",
        ),
        (
            with(list("suspend", &sims), &[("pause", "failures"), ("pause_failures", "0")]),
            "pause_failures",
            "from 1 on",
        ),
    ] {
        let answer = world.ada.post("/operations", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        let told = answer.texts(&format!("#error-{field}"));
        assert!(told.first().is_some_and(|told| told.contains(words)), "{form:?}: {told:?}");
        assert!(answer.attribute("details.when-and-how", "open").is_some(), "it is unfolded");
        for (name, value) in form.iter().filter(|(name, _)| ["start_at", "pause_percent"].contains(name)) {
            assert_eq!(&answer.value_of(&format!("input[name={name}]")), value);
        }
    }
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 0);
}

#[actix_web::test]
async fn a_filter_and_a_list_alike_mean_the_sims_of_now() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Active);
    for selection in [matching("suspend", ""), list("suspend", &sims)] {
        let dialog = world.ada.post("/operations/drafts", &selection).await;
        let words = "The SIMs are those that match now: what comes later is not meant.";
        assert!(dialog.body.contains(words), "{}", dialog.body);
    }
}

#[actix_web::test]
async fn a_chain_is_shown_on_both_pages_and_says_why_it_broke() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Active);
    let moment = ahead(1);
    let form = with(list("suspend", &sims), &[("start", "at"), ("start_at", &moment), ("zone", "UTC")]);
    let first = launched(&world.ada.post("/operations", &form).await);
    let dialog = world.ada.post("/operations/drafts", &list("terminate", &sims)).await;
    assert_eq!(dialog.texts("select[name=after] option"), [format!("#{first} Suspension of 2 SIMs")]);
    let after = first.to_string();
    let form =
        with(list("resume", &world.sims(1, SimState::Suspended)), &[("start", "after"), ("after", &after)]);
    let answer = world.ada.post("/operations", &form).await;
    assert!(answer.header("hx-trigger").contains(&format!("waits for operation #{first}:")));
    let second = launched(&answer);
    let links = |page: &crate::support::Page| page.attributes("#operation-progress a", "href");
    let page = world.ada.get(&format!("/operations/{second}")).await;
    assert!(links(&page).contains(&format!("/operations/{first}")), "{}", page.body);
    let page = world.ada.get(&format!("/operations/{first}")).await;
    assert!(links(&page).contains(&format!("/operations/{second}")), "{}", page.body);
    world.ada.post(&format!("/operations/{first}/cancellation"), &[("", "")]).await;
    world.work().await;
    let page = world.ada.get(&format!("/operations/{second}")).await;
    assert!(page.body.contains("Not started.") && page.body.contains("which ended as: Cancelled."));
    assert_eq!(world.ada.json(&format!("/operations/{second}")).await["outcome"], "failed");
}

#[actix_web::test]
async fn a_paused_operation_says_so_everywhere_and_is_resumed() {
    let world = World::new().await;
    world.sims(40, SimState::Active);
    let form = with(matching("suspend", ""), &[("pause", "failures"), ("pause_failures", "5")]);
    let number = suspend_in_vain(&world, &form).await;
    let told = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&told["state"], &told["counters"]["failure"]), (&"paused".into(), &10.into()));
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert_eq!(page.texts("#resume-operation"), ["Resume operation"]);
    assert!(page.body.contains("failures are counted anew from here"), "{}", page.body);
    assert!(page.body.contains("When 5 SIMs have failed"), "{}", page.body);
    let listed = world.ada.get("/operations?status=paused").await;
    assert!(listed.texts("tbody tr").iter().any(|row| row.contains("Paused")), "{}", listed.body);
    let told = world.ada.fragment("/messages").await;
    assert!(
        told.body.contains("Suspension of 40 SIMs: paused, because too many have failed (10 so far)"),
        "{}",
        told.body
    );
    let bell = world.ada.fragment("/operations/running").await;
    assert_eq!(
        bell.texts("#bell .visually-hidden"),
        ["Messages: 1 operation is paused, 1 message is unread"]
    );
    assert_eq!(bell.texts("#bell .badge-suspended"), ["1 paused"]);
    let asks = bell.attribute("#poll-running-operations", "hx-trigger").expect("a trigger");
    assert!(asks.contains("operations-changed") && asks.ends_with("every 30s"), "{asks}");
    let viewer = world.person("vera@meridian.example", Role::Viewer).await;
    let page = viewer.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("Paused") && page.texts("#resume-operation").is_empty());

    let resumption = format!("/operations/{number}/resumption");
    assert_eq!(world.stranger().await.post(&resumption, &[("", "")]).await.status, StatusCode::NOT_FOUND);
    let resumed = world.ada.post(&resumption, &[("", "")]).await;
    assert_eq!(resumed.status, StatusCode::NO_CONTENT);
    assert!(resumed.header("hx-trigger").contains("operations-changed"));
    let bell = world.ada.fragment("/operations/running").await;
    assert_eq!(
        bell.texts("#bell .visually-hidden"),
        ["Messages: 1 operation is running, 1 message is unread"]
    );
    world.work().await;
    let told = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&told["outcome"], &told["counters"]["success"]), (&"partly_failed".into(), &30.into()));
}

#[actix_web::test]
async fn one_that_was_stopped_by_an_error_says_so_without_the_cause() {
    let world = World::new().await;
    world.sims(3, SimState::Inventory);
    let number = launched(&world.launch_transfer_of_all().await);
    world.app.db.run(|conn| {
        conn.batch_execute("ALTER TABLE tasks ADD CONSTRAINT broken CHECK (position = 0) NOT VALID")?;
        Ok(())
    });
    for _ in 0..5 {
        world.work_on().await;
        change(&world, "UPDATE operation_faults SET not_before = '-infinity'");
    }
    let page = world.ada.get(&format!("/operations/{number}")).await;
    let banner = page.texts("#operation-paused").concat();
    assert!(banner.contains("It met an internal error and was stopped after 5 attempts."), "{banner}");
    assert!(!banner.contains("too many") && !page.body.contains("broken"), "{}", page.body);
    change(&world, "UPDATE operations SET selection = '{\"of\": \"nothing\"}'");
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("Selection: it can&#39;t be read"), "{}", page.body);
    assert_eq!(page.texts("#resume-operation"), ["Resume operation"]);
}

#[actix_web::test]
async fn one_that_is_not_allowed_any_more_says_so_on_its_page() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Active);
    let moment = ahead(1);
    let form =
        with(list("suspend", &sims), &[("start", "at"), ("start_at", &moment), ("zone", "Asia/Calcutta")]);
    let number = launched(&world.ada.post("/operations", &form).await);
    world.number(
        "WITH moved AS (UPDATE sims SET state = 'retired', offer_id = NULL, company_id = company_id RETURNING 1), \
         demoted AS (UPDATE memberships SET role = 'viewer' RETURNING 1) SELECT count(*) AS number FROM demoted",
    );
    due(&world, number);
    world.work().await;
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("has not the right to do this in Meridian IoT any more."), "{}", page.body);
}

#[actix_web::test]
async fn time_zones_are_found_by_typing() {
    let world = World::new().await;
    let found = world.ada.json("/time-zones/choices?q=vienna").await;
    assert_eq!(found[0]["value"], "Europe/Vienna");
    assert_eq!(world.ada.json("/time-zones/choices?q=nowhere").await, serde_json::json!([]));
}
