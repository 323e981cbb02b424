//! How many SIMs match: to the end, or no further than the grid wants to know.

use diesel::connection::SimpleConnection as _;
use fleet::sims::SimState;
use reqwest::StatusCode;
use serde_json::json;

use super::{World, world};
use crate::sim_lists::listed;

impl World {
    /// How many SIMs match, which is the same however far they are counted.
    pub(super) async fn counted(&self, query: &str) -> usize {
        let address = format!("/fleet/selection/count?{query}");
        let whole = self.ada.json(&address).await;
        assert_eq!(whole["more"], false, "{query}");
        assert_eq!(self.ada.json(&format!("{address}&most=10000")).await, whole, "{query}");
        usize::try_from(whole["count"].as_u64().expect("a count")).expect("a small one")
    }
}

#[actix_web::test]
async fn what_matches_is_counted_no_further_than_was_asked() {
    let world = world().await;
    world.sql(&format!(
        "INSERT INTO labels (id, company_id, name) OVERRIDING SYSTEM VALUE VALUES (70, {}, 'Hull')",
        world.meridian
    ));
    world.sql("UPDATE sims SET label_ids = '{70}' WHERE state IN ('inventory', 'active')");
    world.sql("UPDATE sims SET name = 'Hull' WHERE state = 'suspended'");
    for (query, all) in
        [("q=9017", 60), ("q=hull", 60), ("q=hull&state=active", 20), ("label=70&state=inventory", 30)]
    {
        for (most, counted) in [
            (all + 1, json!({ "count": all, "more": false })),
            (all, json!({ "count": all, "more": false })),
            (all - 1, json!({ "count": all - 1, "more": true })),
            (1, json!({ "count": 1, "more": true })),
        ] {
            let address = format!("/fleet/selection/count?{query}&most={most}");
            assert_eq!(world.ada.json(&address).await, counted, "{address}");
        }
    }
    let known = world.ada.json("/fleet/selection/count?state=active&most=5").await;
    assert_eq!(known, json!({ "count": 20, "more": false }), "counters know it without counting");
    for most in ["x", "-1", "70000"] {
        let page = world.ada.get(&format!("/fleet/selection/count?q=9017&most={most}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{most}");
    }
}

#[actix_web::test]
async fn a_list_is_counted_for_its_own_company_alone() {
    let world = world().await;
    let address = listed(&world.ada, &world.expected("state = 'active'", "iccid").join("\n")).await;
    let count = format!("{}&most=10", address.replace("/fleet", "/fleet/selection/count"));
    assert_eq!(world.ada.json(&count).await, json!({ "count": 10, "more": true }));
    world.app.db.member("sam@stranger.example", world.stranger, fleet::tenancy::Role::Viewer);
    let sam = world.app.sign_in("sam@stranger.example").await;
    assert_eq!(sam.get(&count).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn no_more_is_counted_than_the_portal_looks_at_by_itself() {
    let world = world().await;
    world
        .app
        .db
        .run(|conn| fleet::testing::sims(conn, world.meridian, 10_000, SimState::Retired, None).map(drop));
    let far = world.ada.json("/fleet/selection/count?q=8988&most=20000").await;
    assert_eq!(far, json!({ "count": 10_000, "more": true }));
    let all = world.ada.json("/fleet/selection/count?q=8988").await;
    assert_eq!(all, far, "what nobody has asked for is not counted");
    let whole = json!({ "count": 10_060, "more": false });
    assert_eq!(world.ada.json("/fleet/selection/count?q=8988&all=on").await, whole);
    let mut other = world.app.db.connect();
    let held =
        format!("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('count for ' || {}, 0))", world.user);
    other.batch_execute(&held).expect("a count that goes on");
    let second = world.ada.get("/fleet/selection/count?q=8988&all=on").await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY, "one at a time for a person");
    drop(other);
    let form = [("kind", "terminate"), ("selection", "matching"), ("filter", "q=8988")];
    let dialog = world.ada.post("/operations/drafts", &form).await;
    assert_eq!(dialog.texts("h2"), ["Terminate 10,060 SIMs of Meridian"]);
}
