//! What a view shows as the SIMs of an operation.

use reqwest::StatusCode;

use super::{person, save};
use crate::fleet::{World, world};
use crate::support::Page;

#[actix_web::test]
async fn what_a_view_shows_is_launched_on_from_the_dialog_of_views() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "Stock", "state=inventory", true).await;
    let uid = view.rsplit('/').next().expect("an id").to_owned();
    let views = world.ada.get("/saved-views").await;
    let words = views.texts(".view-launch button");
    assert!(words.contains(&"Transfer".to_owned()) && words.contains(&"Suspend".to_owned()), "{words:?}");
    assert_eq!(views.attribute(".view-launch input[name=view]", "value").as_deref(), Some(&*uid));
    let vera = person(&world, "vera@meridian.example").await;
    assert!(vera.get("/saved-views").await.texts(".view-launch").is_empty(), "a viewer launches nothing");

    let form = |kind: &str, view: &str| {
        [("kind", kind), ("selection", "view"), ("view", view)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let dialog = world.ada.post("/operations/drafts", &form("transfer", &uid)).await;
    assert_eq!(dialog.texts("h2"), ["Transfer 30 SIMs from Meridian"]);
    assert_eq!(dialog.attribute("input[name=view]", "value").as_deref(), Some(&*uid));
    let gone =
        world.ada.post("/operations/drafts", &form("transfer", "00000000-0000-0000-0000-000000000000")).await;
    assert!(gone.body.contains("not there any more"), "{}", gone.body);
    let launched = world.ada.post("/operations", &form("terminate", &uid)).await;
    assert_eq!(launched.status, StatusCode::UNPROCESSABLE_ENTITY, "a SIM in Inventory is not terminated");
    assert_eq!(operations(&world), 0);
}

/// How many operations there are.
fn operations(world: &World) -> i64 {
    world.app.db.run(|conn| fleet::testing::number(conn, "SELECT count(*) AS number FROM operations"))
}

/// What the dialog sends that `page` shows, for what it was opened with.
fn shown(page: &Page, sent: &[(String, String)]) -> Vec<(String, String)> {
    let showed = page.attribute("input[name=view_showed]", "value").expect("what the view showed");
    let key = page.attribute("input[name=launch_key]", "value").expect("a key");
    let seen = [("view_showed", showed), ("launch_key", key)].map(|(name, value)| (name.to_owned(), value));
    sent.iter().cloned().chain(seen).collect()
}

#[actix_web::test]
async fn what_is_launched_by_a_view_is_what_was_previewed() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    for (before, after) in [("state=active", "state=inventory"), ("", "state=active"), ("state=active", "")] {
        let view = save(&world.ada, &format!("View {before} {after}"), before, true).await;
        let uid = view.rsplit('/').next().expect("an id").to_owned();
        let form = [("kind", "suspend"), ("selection", "view"), ("view", &*uid)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let dialog = world.ada.post("/operations/drafts", &form).await;
        world.ada.post(&view, &[("name", "Changed"), ("shared", "on"), ("query", after)]).await;
        let refused = world.ada.post("/operations", &shown(&dialog, &form)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert!(refused.body.contains("The view shows by another filter"), "{}", refused.body);
        assert_eq!(operations(&world), 0, "{before} {after}");
        world.ada.post(&format!("{view}/removal"), &[("name", "")]).await;
    }
    // The answer shows what would happen now, and that can be launched.
    let view = save(&world.ada, "Stock", "state=inventory", true).await;
    let uid = view.rsplit('/').next().expect("an id").to_owned();
    let form = [("kind", "suspend"), ("selection", "view"), ("view", &*uid)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let dialog = world.ada.post("/operations/drafts", &form).await;
    world.ada.post(&view, &[("name", "Stock"), ("shared", "on"), ("query", "state=active")]).await;
    let refused = world.ada.post("/operations", &shown(&dialog, &form)).await;
    assert!(refused.body.contains("20 will be suspended"), "{}", refused.body);
    let answer = world.ada.post("/operations", &shown(&refused, &form)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert!(!answer.header("hx-trigger").contains("selection-clear"), "the ticks in the grid are others");
    assert_eq!(operations(&world), 1);
}
