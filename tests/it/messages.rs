//! The bell: what it counts, what it lists, and for whom.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;
use serde_json::Value;

use crate::operation_screens::fixture::{World, launched, list};
use crate::support::{Client, Page, test_settings};

/// What the bell says, and what it tells to be read out.
async fn bell(client: &Client, known: &str) -> (String, Option<String>) {
    let page = client.fragment(&format!("/operations/running{known}")).await;
    let events: Value = serde_json::from_str(page.header("hx-trigger")).unwrap_or_default();
    let name = page.texts("#bell .visually-hidden").pop().expect("a bell");
    (name, events["announce"]["text"].as_str().map(str::to_owned))
}

fn listed(page: &Page) -> Vec<String> {
    page.texts(".messages a")
}

/// Transfers that many SIMs and waits for the end.
async fn transfer(world: &World, client: &Client, sims: i32) -> i64 {
    let sims = world.sims(sims, SimState::Inventory);
    let number = launched(&client.post("/operations", &world.transfer(&sims)).await);
    world.work().await;
    number
}

#[actix_web::test]
async fn the_bell_counts_and_lists_what_is_unread() {
    let world = World::new().await;
    assert_eq!(bell(&world.ada, "").await.0, "Messages: no operation is running");
    assert!(world.ada.fragment("/messages").await.body.contains("Nothing to tell yet"));
    let first = transfer(&world, &world.ada, 3).await;
    let (name, announced) = bell(&world.ada, "").await;
    assert_eq!((name.as_str(), announced), ("Messages: 1 message is unread", None));
    let second = transfer(&world, &world.ada, 2).await;
    assert_eq!(bell(&world.ada, "").await.0, "Messages: 2 messages are unread");

    let dialog = world.ada.fragment("/messages").await;
    assert_eq!(
        listed(&dialog),
        ["Transfer of 2 SIMs to Clienticity: succeeded", "Transfer of 3 SIMs to Clienticity: succeeded"]
    );
    let links = dialog.attributes(".messages a", "href");
    assert_eq!(links, [format!("/operations/{second}"), format!("/operations/{first}")]);
    assert_eq!(dialog.texts(".messages .badge"), ["New", "New"]);
    assert_eq!(dialog.attributes(".messages time", "datetime").len(), 2);
    let page = world.ada.get("/messages").await;
    assert_eq!((page.texts("h1"), listed(&page)), (vec!["Messages".to_owned()], listed(&dialog)));
}

