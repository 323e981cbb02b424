//! The ways on from an operation: failures tried again, each group with its remedy, and recalls.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use super::fixture::{Form, World, button, launched, list, matching, preview};
use crate::support::Page;

const KEY: &str = "01980000-0000-7000-8000-00000000000a";

fn form(fields: &[(&'static str, &str)]) -> Form {
    fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn buttons(page: &Page) -> Vec<String> {
    page.texts(".btn-list .btn, .card .btn").into_iter().filter(|words| !words.is_empty()).collect()
}

/// A transfer of two SIMs that move, three whose offer Clienticity lacks, and a Retired one.
async fn a_transfer_that_fails_in_part(world: &World) -> i64 {
    world.sims(2, SimState::Inventory);
    world.sims(3, SimState::Active);
    world.sims(1, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    number
}

#[actix_web::test]
async fn the_missing_offer_is_assigned_and_the_group_tried_again_with_one_button() {
    let world = World::new().await;
    let number = a_transfer_that_fails_in_part(&world).await;
    let address = format!("/operations/{number}");
    let page = world.ada.get(&address).await;
    let words = "Assign Global to Clienticity and retry these 3";
    assert!(buttons(&page).iter().any(|button| button == words), "{:?}", buttons(&page));
    let assign = format!("{address}/assignment");
    let retry = launched(&world.ada.post(&assign, &form(&[("launch_key", KEY)])).await);
    assert_eq!(launched(&world.ada.post(&assign, &form(&[("launch_key", KEY)])).await), retry, "once");
    world.work().await;
    assert_eq!(world.owned(world.clienticity), 5);
    let page = world.ada.get(&address).await;
    assert!(page.texts("dl a").contains(&format!("#{retry}")), "{}", page.body);
    assert!(!buttons(&page).iter().any(|button| button == words));
    let page = world.ada.get(&format!("/operations/{retry}")).await;
    assert!(page.texts("dl a").contains(&format!("#{number}")), "{}", page.body);
    assert!(page.body.contains(&format!("SIMs that failed in operation #{number}: Offer not assigned")));
}

#[actix_web::test]
async fn the_buttons_are_for_who_may_and_the_sentences_for_all() {
    let world = World::new().await;
    let number = a_transfer_that_fails_in_part(&world).await;
    let address = format!("/operations/{number}");
    let viewer = world.person("vic@meridian.example", Role::Viewer).await;
    let page = viewer.get(&address).await;
    assert!(page.body.contains("which Clienticity does not have"), "{}", page.body);
    for word in ["Retry", "Recall", "Assign Global"] {
        assert!(
            buttons(&page).iter().all(|button| !button.starts_with(word)),
            "{word}: {:?}",
            buttons(&page)
        );
    }
    let operator = world.person("ole@meridian.example", Role::Operator).await;
    let page = operator.get(&address).await;
    assert!(buttons(&page).iter().all(|button| !button.starts_with("Assign")), "{:?}", buttons(&page));
    assert!(buttons(&page).contains(&"Retry failed".to_owned()), "{:?}", buttons(&page));
    let key = form(&[("launch_key", KEY)]);
    assert_eq!(operator.post(&format!("{address}/assignment"), &key).await.status, StatusCode::FORBIDDEN);
    for way in ["retry", "recall"] {
        assert_eq!(viewer.get(&format!("{address}/{way}")).await.status, StatusCode::FORBIDDEN, "{way}");
    }
    let stranger = world.stranger().await;
    for way in ["retry", "recall"] {
        assert_eq!(stranger.get(&format!("{address}/{way}")).await.status, StatusCode::NOT_FOUND, "{way}");
    }
    for (kind, selection) in [("transfer", "failed"), ("recall", "changed")] {
        let number = number.to_string();
        let draft =
            form(&[("kind", kind), ("selection", selection), ("operation", &number), ("recalls", &number)]);
        let answer = stranger.post("/operations", &draft).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{selection}");
    }
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 1);
}

#[actix_web::test]
async fn all_failures_are_tried_again_in_the_dialog_that_launches() {
    let world = World::new().await;
    let number = a_transfer_that_fails_in_part(&world).await;
    world.app.db.run(|conn| testing::assign(conn, world.global, world.meridian, world.clienticity));
    let dialog = world.ada.get(&format!("/operations/{number}/retry")).await;
    assert_eq!(
        dialog.texts("#dialog-title"),
        [format!("Retry #{number}: Transfer 4 SIMs from Meridian IoT")]
    );
    assert_eq!(preview(&dialog), "3 will move. 1 will not: 1 is Retired.");
    assert_eq!(button(&dialog), ("Transfer 3 SIMs".to_owned(), false));
    let target = world.clienticity_uid.to_string();
    let number = number.to_string();
    let draft = [
        ("kind", "transfer"),
        ("selection", "failed"),
        ("operation", &number),
        ("target", &target),
        ("launch_key", KEY),
    ];
    for field in &draft[..4] {
        let sent = dialog.attribute(&format!("form input[name={}]", field.0), "value");
        assert_eq!(sent.as_deref(), Some(field.1), "{}", field.0);
    }
    let retry = launched(&world.ada.post("/operations", &form(&draft)).await);
    assert_eq!(launched(&world.ada.post("/operations", &form(&draft)).await), retry, "once");
    world.work().await;
    assert_eq!(world.owned(world.clienticity), 5);
}

#[actix_web::test]
async fn an_activation_is_tried_again_with_another_offer() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Inventory);
    // Plug-in cards on an offer for soldered chips.
    let person = world.number("SELECT min(id) AS number FROM users");
    let launch = format!(
        "WITH made AS (INSERT INTO operations (company_id, kind, offer_id, selection, selected, launched_by) \
             VALUES ({}, 'activate', {}, '{{\"sims\":[{},{}]}}', 2, {person}) RETURNING id), \
         frozen AS (INSERT INTO operation_sims SELECT id, 0, ARRAY[{},{}]::bigint[] FROM made), \
         seen AS (INSERT INTO operation_companies (company_id, operation_id, of_kind) SELECT {}, id, 'activate' FROM made) \
         SELECT id AS number FROM made",
        world.meridian, world.boards, sims[0], sims[1], sims[0], sims[1], world.meridian
    );
    let number = world.number(&launch);
    world.work().await;
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(buttons(&page).contains(&"Choose another offer".to_owned()), "{:?}", buttons(&page));
    let address = format!("/operations/{number}/retry?code=sim_type_excluded&other_offer=on");
    let dialog = world.ada.get(&address).await;
    assert!(dialog.body.contains("Choose an offer."), "{}", dialog.body);
    let (offer, number) = (world.global.to_string(), number.to_string());
    let draft = [
        ("kind", "activate"),
        ("selection", "failed"),
        ("operation", &number),
        ("code", "sim_type_excluded"),
        ("offer", &offer),
    ];
    launched(&world.ada.post("/operations", &form(&draft)).await);
    world.work().await;
    assert_eq!(world.number("SELECT count(*) AS number FROM sims WHERE state = 'active'"), 2);
}

#[actix_web::test]
async fn a_transfer_is_recalled_and_the_preview_is_honest() {
    let world = World::new().await;
    world.sims(5, SimState::Inventory);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    let retire = "WITH done AS (UPDATE sims SET state = 'retired' WHERE id = (SELECT min(id) FROM sims) RETURNING 1) \
         SELECT count(*) AS number FROM done";
    assert_eq!(world.number(retire), 1);
    let dialog = world.ada.get(&format!("/operations/{number}/recall")).await;
    assert_eq!(dialog.texts("#dialog-title"), [format!("Recall operation #{number}")]);
    assert_eq!(preview(&dialog), "4 can be recalled. 1 will not: 1 is Retired.");
    assert_eq!(button(&dialog), ("Recall 4 SIMs".to_owned(), false));
    assert!(dialog.body.contains("come back from Clienticity"), "{}", dialog.body);
    let number = number.to_string();
    let draft =
        form(&[("kind", "recall"), ("selection", "changed"), ("operation", &number), ("recalls", &number)]);
    let recall = launched(&world.ada.post("/operations", &draft).await);
    world.work().await;
    assert_eq!((world.owned(world.meridian), world.owned(world.clienticity)), (4, 1));
    let page = world.ada.get(&format!("/operations/{recall}")).await;
    for words in ["Recall of", "Back to", "Clienticity", "Partly failed"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let list = world.ada.get("/operations").await.texts("tbody tr").concat();
    assert!(list.contains("Clienticity → Meridian IoT"), "{list}");
    // Nothing is left, and that is said.
    let again = world.ada.get(&format!("/operations/{number}/recall")).await;
    assert!(preview(&again).contains("None can be recalled"), "{}", preview(&again));
    assert_eq!(world.ada.post("/operations", &draft).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn a_button_that_cannot_be_used_says_why() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Active);
    let reason = |page: &Page, words: &str| {
        let titles = page.texts(".btn[aria-disabled]");
        assert!(titles.iter().any(|title| title == words), "{words} in {titles:?}");
        page.attribute(".btn[aria-disabled]", "title").unwrap_or_default()
    };
    let mut form = list("terminate", &sims);
    form.push(("confirm", "3".to_owned()));
    let number = launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert_eq!(reason(&page, "Recall"), "A termination is final.");
    let dialog = world.ada.get(&format!("/operations/{number}/recall")).await;
    assert!(dialog.body.contains("cannot be recalled"), "{}", dialog.body);
    // While it runs there is nothing to recall yet.
    world.sims(2, SimState::Active);
    let number = launched(&world.ada.post("/operations", &matching("suspend", "state=active")).await);
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert_eq!(reason(&page, "Recall"), "The operation has not ended.");
    world.work().await;
}
