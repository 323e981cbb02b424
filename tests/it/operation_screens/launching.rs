//! The dialogs: each step, from the selection to the launch.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use super::fixture::{World, button, launched, list, matching, preview};

#[actix_web::test]
async fn the_transfer_dialog_goes_from_the_selection_to_the_launch() {
    let world = World::new().await;
    let mut sims = world.sims(3, SimState::Inventory);
    sims.extend(world.sims(2, SimState::Retired));

    let dialog = world.ada.post("/operations/drafts", &list("transfer", &sims)).await;
    assert_eq!(dialog.texts("h2"), ["Transfer 5 SIMs from Meridian IoT"]);
    assert_eq!(preview(&dialog), "Choose the company that the SIMs go to.");
    assert_eq!(button(&dialog), ("Transfer SIMs".to_owned(), true));
    assert_eq!(
        dialog.attribute("select[name=target]", "data-url").as_deref(),
        Some("/transfer-targets/choices")
    );

    let chosen = world.ada.post("/operations/preview", &world.transfer(&sims)).await;
    assert_eq!(preview(&chosen), "3 will move. 2 will not: 2 are Retired.");
    assert_eq!(button(&chosen), ("Transfer 3 SIMs".to_owned(), false));
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 0, "a preview launches nothing");

    let answer = world.ada.post("/operations", &world.transfer(&sims)).await;
    let number = launched(&answer);
    let events: serde_json::Value = serde_json::from_str(answer.header("hx-trigger")).expect("JSON");
    assert_eq!(events["toast"]["text"], "Transfer of 5 SIMs started:");
    assert_eq!(events["toast"]["link"][0], format!("/operations/{number}"));
    for event in ["dialog-close", "selection-clear", "operations-changed", "sims-changed"] {
        assert!(events.get(event).is_some(), "{event} in {events}");
    }
    world.work().await;
    assert_eq!((world.owned(world.meridian), world.owned(world.clienticity)), (2, 3));
}

#[actix_web::test]
async fn a_preview_names_the_operation_that_keeps_sims_busy() {
    let world = World::new().await;
    let sims = world.sims(4, SimState::Inventory);
    let number = launched(&world.ada.post("/operations", &world.transfer(&sims[..1])).await);
    // The tasks are there once a worker has taken the first turn.
    world.app.db.run(|conn| {
        let sql = format!(
            "INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state) \
             VALUES ({number}, 1, {}, {}, 'inventory')",
            sims[0], world.meridian
        );
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
    let page = world.ada.post("/operations/preview", &world.transfer(&sims)).await;
    assert_eq!(preview(&page), format!("3 will move. 1 will not: 1 is busy in operation #{number}."));
    assert_eq!(page.attribute(".preview a", "href"), Some(format!("/operations/{number}")));
}

#[actix_web::test]
async fn everything_that_matches_is_meant_without_the_browser_naming_it() {
    let world = World::new().await;
    let kept = world.sims(5, SimState::Inventory)[2];
    world.sims(2, SimState::Active);
    let mut form = matching("transfer", "state=inventory");
    form.push(("except", kept.to_string()));
    let dialog = world.ada.post("/operations/drafts", &form).await;
    assert_eq!(dialog.texts("h2"), ["Transfer 4 SIMs from Meridian IoT"]);
    form.push(("target", world.clienticity_uid.to_string()));
    launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    assert_eq!((world.owned(world.meridian), world.owned(world.clienticity)), (3, 4));
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_launches_once() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let dialog = world.ada.post("/operations/drafts", &list("transfer", &sims)).await;
    let mut form = world.transfer(&sims);
    form.push(("launch_key", dialog.value_of("input[name=launch_key]")));
    let (first, second) =
        tokio::join!(world.ada.post("/operations", &form), world.ada.post("/operations", &form));
    assert_eq!(launched(&first), launched(&second));
    world.work().await;
    let later = world.ada.post("/operations", &form).await;
    assert_eq!(launched(&later), launched(&first), "also when its SIMs have gone");
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 1);
}

#[actix_web::test]
async fn what_is_missing_is_said_and_what_was_chosen_stays() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Inventory);
    let answer = world.ada.post("/operations", &list("transfer", &sims)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#error-target"), ["Choose the company that the SIMs go to."]);

    let mut form = world.transfer(&sims);
    form.extend([("hand_over", "on".to_owned()), ("keep_labels", "on".to_owned())]);
    let answer = world.ada.post("/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#error-offer"), ["Choose an offer."]);
    assert_eq!(answer.texts("select[name=target] option[selected]"), ["Clienticity"]);
    assert!(answer.attribute("input[name=hand_over]", "checked").is_some());
    assert!(answer.attribute("input[name=keep_labels]", "checked").is_some());
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 0);
}

#[actix_web::test]
async fn an_empty_preview_can_not_be_launched() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Retired);
    let page = world.ada.post("/operations/preview", &world.transfer(&sims)).await;
    assert_eq!(preview(&page), "None will move. 2 will not: 2 are Retired.");
    assert_eq!(button(&page), ("Transfer 0 SIMs".to_owned(), true));
    let answer = world.ada.post("/operations", &world.transfer(&sims)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("No SIM would change"), "{}", answer.body);
}

