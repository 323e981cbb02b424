//! What screens and programs are told of operations that wait, and who is told.

use fleet::sims::SimState;
use fleet::tenancy::Role;

use super::fixture::{World, launched, list, matching};
use super::timing::{ahead, due, suspend_in_vain, with};

const OFTEN: &str = "[hx-trigger*='every 2s']";
const SELDOM: &str = "[hx-trigger*='every 30s']:not(#poll-running-operations)";

/// A suspension of so many SIMs that is scheduled for tomorrow.
async fn scheduled(world: &World, sims: i32) -> i64 {
    let sims = world.sims(sims, SimState::Active);
    let tomorrow = [("start", "at"), ("start_at", &*ahead(1)), ("zone", "UTC")];
    launched(&world.ada.post("/operations", &with(list("suspend", &sims), &tomorrow)).await)
}

#[actix_web::test]
async fn the_company_that_gets_the_sims_is_not_told_when_and_after_what() {
    let world = World::new().await;
    let first = scheduled(&world, 1).await;
    let chained = with(
        world.transfer(&world.sims(2, SimState::Inventory)),
        &[("start", "after"), ("after", &first.to_string())],
    );
    let chained = launched(&world.ada.post("/operations", &chained).await);
    let later = [("start", "at"), ("start_at", &*ahead(1)), ("zone", "Europe/Vienna")];
    let later = with(world.transfer(&world.sims(2, SimState::Inventory)), &later);
    let later = launched(&world.ada.post("/operations", &later).await);
    due(&world, first);
    due(&world, later);
    world.work().await;
    world.app.db.member("nora@clienticity.example", world.clienticity, Role::Administrator);
    let nora = world.app.sign_in("nora@clienticity.example").await;
    for (number, field, fact) in [(chained, "after", "After"), (later, "scheduled_for", "Scheduled")] {
        let address = format!("/operations/{number}");
        assert!(world.ada.json(&address).await.get(field).is_some(), "{field}");
        assert!(world.ada.get(&address).await.texts("dl dt").iter().any(|term| term == fact), "{fact}");
        let told = nora.json(&address).await;
        assert_eq!(told["outcome"], "succeeded");
        for field in ["after", "scheduled_for", "scheduled_zone", "selected"] {
            assert!(told.get(field).is_none(), "{field}: {told}");
        }
        let page = nora.get(&address).await;
        let terms = page.texts("dl dt");
        assert!(!terms.iter().any(|term| term == "After" || term == "Scheduled"), "{terms:?}");
        assert!(!page.body.contains(&format!("/operations/{first}")), "{}", page.body);
    }
}

#[actix_web::test]
async fn one_that_is_scheduled_says_what_it_is_for_and_what_a_cancellation_does() {
    let world = World::new().await;
    let number = scheduled(&world, 3).await;
    let address = format!("/operations/{number}");
    let told = world.ada.json(&address).await;
    assert_eq!((&told["total"], &told["selected"]), (&0.into(), &3.into()));
    let tasks = async || world.ada.get(&address).await.texts("#operation-tasks").concat();
    let shown = tasks().await;
    assert!(shown.contains("The SIMs are listed here once the operation has started."), "{shown}");
    let question = world.ada.fragment(&format!("{address}/cancellation")).await;
    assert!(question.body.contains("3 of them have not started"), "{}", question.body);
    world.ada.post(&format!("{address}/cancellation"), &[("", "")]).await;
    world.work().await;
    let shown = tasks().await;
    assert!(shown.contains("No SIM was changed."), "{shown}");
}

#[actix_web::test]
async fn screens_ask_seldom_while_all_that_is_unfinished_waits() {
    let world = World::new().await;
    let number = scheduled(&world, 1).await;
    let page = format!("/operations/{number}");
    let screens = ["/operations", &page, "/start/operations"];
    for screen in screens {
        let shown = world.ada.get(screen).await;
        assert_eq!((shown.texts(SELDOM).len(), shown.texts(OFTEN).len()), (1, 0), "{screen}");
    }
    // Its time is about to come.
    due(&world, number);
    for screen in screens {
        assert_eq!(world.ada.get(screen).await.texts(OFTEN).len(), 1, "{screen}");
    }
    world.work().await;
    world.sims(40, SimState::Active);
    let form = with(matching("suspend", ""), &[("pause", "failures"), ("pause_failures", "5")]);
    let page = format!("/operations/{}", suspend_in_vain(&world, &form).await);
    for screen in ["/operations", &page, "/start/operations"] {
        let shown = world.ada.get(screen).await;
        assert_eq!((shown.texts(SELDOM).len(), shown.texts(OFTEN).len()), (1, 0), "{screen}");
    }
    world.sims(1, SimState::Inventory);
    launched(&world.launch_transfer_of_all().await);
    for screen in ["/operations", "/start/operations"] {
        assert_eq!(world.ada.get(screen).await.texts(OFTEN).len(), 1, "{screen}");
    }
}

#[actix_web::test]
async fn what_the_network_refused_is_never_said_to_stay_beside_a_button_that_retries_it() {
    let world = World::new().await;
    world.sims(40, SimState::Active);
    let form = with(matching("suspend", ""), &[("pause", "never")]);
    let number = suspend_in_vain(&world, &form).await;
    let page = world.ada.get(&format!("/operations/{number}")).await;
    let told = page.texts("#operation-progress tbody td").concat();
    assert!(told.contains("Retry these 40"), "{told}");
    assert!(told.contains("Put right what the network has named"), "{told}");
    assert!(!told.contains("Nothing"), "{told}");
}
