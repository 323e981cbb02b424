//! The list of operations, the page of one, the bell and cancelling.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::fixture::{World, launched, list};

#[actix_web::test]
async fn the_list_is_live_while_something_runs_and_stands_still_afterwards() {
    let world = World::new().await;
    assert!(world.ada.get("/operations").await.body.contains("No operation yet"));
    world.sims(3, SimState::Inventory);
    world.sims(1, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    let polls = "[hx-trigger*='every 2s']";
    let page = world.ada.get("/operations").await;
    assert_eq!(page.texts(polls).len(), 1, "{}", page.body);
    assert!(world.ada.get(&format!("/operations/{number}")).await.texts(polls).len() == 1);
    assert!(world.ada.get("/").await.body.contains("every 2s"));
    world.work().await;
    let page = world.ada.get("/operations").await;
    assert!(page.texts(polls).is_empty());
    let row = page.texts("tbody tr").concat();
    for words in ["#", "Transfer", "Meridian IoT → Clienticity", "4", "Partly failed", "ada"] {
        assert!(row.contains(words), "{words} in {row}");
    }
    assert!(world.ada.get(&format!("/operations/{number}")).await.texts(polls).is_empty());
    assert!(!world.ada.get("/start/operations").await.body.contains("every 2s"));
}

#[actix_web::test]
async fn the_list_is_filtered_and_paged_by_its_address() {
    let world = World::new().await;
    let sims = world.sims(120, SimState::Active);
    for sim in &sims[..110] {
        launched(&world.ada.post("/operations", &list("suspend", &[*sim])).await);
    }
    world.work().await;
    let numbers = |page: &crate::support::Page| page.texts("tbody th");
    let first = world.ada.get("/operations").await;
    assert_eq!(numbers(&first).len(), 50);
    let next = first.attribute(".pager a", "href").expect("a next page");
    let second = world.ada.fragment(&next).await;
    assert!(!second.body.contains("<html"), "a fragment");
    assert_eq!(numbers(&second).len(), 50);
    let back = second.attribute(".pager a", "href").expect("a previous page");
    assert_eq!(numbers(&world.ada.get(&back).await), numbers(&first));
    assert!(world.ada.get("/operations?kind=transfer").await.body.contains("No operation matches"));
    assert_eq!(
        numbers(&world.ada.get("/operations?kind=suspend&status=succeeded&person=ADA").await).len(),
        50
    );
    let today = chrono::Utc::now().date_naive();
    let tomorrow = today.succ_opt().expect("a day");
    assert_eq!(numbers(&world.ada.get(&format!("/operations?from={today}")).await).len(), 50);
    assert!(numbers(&world.ada.get(&format!("/operations?from={tomorrow}&to={tomorrow}")).await).is_empty());
    for query in
        ["kind=lost", "status=lost", "from=23.11.2025", "before=x", "after=-", "before=99999999999999999999"]
    {
        let answer = world.ada.get(&format!("/operations?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[actix_web::test]
async fn the_page_tells_what_came_of_it_and_why() {
    let world = World::new().await;
    world.sims(3, SimState::Inventory);
    world.sims(2, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    let address = format!("/operations/{number}");
    let mut started = world.ada.json(&address).await;
    assert!(started["launched_at"].take().is_string());
    let counters =
        serde_json::json!({ "pending": 0, "in_progress": 0, "success": 0, "failure": 0, "cancelled": 0 });
    assert_eq!(
        started,
        serde_json::json!({
            "number": number, "kind": "transfer", "state": "initializing", "outcome": null, "total": 0,
            "selected": 5, "counters": counters, "launched_by": "ada", "launched_at": null, "started_at": null,
            "finished_at": null
        })
    );
    world.work().await;
    let counters =
        serde_json::json!({ "pending": 0, "in_progress": 0, "success": 3, "failure": 2, "cancelled": 0 });
    let mut finished = world.ada.json(&address).await;
    for moment in ["launched_at", "started_at", "finished_at"] {
        assert!(finished[moment].take().is_string(), "{moment}");
    }
    assert_eq!(
        finished,
        serde_json::json!({
            "number": number, "kind": "transfer", "state": "finished", "outcome": "partly_failed", "total": 5,
            "selected": 5, "counters": counters, "launched_by": "ada", "launched_at": null, "started_at": null,
            "finished_at": null
        })
    );
    let page = world.ada.get(&address).await;
    assert_eq!(page.texts("h1"), [format!("Operation #{number}")]);
    for words in
        ["Transfer of 5 SIMs", "Partly failed", "All SIMs of the company", "A Retired SIM cannot be moved."]
    {
        assert!(page.body.contains(words), "{words}");
    }
    assert_eq!(page.texts("#operation-tasks tbody tr").len(), 5);
    let links = page.attributes("#operation-tasks th a", "href");
    assert_eq!(links.len(), 2, "the SIMs that have gone have no page here: {links:?}");
    assert_eq!(world.ada.get(&links[0]).await.status, StatusCode::OK);
    let failed = world.ada.fragment(&format!("{address}?code=wrong_state&state=failure")).await;
    assert_eq!(failed.texts("tbody tr").len(), 2);
    let iccid = failed.texts("tbody th").remove(0);
    assert_eq!(world.ada.fragment(&format!("{address}?iccid={iccid}")).await.texts("tbody tr").len(), 1);
    for query in ["state=lost", "code=lost", "after=x", "before=99999999999"] {
        assert_eq!(
            world.ada.get(&format!("{address}?{query}")).await.status,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
    }
}

#[actix_web::test]
async fn the_task_table_is_paged_both_ways() {
    let world = World::new().await;
    world.sims(120, SimState::Inventory);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    let first = world.ada.get(&format!("/operations/{number}")).await;
    let rows = |page: &crate::support::Page| page.texts("tbody th");
    let next = first.attribute(".pager a", "href").expect("a next page");
    let second = world.ada.fragment(&next).await;
    assert_eq!((rows(&first).len(), rows(&second).len()), (50, 50));
    let back = second.attribute(".pager a", "href").expect("a previous page");
    assert_eq!(rows(&world.ada.get(&back).await), rows(&first));
}

#[actix_web::test]
async fn the_company_that_gets_the_sims_sees_its_part() {
    let world = World::new().await;
    world.sims(2, SimState::Inventory);
    world.sims(3, SimState::Retired);
    let number = launched(&world.launch_transfer_of_all().await);
    world.work().await;
    world.app.db.member("nora@clienticity.example", world.clienticity, Role::Administrator);
    let nora = world.app.sign_in("nora@clienticity.example").await;
    let page = nora.get(&format!("/operations/{number}")).await;
    assert_eq!(page.attributes("#operation-tasks th a", "href").len(), 2);
    assert!(page.body.contains("Launched in Meridian IoT"));
    assert!(!page.body.contains("All SIMs of the company"), "the selection is the launching company's");
    assert_eq!(
        nora.post(&format!("/operations/{number}/cancellation"), &[("x", "")]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[actix_web::test]
async fn an_operation_of_another_company_is_not_there() {
    let world = World::new().await;
    world.sims(1, SimState::Inventory);
    let number = launched(&world.launch_transfer_of_all().await);
    let stranger = world.stranger().await;
    for path in ["", "/progress", "/cancellation", "?state=success"] {
        let answer = stranger.get(&format!("/operations/{number}{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let answer = stranger.post(&format!("/operations/{number}/cancellation"), &[("x", "")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/operations").await.body.contains("Meridian"));
    for path in ["/operations/0", "/operations/x", "/operations/99999999999999999999", "/operations/-1"] {
        assert_eq!(world.ada.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn cancelling_asks_first_and_leaves_the_rest_as_it_is() {
    let world = World::new().await;
    world.sims(3, SimState::Inventory);
    let number = launched(&world.launch_transfer_of_all().await);
    let address = format!("/operations/{number}/cancellation");
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert_eq!(page.attribute("#cancel-operation", "hx-get"), Some(address.clone()));
    let question = world.ada.fragment(&address).await;
    assert_eq!(question.texts("h2"), [format!("Cancel operation #{number}")]);
    assert_eq!(question.texts("button[type=submit]"), ["Cancel operation"]);
    let viewer = world.person("vera@meridian.example", Role::Viewer).await;
    assert_eq!(viewer.fragment(&address).await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.post(&address, &[("x", "")]).await.status, StatusCode::FORBIDDEN);
    assert!(
        viewer.get(&format!("/operations/{number}")).await.attribute("#cancel-operation", "id").is_none()
    );
    assert_eq!(world.ada.post(&address, &[("x", "")]).await.status, StatusCode::NO_CONTENT);
    world.work().await;
    assert_eq!(world.ada.json(&format!("/operations/{number}")).await["outcome"], "cancelled");
    assert_eq!(world.owned(world.meridian), 3);
    let again = world.ada.post(&address, &[("x", "")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.attribute("#cancel-operation", "id").is_none());
}

#[actix_web::test]
async fn the_bell_counts_what_runs() {
    let world = World::new().await;
    world.sims(1, SimState::Inventory);
    let bell = world.ada.fragment("/operations/running").await;
    assert_eq!(bell.texts("#bell .visually-hidden"), ["Messages: no operation is running"]);
    launched(&world.launch_transfer_of_all().await);
    let bell = world.ada.fragment("/operations/running").await;
    assert_eq!(bell.texts("#bell .visually-hidden"), ["Messages: 1 operation is running"]);
    assert!(bell.attribute("#poll-running-operations", "hx-trigger").expect("a trigger").contains("every"));
}
