//! What a view shows as the SIMs of an operation.

use reqwest::StatusCode;

use super::{person, save};
use crate::fleet::world;

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
    let launched = "SELECT count(*) AS number FROM operations";
    assert_eq!(world.app.db.run(|conn| fleet::testing::number(conn, launched)), 0);
}