#[actix_web::test]
async fn what_came_after_the_list_was_drawn_stays_unread() {
    let world = World::new().await;
    transfer(&world, &world.ada, 1).await;
    let dialog = world.ada.fragment("/messages").await;
    let up_to = dialog.value_of("input[name=up_to]");
    transfer(&world, &world.ada, 2).await;
    let answer = world.ada.post("/messages/reading", &[("up_to", up_to.as_str())]).await;
    assert_eq!((answer.status, answer.header("hx-trigger")), (StatusCode::OK, "messages-changed"));
    assert_eq!(answer.texts(".messages .badge"), ["New"], "the second one");
    assert_eq!(bell(&world.ada, "").await.0, "Messages: 1 message is unread");
    let up_to = answer.value_of("input[name=up_to]");
    let answer = world.ada.post("/messages/reading", &[("up_to", up_to.as_str())]).await;
    assert!(answer.texts(".messages .badge").is_empty() && answer.attribute("form", "hx-post").is_none());
    assert_eq!(listed(&answer).len(), 2, "what was read stays in the list");
    assert_eq!(bell(&world.ada, "").await.0, "Messages: no operation is running");
    let answer = world.ada.post("/messages/reading", &[("up_to", "now")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_message_that_is_new_to_the_page_is_read_out_once() {
    let world = World::new().await;
    transfer(&world, &world.ada, 4).await;
    let told = Some("Transfer of 4 SIMs to Clienticity: succeeded".to_owned());
    assert_eq!(bell(&world.ada, "?known=0").await.1, told);
    let page = world.ada.fragment("/operations/running?known=0").await;
    let next = page.attribute("#poll-running-operations", "hx-get").expect("where to ask next");
    let known = next.trim_start_matches("/operations/running");
    assert!(known.starts_with("?known="), "{known}");
    assert_eq!(bell(&world.ada, known).await, ("Messages: 1 message is unread".to_owned(), None));
}

#[actix_web::test]
async fn messages_belong_to_a_person_in_a_company() {
    let world = World::new().await;
    transfer(&world, &world.ada, 1).await;
    let omar = world.person("omar@meridian.example", Role::Operator).await;
    let stranger = world.stranger().await;
    let mut elsewhere = world.app.sign_in("ada@meridian.example").await;
    let focus = [("account", world.clienticity_uid.to_string())];
    elsewhere.post("/account-focus", &focus).await;
    elsewhere.open("/").await;
    for client in [&omar, &stranger, &elsewhere] {
        assert_eq!(bell(client, "?known=0").await, ("Messages: no operation is running".to_owned(), None));
        assert!(listed(&client.fragment("/messages").await).is_empty());
        let reading = client.post("/messages/reading", &[("up_to", "9223372036854775807")]).await;
        assert_eq!(reading.status, StatusCode::OK);
    }
    assert_eq!(bell(&world.ada, "").await.0, "Messages: 1 message is unread", "others read only their own");
    transfer(&world, &omar, 2).await;
    assert_eq!(listed(&omar.fragment("/messages").await), ["Transfer of 2 SIMs to Clienticity: succeeded"]);
    assert_eq!(listed(&world.ada.fragment("/messages").await).len(), 1, "Omar's is not for Ada");
}

#[actix_web::test]
async fn messages_go_some_time_after_they_were_read_and_at_last_in_any_case() {
    let world = World::new().await;
    for sims in [1, 2, 3] {
        transfer(&world, &world.ada, sims).await;
    }
    let purge_after = |times: [&str; 3]| {
        let [read, seen_today, unread] = times;
        for (sims, set) in [
            (1, format!("read_at = now() - interval '{read}'")),
            (2, format!("read_at = now(), created_at = now() - interval '{seen_today}'")),
            (3, format!("created_at = now() - interval '{unread}'")),
        ] {
            let sql = format!("UPDATE messages SET {set} WHERE sentence LIKE 'Transfer of {sims} %'");
            world.app.db.run(|conn| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?));
        }
        world.app.db.run(fleet::messages::purge)
    };
    assert_eq!(purge_after(["89 days", "100 days", "360 days"]), 0);
    assert_eq!(purge_after(["91 days", "100 days", "360 days"]), 1);
    assert_eq!(listed(&world.ada.fragment("/messages").await).len(), 2);
    assert_eq!(purge_after(["91 days", "367 days", "367 days"]), 2);
    assert!(listed(&world.ada.fragment("/messages").await).is_empty());
}

#[actix_web::test]
async fn an_e_mail_can_be_asked_for_only_where_some_are_sent() {
    for sends_mail in [false, true] {
        let world = World::with(simyard::app::Settings { sends_mail, ..test_settings() }).await;
        let sims = world.sims(2, SimState::Inventory);
        let wanted = usize::from(sends_mail);
        for kind in ["transfer", "activate", "suspend", "terminate"] {
            let dialog = world.ada.post("/operations/drafts", &list(kind, &sims)).await;
            assert_eq!(dialog.attributes("input[name=notify_by_email]", "type").len(), wanted, "{kind}");
        }
        let start = world.ada.get("/").await;
        assert_eq!(start.attributes("#start-transfer input[name=notify_by_email]", "type").len(), wanted);

        let mut form = list("transfer", &sims);
        form.push(("notify_by_email", "on".to_owned()));
        let again = world.ada.post("/operations", &form).await;
        assert_eq!(
            again.attributes("input[name=notify_by_email][checked]", "type").len(),
            wanted,
            "it stays"
        );
        form.push(("target", world.clienticity_uid.to_string()));
        launched(&world.ada.post("/operations", &form).await);
        let asked = world.number("SELECT count(*) AS number FROM operations WHERE notify_by_email");
        assert_eq!(asked, i64::from(sends_mail));
        launched(&world.ada.post("/operations", &world.transfer(&sims)).await);
        let asked = world.number("SELECT count(*) AS number FROM operations WHERE notify_by_email");
        assert_eq!(asked, i64::from(sends_mail), "only the one that it was asked for");
    }
}
