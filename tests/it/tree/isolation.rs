//! Who sees and does what in the tree.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::{Tree, all, launched, ticked};
use crate::operation_screens::fixture::button;

#[actix_web::test]
async fn an_account_without_a_membership_leaves_no_trace() {
    let tree = Tree::new().await;
    tree.sims(tree.world.meridian, 1, SimState::Active);
    let hidden = tree.sims(tree.secretive, 5, SimState::Active);
    let page = tree.ada().get("/fleet?tree=1").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("#all-accounts"), ["All my accounts (3)"]);
    assert_eq!(page.attributes("tbody tr", "data-row").len(), 1);
    assert!(!page.body.contains("Secretive"), "its name is not shown");
    let choices = tree.ada().json("/tree/accounts/choices").await.to_string();
    assert!(choices.contains("Northwind") && !choices.contains("Secretive"), "{choices}");
    for path in ["/fleet", "/fleet/selection/count", "/tree/offers/choices", "/tree/targets/choices"] {
        let page = tree.ada().get(&format!("{path}?tree=1&in={}", tree.secretive_uid)).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}: as if it did not exist");
    }
    let count = tree.ada().json("/fleet/selection/count?tree=1").await;
    assert_eq!(count["count"], 1);

    let dialog = tree.ada().post("/tree/drafts", &ticked("suspend", &hidden)).await;
    assert!(dialog.texts(".alert").join(" ").contains("No SIM is selected"), "{}", dialog.body);
    let mut form = ticked("suspend", &hidden);
    form.push(("into", tree.secretive_uid.to_string()));
    let answer = tree.ada().post("/tree/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = all("suspend", &format!("in={}", tree.secretive_uid));
    assert_eq!(tree.ada().post("/tree/operations", &form).await.status, StatusCode::NOT_FOUND);
    assert_eq!(tree.operations(), 0);
}

#[actix_web::test]
async fn an_account_that_asks_for_a_second_factor_is_closed_to_who_has_none() {
    let tree = Tree::new().await;
    tree.sims(tree.northwind, 2, SimState::Active);
    let asks = |from: &str| {
        tree.world.app.db.run(|conn| {
            let sql = format!(
                "UPDATE companies SET second_factor_from = now() + interval '{from}' WHERE id = {}",
                tree.northwind.0
            );
            Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?)
        })
    };
    let path = format!("/fleet?tree=1&in={}", tree.northwind_uid);
    asks("1 day");
    assert_eq!(tree.ada().get(&path).await.status, StatusCode::OK, "not yet");
    asks("-1 day");
    assert_eq!(tree.ada().get(&path).await.status, StatusCode::NOT_FOUND);
    let page = tree.ada().get("/fleet?tree=1").await;
    assert_eq!(page.attributes("tbody tr", "data-row").len(), 0);
}

#[actix_web::test]
async fn a_viewer_of_an_account_sees_its_sims_and_changes_none() {
    let tree = Tree::new().await;
    let sims = tree.sims(tree.northwind, 2, SimState::Active);
    let page = tree.ada().get(&format!("/fleet?tree=1&in={}", tree.northwind_uid)).await;
    assert_eq!(page.attributes("tbody tr", "data-row").len(), 2);
    let reason = page.attribute("button[name=kind][value=suspend]", "title").unwrap_or_default();
    assert_eq!(reason, "None of these accounts allows this to you.");
    let (page, mut form) = tree.previewed(ticked("suspend", &sims)).await;
    assert_eq!(button(&page), ("Suspend SIMs".to_owned(), true));
    form.push(("into", tree.northwind_uid.to_string()));
    assert_eq!(tree.ada().post("/tree/operations", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(tree.operations(), 0);
}

#[actix_web::test]
async fn only_an_administrator_of_a_main_account_has_the_view() {
    let tree = Tree::new().await;
    let cleo =
        tree.world.app.db.member("cleo@clienticity.example", tree.world.clienticity, Role::Administrator);
    tree.world.app.db.run(|conn| fleet::testing::member(conn, cleo, tree.northwind, Role::Administrator));
    let cleo = tree.world.app.sign_in("cleo@clienticity.example").await;
    let page = cleo.get("/fleet").await;
    assert!(page.texts("#all-accounts").is_empty(), "a subaccount is not the root of anything");
    assert_eq!(cleo.get("/fleet?tree=1").await.status, StatusCode::NOT_FOUND);
    let olga = tree.world.person("olga@meridian.example", Role::Operator).await;
    assert!(olga.get("/fleet").await.texts("#all-accounts").is_empty());
    assert_eq!(olga.get("/fleet?tree=1").await.status, StatusCode::FORBIDDEN);
    assert!(tree.world.stranger().await.get("/fleet").await.texts("#all-accounts").is_empty(), "one account");
}

#[actix_web::test]
async fn a_right_that_is_withdrawn_before_the_launch_stops_all_of_it() {
    let tree = Tree::new().await;
    let clienticity = tree.world.clienticity;
    let mut sims = tree.sims(tree.world.meridian, 2, SimState::Active);
    sims.extend(tree.sims(clienticity, 2, SimState::Active));
    let (_, form) = tree.previewed(ticked("suspend", &sims)).await;
    for role in [None, Some(Role::Viewer)] {
        tree.set_role(clienticity, role);
        let answer = tree.ada().post("/tree/operations", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = answer.texts(".alert-danger").join(" ");
        assert!(told.contains("Nothing was launched"), "{told}");
        assert_eq!(tree.operations(), 0, "not in the other account either");
    }
    let (page, form) = tree.previewed(ticked("suspend", &sims)).await;
    assert_eq!(button(&page), ("Suspend 2 SIMs in 1 account".to_owned(), false));
    // What comes to be allowed after the preview is not done either.
    tree.set_role(clienticity, Some(Role::Operator));
    let answer = tree.ada().post("/tree/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(tree.operations(), 0);
    let (_, form) = tree.previewed(ticked("suspend", &sims)).await;
    assert_eq!(launched(&tree.ada().post("/tree/operations", &form).await).len(), 2);
}

#[actix_web::test]
async fn what_belongs_to_one_account_is_no_filter_of_several() {
    let tree = Tree::new().await;
    let list = uuid::Uuid::from_u128(7);
    tree.sims(tree.world.meridian, 2, SimState::Active);
    tree.sims(tree.world.clienticity, 2, SimState::Active);
    let (_, previewed) = tree.previewed(all("suspend", "")).await;
    for query in ["label=1".to_owned(), format!("list={list}")] {
        let page = tree.ada().get(&format!("/fleet?tree=1&{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        let mut form = previewed.clone();
        form.retain(|(name, _)| *name != "filter");
        form.extend(all("suspend", &query).into_iter().filter(|(name, _)| *name == "filter"));
        let answer = tree.ada().post("/tree/operations", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: never more than was meant");
        assert_eq!(tree.operations(), 0, "{query}");
    }
    assert_eq!(tree.ada().get("/fleet?tree=1&in=7").await.status, StatusCode::BAD_REQUEST);
}
