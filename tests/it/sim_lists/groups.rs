//! The groups of a preview, shown as lists.

use fleet::sims::SimState;
use reqwest::StatusCode;

use super::{iccids, lines, shown, shown_at, sql};
use crate::operation_screens::fixture::{Form, World, launched, matching, preview};

fn transfer_all(world: &World) -> Form {
    let mut form = matching("transfer", "");
    form.push(("target", world.clienticity_uid.to_string()));
    form
}

fn with(form: &Form, field: &'static str, group: &str) -> Form {
    let mut form = form.clone();
    form.push((field, group.to_owned()));
    form
}

#[actix_web::test]
async fn each_group_of_a_preview_can_be_looked_at() {
    let world = World::new().await;
    let free = world.sims(4, SimState::Inventory);
    let active = world.sims(3, SimState::Active);
    let retired = world.sims(2, SimState::Retired);
    let number = launched(&world.ada.post("/operations", &world.transfer(&free[..1])).await);
    // Its tasks are made, and wait: their SIM is busy.
    sql(
        &world,
        &format!(
            "INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state) \
         VALUES ({number}, 1, {}, {}, 'inventory')",
            free[0], world.meridian
        ),
    );
    let form = transfer_all(&world);
    let page = world.ada.post("/operations/preview", &form).await;
    assert!(preview(&page).starts_with("3 will move. 6 will not:"), "{}", preview(&page));
    let groups = page.attributes(".preview-groups button[name=group]", "value");
    assert_eq!(groups.len(), 4);
    assert_eq!(groups, page.attributes(".preview-groups button[name=csv]", "value"));
    for (group, sims) in [
        ("change".to_owned(), &free[1..]),
        ("offer_not_assigned".to_owned(), &active[..]),
        ("wrong_state.retired".to_owned(), &retired[..]),
        (format!("busy.{number}"), &free[..1]),
    ] {
        assert!(groups.contains(&group), "{group} in {groups:?}");
        let made = world.ada.post("/operations/preview/lists", &with(&form, "group", &group)).await;
        assert_eq!(shown(&world.ada, &shown_at(&made)).await, iccids(&world, sims), "{group}");
        let made = world.ada.post("/operations/preview/lists", &with(&form, "csv", &group)).await;
        let file = lines(&world.ada, &shown_at(&made)).await;
        let found: Vec<&str> = file[1..].iter().filter_map(|line| line.split(',').next()).collect();
        assert_eq!(found, iccids(&world, sims), "{group}");
    }
    for group in ["", "lost", "wrong_state.lost", "busy.x"] {
        let answer = world.ada.post("/operations/preview/lists", &with(&form, "group", group)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{group}");
    }
    let no_target = with(&matching("transfer", ""), "group", "change");
    let answer = world.ada.post("/operations/preview/lists", &no_target).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}
