//! Filtering by a list, launching on one, and how long lists are kept.

use std::sync::Arc;

use fleet::network::{Network, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::sims::SimState;
use reqwest::StatusCode;

use super::{column, iccids, listed, shown, sql, uid, upload};
use crate::operation_screens::fixture::{Form, World, button, launched, matching, preview};

async fn work_in_small_steps(world: &World) {
    let pool = world.app.db.pool.clone();
    tokio::task::spawn_blocking(move || {
        let network: Arc<dyn Network> = Arc::new(Simulated::new(pool.clone()));
        let settings = Settings { step: 5, steps_in_chunk: 2, ..Settings::default() };
        worker::run_until_idle(&pool, &network, &settings).expect("the worker");
    })
    .await
    .expect("the worker's thread");
}

#[actix_web::test]
async fn the_grid_pages_through_a_list_both_ways_in_its_order() {
    let world = World::new().await;
    let sims = world.sims(300, SimState::Inventory);
    world.sims(20, SimState::Active);
    let wanted: Vec<String> = iccids(&world, &sims).into_iter().step_by(3).collect();
    let address = listed(&world.ada, &wanted.join("\n")).await;
    let mut found = Vec::new();
    let mut next = Some(format!("{address}&size=25"));
    let mut last = String::new();
    while let Some(address) = next {
        let page = world.ada.get(&address).await;
        found.extend(page.texts("a[data-row-link]"));
        next = page.attribute("a[rel=next]", "href");
        last = address;
    }
    assert_eq!(found, wanted);
    let back = world.ada.get(&last).await.attribute("a[rel=prev]", "href").expect("a page before");
    assert_eq!(shown(&world.ada, &back).await, wanted[50..75]);
    let mut downwards = wanted.clone();
    downwards.reverse();
    assert_eq!(shown(&world.ada, &format!("{address}&dir=desc&size=100")).await, downwards);
    // A list of few SIMs comes in any order.
    let page = world.ada.get(&format!("{address}&sort=changed&size=100")).await;
    assert_eq!(page.texts("a[data-row-link]"), wanted, "all have last changed at the same moment");
    assert_eq!(page.texts("a.sort-link"), ["ICCID", "IMSI", "MSISDN", "Activated", "Last change"]);
    assert!(shown(&world.ada, &format!("{address}&state=active")).await.is_empty());
    assert_eq!(shown(&world.ada, &format!("{address}&q={}", wanted[7])).await, [wanted[7].clone()]);
    let count = address.replace("/fleet", "/fleet/selection/count");
    assert_eq!(world.ada.json(&count).await["count"], 100);
    let page = world.ada.get(&address).await;
    let chip = page.attributes("a.chip[aria-label^=Remove]", "href");
    assert_eq!(chip, ["/fleet"], "the filter without the list");
}

#[actix_web::test]
async fn an_operation_on_a_list_does_all_of_it_and_nothing_else() {
    let world = World::new().await;
    let sims = world.sims(120, SimState::Inventory);
    let wanted: Vec<String> = iccids(&world, &sims).into_iter().step_by(2).collect();
    let address = listed(&world.ada, &wanted.join("\n")).await;
    let mut form: Form = matching("transfer", address.strip_prefix("/fleet?").expect("a filter"));
    form.push(("target", world.clienticity_uid.to_string()));
    form.push(("except", sims[0].to_string()));
    assert_eq!(preview(&world.ada.post("/operations/preview", &form).await), "59 will move.");
    let number = launched(&world.ada.post("/operations", &form).await);
    work_in_small_steps(&world).await;
    assert_eq!((world.owned(world.meridian), world.owned(world.clienticity)), (61, 59));
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("list “Pasted” of 60 SIMs; except 1 SIM"), "{}", page.body);
    // What has left the company is not in the list any more.
    assert_eq!(shown(&world.ada, &address).await, wanted[..1]);
    assert_eq!(world.number("SELECT count(*) AS number FROM tasks"), 59);
}

#[actix_web::test]
async fn the_widget_takes_a_file_and_remembers_a_text() {
    let world = World::new().await;
    let sims = world.sims(30, SimState::Inventory);
    let text = iccids(&world, &sims).join("\n");
    let answer = upload(&world.ada, "/start/transfer", "all of them.csv", text.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("hx-trigger-after-settle"), "list-made");
    assert!(answer.body.contains("all of them.csv") && answer.body.contains("30 SIMs found"));
    let fields = |page: &crate::support::Page| -> Form {
        vec![
            ("kind", "transfer".to_owned()),
            ("selection", "pasted".to_owned()),
            ("list", page.value_of("input[name=list]")),
            ("list_of", page.value_of("input[name=list_of]")),
            ("target", world.clienticity_uid.to_string()),
        ]
    };
    let form = fields(&answer);
    let page = world.ada.post("/operations/preview", &form).await;
    assert_eq!(button(&page), ("Transfer 30 SIMs".to_owned(), false));
    assert_eq!(page.value_of("input[name=list]"), answer.value_of("input[name=list]"));
    launched(&world.ada.post("/operations", &form).await);
    work_in_small_steps(&world).await;
    assert_eq!(world.owned(world.clienticity), 30);

    // A text is looked up once, and again when it has changed.
    let more = world.sims(2, SimState::Inventory);
    let mut form = form[..2].to_vec();
    form.extend([
        ("identifiers", column(&world, "iccid", more[0])),
        ("target", world.clienticity_uid.to_string()),
    ]);
    let first = world.ada.post("/operations/preview", &form).await;
    form.extend(fields(&first)[2..4].to_vec());
    let second = world.ada.post("/operations/preview", &form).await;
    assert_eq!(first.value_of("input[name=list]"), second.value_of("input[name=list]"));
    form[2].1 = iccids(&world, &more).join(" ");
    let third = world.ada.post("/operations/preview", &form).await;
    assert_ne!(first.value_of("input[name=list]"), third.value_of("input[name=list]"));
    assert_eq!(preview(&third), "2 will move.");
    let answer = upload(&world.ada, "/start/transfer", "a.xlsx", b"PK\x03\x04").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("workbook or a ZIP archive"), "{}", answer.body);
}

#[actix_web::test]
async fn old_lists_go_and_what_was_launched_on_one_does_not_mind() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let known = iccids(&world, &sims);
    let mut addresses = Vec::new();
    for iccid in &known {
        addresses.push(listed(&world.ada, &format!("{iccid}\nF00D")).await);
    }
    let mut form: Form = matching("transfer", addresses[0].strip_prefix("/fleet?").expect("a filter"));
    form.push(("target", world.clienticity_uid.to_string()));
    launched(&world.ada.post("/operations", &form).await);
    let purge = || world.app.db.run(fleet::sim_lists::purge);
    assert_eq!(purge(), 0, "none is old");
    let age = format!(
        "UPDATE sim_lists SET created_at = now() - interval '8 days' WHERE uid <> '{}'",
        uid(&addresses[2])
    );
    sql(&world, &age);
    assert_eq!(purge(), 2);
    for (address, status) in
        addresses.iter().zip([StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, StatusCode::OK])
    {
        assert_eq!(world.ada.get(address).await.status, status);
    }
    let kept = "SELECT (SELECT count(*) FROM sim_list_members) * 10 + (SELECT count(*) FROM sim_list_leftovers) AS number";
    assert_eq!(world.number(kept), 11);
    work_in_small_steps(&world).await;
    assert_eq!(world.owned(world.clienticity), 1);
    let page = world.ada.get("/operations").await.attribute("tbody a[data-row-link]", "href").expect("a row");
    assert!(world.ada.get(&page).await.body.contains("a list that is not kept any more"));
}