#[actix_web::test]
async fn a_hand_over_transfers_assigns_and_activates() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let mut form = world.transfer(&sims);
    form.extend([("hand_over", "on".to_owned()), ("offer", world.global.to_string())]);
    let page = world.ada.post("/operations/preview", &form).await;
    assert_eq!(preview(&page), "3 will move and be activated.");
    assert!(page.body.contains("Global will be assigned to Clienticity first"), "{}", page.body);
    assert_eq!(page.texts("#hand-over-words"), ["and activate on Global in Clienticity"]);
    assert_eq!(button(&page), ("Transfer and activate 3 SIMs".to_owned(), false));
    let number = launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    let done = world.ada.json(&format!("/operations/{number}")).await;
    assert_eq!((&done["kind"], &done["outcome"]), (&"hand_over".into(), &"succeeded".into()));
    let sql = format!(
        "SELECT count(*) AS number FROM sims WHERE company_id = {} AND state = 'active' AND offer_id = {}",
        world.clienticity, world.global
    );
    assert_eq!(world.number(&sql), 3);
}

#[actix_web::test]
async fn activation_asks_for_an_offer_that_takes_the_sims() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Inventory);
    let mut form = list("activate", &sims);
    let dialog = world.ada.post("/operations/drafts", &form).await;
    assert_eq!(dialog.texts("h2"), ["Activate 2 SIMs of Meridian IoT"]);
    assert_eq!(preview(&dialog), "Choose an offer.");
    form.push(("offer", world.boards.to_string()));
    let page = world.ada.post("/operations/preview", &form).await;
    assert_eq!(
        preview(&page),
        "None will be activated. 2 will not: 2 are of a type that Boards does not accept."
    );
    assert!(page.body.contains("Choose an offer that accepts this type."));
    form.pop();
    form.push(("offer", world.global.to_string()));
    launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    assert_eq!(world.number("SELECT count(*) AS number FROM sims WHERE state = 'active'"), 2);
}

#[actix_web::test]
async fn suspending_and_resuming_need_no_choice() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Active);
    let dialog = world.ada.post("/operations/drafts", &list("suspend", &sims)).await;
    assert_eq!(preview(&dialog), "2 will be suspended.");
    assert_eq!(button(&dialog), ("Suspend 2 SIMs".to_owned(), false));
    launched(&world.ada.post("/operations", &list("suspend", &sims)).await);
    world.work().await;
    let dialog = world.ada.post("/operations/drafts", &list("resume", &sims)).await;
    assert_eq!(button(&dialog), ("Resume 2 SIMs".to_owned(), false));
}

#[actix_web::test]
async fn a_termination_asks_for_the_number_of_sims() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Active);
    let dialog = world.ada.post("/operations/drafts", &list("terminate", &sims)).await;
    assert_eq!(dialog.texts("label[for=field-confirm]"), ["Number of SIMs"]);
    for typed in ["", "2", "three"] {
        let mut form = list("terminate", &sims);
        form.push(("confirm", typed.to_owned()));
        let answer = world.ada.post("/operations", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.texts("#error-confirm"), ["3 SIMs will be terminated: type that number."]);
        assert_eq!(answer.value_of("input[name=confirm]"), typed);
    }
    let mut form = list("terminate", &sims);
    form.push(("confirm", " 3 ".to_owned()));
    launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    assert_eq!(world.number("SELECT count(*) AS number FROM sims WHERE state = 'retired'"), 3);
}

#[actix_web::test]
async fn a_viewer_gets_no_dialog_and_launches_nothing() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    let viewer = world.person("vera@meridian.example", Role::Viewer).await;
    for path in ["/operations/drafts", "/operations/preview", "/operations"] {
        let answer = viewer.post(path, &world.transfer(&sims)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(viewer.get("/operations").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn an_operator_hands_over_only_where_the_offer_is_assigned() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    let operator = world.person("omar@meridian.example", Role::Operator).await;
    let mut form = world.transfer(&sims);
    form.extend([("hand_over", "on".to_owned()), ("offer", world.global.to_string())]);
    let page = operator.post("/operations/preview", &form).await;
    assert!(page.body.contains("you may not assign offers here"), "{}", page.body);
    assert!(button(&page).1);
    world.app.db.run(|conn| testing::assign(conn, world.global, world.meridian, world.clienticity));
    launched(&operator.post("/operations", &form).await);
}

#[actix_web::test]
async fn foreign_sims_targets_and_offers_are_not_there() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Inventory);
    let stranger = world.stranger().await;
    let dialog = stranger.post("/operations/drafts", &list("suspend", &sims)).await;
    assert_eq!(dialog.texts("h2"), ["Suspend 0 SIMs of Stranger"]);
    assert!(button(&dialog).1);
    let answer = stranger.post("/operations", &world.transfer(&sims)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.contains("Clienticity"));
    let (_, elsewhere) = world.app.db.company(None, "Elsewhere");
    let mut form = list("transfer", &sims);
    form.push(("target", elsewhere.to_string()));
    let answer = world.ada.post("/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.contains("Elsewhere"), "{}", answer.body);
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 0);
}

#[actix_web::test]
async fn a_suspended_company_launches_nothing_and_says_why() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    world.app.db.run(|conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query("UPDATE companies SET suspended_at = now()"), conn)?;
        Ok(())
    });
    let dialog = world.ada.post("/operations/drafts", &list("transfer", &sims)).await;
    assert!(dialog.body.contains("Meridian IoT is suspended"), "{}", dialog.body);
    assert!(button(&dialog).1);
    let answer = world.ada.post("/operations", &world.transfer(&sims)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let start = world.ada.get("/").await;
    assert!(start.texts("#start-transfer").concat().contains("Meridian IoT is suspended"));
}
