//! One act on SIMs of several accounts.

use fleet::sims::SimState;
use fleet::tenancy::{Permission, Role};
use fleet::testing;
use reqwest::StatusCode;

use super::{Tree, all, launched, rows, ticked, uid_of, user};
use crate::operation_screens::fixture::{button, preview};

#[actix_web::test]
async fn the_preview_tells_each_account_and_the_launch_does_what_it_said() {
    let tree = Tree::new().await;
    let (meridian, clienticity) = (tree.world.meridian, tree.world.clienticity);
    let mut sims = tree.sims(meridian, 3, SimState::Active);
    sims.extend(tree.sims(meridian, 1, SimState::Inventory));
    sims.extend(tree.sims(clienticity, 2, SimState::Active));
    sims.extend(tree.sims(tree.northwind, 4, SimState::Active));

    let dialog = tree.ada().post("/tree/drafts", &ticked("suspend", &sims)).await;
    assert_eq!(dialog.texts("h2"), ["Suspend 10 SIMs of 3 accounts"]);
    assert_eq!(preview(&dialog), "5 will be suspended in 2 accounts. 5 stay as they are.");
    assert_eq!(
        rows(&dialog, 4),
        [
            ["Meridian IoT", "3", "1", "1 is in Inventory"],
            ["Clienticity", "2", "0", ""],
            ["Northwind", "0", "4", "Your role in Northwind, Viewer, does not allow this."],
        ]
    );
    assert_eq!(button(&dialog), ("Suspend 5 SIMs in 2 accounts".to_owned(), false));
    assert_eq!(tree.operations(), 0, "a preview launches nothing");

    let (_, form) = tree.previewed(ticked("suspend", &sims)).await;
    let answer = tree.ada().post("/tree/operations", &form).await;
    let numbers = launched(&answer);
    let events: serde_json::Value = serde_json::from_str(answer.header("hx-trigger")).expect("JSON");
    let text = format!("Suspension of 6 SIMs in 2 accounts started (#{}, #{}):", numbers[0], numbers[1]);
    assert_eq!(events["toast"]["text"], text);
    tree.world.work().await;
    let suspended = |company| {
        let sql = format!(
            "SELECT count(*) AS number FROM sims WHERE company_id = {company} AND state = 'suspended'"
        );
        tree.world.number(&sql)
    };
    assert_eq!((suspended(meridian), suspended(clienticity), suspended(tree.northwind)), (3, 2, 0));

    let page = tree.ada().get(&format!("/operations/{}", numbers[0])).await;
    assert!(page.texts("dd").contains(&format!("#{} in Clienticity", numbers[1])), "{}", page.body);
    assert!(page.texts("p").contains(&"Selection: 4 SIMs chosen one by one".to_owned()), "its own alone");
    let there = tree.ada().get(&format!("/operations/{}", numbers[1])).await;
    assert_eq!(there.status, StatusCode::NOT_FOUND, "the other belongs to the other account");
    tree.set_role(clienticity, None);
    let page = tree.ada().get(&format!("/operations/{}", numbers[0])).await;
    assert!(!page.body.contains("Clienticity"), "only who sees the others is told of them");
}

#[actix_web::test]
async fn all_that_match_are_resolved_in_each_account() {
    let tree = Tree::new().await;
    let kept = tree.sims(tree.world.meridian, 3, SimState::Active)[1];
    let other = tree.sims(tree.world.clienticity, 3, SimState::Active)[0];
    tree.sims(tree.world.clienticity, 1, SimState::Suspended);
    let mut form = all("suspend", "state=active");
    form.extend([("except", kept.to_string()), ("except", other.to_string())]);
    let (page, form) = tree.previewed(form).await;
    assert_eq!(preview(&page), "4 will be suspended in 2 accounts.");
    let numbers = launched(&tree.ada().post("/tree/operations", &form).await);
    assert_eq!(numbers.len(), 2);
    tree.world.work().await;
    assert_eq!(tree.world.number("SELECT count(*) AS number FROM sims WHERE state = 'suspended'"), 5);
    let page = tree.ada().get(&format!("/operations/{}", numbers[0])).await;
    assert!(page.texts("p").contains(&"Selection: state Active; except 1 SIM".to_owned()), "{}", page.body);
}

#[actix_web::test]
async fn a_filter_by_account_is_kept_at_the_launch() {
    let tree = Tree::new().await;
    tree.sims(tree.world.meridian, 2, SimState::Active);
    tree.sims(tree.world.clienticity, 3, SimState::Active);
    let form = all("suspend", &format!("in={}", tree.world.clienticity_uid));
    let (page, form) = tree.previewed(form).await;
    assert_eq!(button(&page), ("Suspend 3 SIMs in 1 account".to_owned(), false));
    assert_eq!(launched(&tree.ada().post("/tree/operations", &form).await).len(), 1);
    tree.world.work().await;
    assert_eq!(tree.world.number("SELECT count(*) AS number FROM sims WHERE state = 'suspended'"), 3);
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_launches_once_in_each_account() {
    let tree = Tree::new().await;
    let mut sims = tree.sims(tree.world.meridian, 2, SimState::Active);
    sims.extend(tree.sims(tree.world.clienticity, 2, SimState::Active));
    let dialog = tree.ada().post("/tree/drafts", &ticked("suspend", &sims)).await;
    let (_, mut form) = tree.previewed(ticked("suspend", &sims)).await;
    form.push(("launch_key", dialog.value_of("input[name=launch_key]")));
    let (first, second) =
        tokio::join!(tree.ada().post("/tree/operations", &form), tree.ada().post("/tree/operations", &form));
    assert_eq!(launched(&first), launched(&second));
    tree.world.work().await;
    let later = tree.ada().post("/tree/operations", &form).await;
    assert_eq!(launched(&later), launched(&first), "also when its SIMs have changed");
    assert_eq!(tree.operations(), 2);
}

#[actix_web::test]
async fn a_form_of_several_accounts_is_not_taken_for_one_of_the_account_in_focus() {
    let tree = Tree::new().await;
    tree.sims(tree.world.meridian, 2, SimState::Active);
    for path in ["/operations/drafts", "/operations/preview", "/operations"] {
        let answer = tree.ada().post(path, &all("suspend", "state=active")).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.body.contains("SIMs of several accounts"), "{}", answer.body);
    }
    assert_eq!(tree.operations(), 0);
}

#[actix_web::test]
async fn an_offer_that_an_account_lacks_and_a_suspended_account_are_told_of() {
    let tree = Tree::new().await;
    let (meridian, clienticity) = (tree.world.meridian, tree.world.clienticity);
    tree.set_role(tree.northwind, Some(Role::Operator));
    let mut sims = tree.sims(meridian, 2, SimState::Inventory);
    sims.extend(tree.sims(clienticity, 3, SimState::Inventory));
    sims.extend(tree.sims(tree.northwind, 1, SimState::Inventory));
    tree.world.app.db.run(|conn| testing::suspend(conn, tree.northwind));
    let all_types = fleet::sims::SimType::ALL;
    let own = tree.world.app.db.run(|conn| testing::offer(conn, meridian, "Own", all_types));
    let mut form = ticked("activate", &sims);
    form.push(("offer", own.to_string()));
    let (page, _) = tree.previewed(form).await;
    assert_eq!(button(&page), ("Activate 2 SIMs in 1 account".to_owned(), false));
    let told = rows(&page, 4);
    assert_eq!(told[1], ["Clienticity", "0", "3", "Own is not assigned to Clienticity."]);
    assert!(told[2][3].starts_with("Northwind is suspended:"), "{told:?}");
    let choices = tree.ada().json("/tree/offers/choices?tree=1&q=ow").await;
    assert_eq!(choices[0]["text"], "Own");
    let foreign = tree.world.app.db.run(|conn| {
        let (company, _) = testing::company(conn, None, "Stranger")?;
        testing::offer(conn, company, "Foreign", all_types)
    });
    let mut form = ticked("activate", &sims);
    form.push(("offer", foreign.to_string()));
    let answer = tree.ada().post("/tree/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.contains("Foreign"));
}

#[actix_web::test]
async fn a_transfer_leaves_the_sims_where_the_target_is_out_of_reach() {
    let tree = Tree::new().await;
    let (meridian, clienticity) = (tree.world.meridian, tree.world.clienticity);
    let mut sims = tree.sims(meridian, 2, SimState::Inventory);
    sims.extend(tree.sims(clienticity, 3, SimState::Inventory));
    let to = |uid: fleet::ids::CompanyUid| {
        let mut form = ticked("transfer", &sims);
        form.push(("target", uid.to_string()));
        form
    };
    let (page, _) = tree.previewed(to(tree.secretive_uid)).await;
    assert_eq!(
        rows(&page, 4),
        [
            ["Meridian IoT", "2", "0", ""],
            ["Clienticity", "0", "3", "Secretive is neither the parent of Clienticity nor below it."],
        ]
    );
    let (page, form) = tree.previewed(to(tree.meridian_uid)).await;
    assert_eq!(rows(&page, 4)[0][3], "They are in Meridian IoT already.");
    assert_eq!(button(&page), ("Transfer 3 SIMs from 1 account".to_owned(), false));
    launched(&tree.ada().post("/tree/operations", &form).await);
    tree.world.work().await;
    assert_eq!((tree.world.owned(meridian), tree.world.owned(clienticity)), (5, 0));
    let choices = tree.ada().json("/tree/targets/choices?tree=1").await;
    assert_eq!((&choices[0]["text"], &choices[0]["hint"]), (&"Meridian IoT".into(), &"Main account".into()));
    assert!(offered(&choices).contains(&["Secretive", "Meridian IoT"]), "{choices}");
    // Of one account alone: to no other branch.
    let path = format!("/tree/targets/choices?tree=1&in={}", uid_of(&tree.world, clienticity));
    let choices = tree.ada().json(&path).await;
    assert_eq!(offered(&choices), [["Meridian IoT", "Main account"], ["Northwind", "Clienticity"]]);
}

/// What a type-ahead offers: each text and what stands beside it.
fn offered(choices: &serde_json::Value) -> Vec<[&str; 2]> {
    let choices = choices.as_array().expect("a list").iter();
    choices.map(|choice| ["text", "hint"].map(|part| choice[part].as_str().unwrap_or_default())).collect()
}

/// Whose rights in the main account are to look, and in a subaccount more, moves that one's SIMs to where it can send them.
#[actix_web::test]
async fn the_targets_are_those_of_the_accounts_where_the_person_may_transfer() {
    let tree = Tree::new().await;
    let (meridian, clienticity) = (tree.world.meridian, tree.world.clienticity);
    let ada = user(&tree.world, "ada@meridian.example");
    let only_look = [Permission::FleetView, Permission::TreeView].into_iter().collect();
    tree.world.app.db.run(|conn| {
        testing::no_member(conn, ada, meridian)?;
        testing::member_with(conn, ada, meridian, only_look)
    });
    let choices = tree.ada().json("/tree/targets/choices?tree=1").await;
    assert_eq!(offered(&choices), [["Meridian IoT", "Main account"], ["Northwind", "Clienticity"]]);

    let mut sims = tree.sims(meridian, 2, SimState::Inventory);
    sims.extend(tree.sims(clienticity, 3, SimState::Inventory));
    let mut form = ticked("transfer", &sims);
    form.push(("target", tree.northwind_uid.to_string()));
    let (page, form) = tree.previewed(form).await;
    assert_eq!(button(&page), ("Transfer 3 SIMs from 1 account".to_owned(), false));
    launched(&tree.ada().post("/tree/operations", &form).await);
    tree.world.work().await;
    assert_eq!((tree.world.owned(meridian), tree.world.owned(tree.northwind)), (2, 3));

    tree.set_role(clienticity, Some(Role::Viewer));
    assert_eq!(tree.ada().get("/tree/targets/choices?tree=1").await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn a_termination_asks_for_the_number_of_all_accounts_together() {
    let tree = Tree::new().await;
    let mut sims = tree.sims(tree.world.meridian, 2, SimState::Active);
    sims.extend(tree.sims(tree.world.clienticity, 3, SimState::Suspended));
    let (page, mut form) = tree.previewed(ticked("terminate", &sims)).await;
    assert_eq!(button(&page), ("Terminate 5 SIMs in 2 accounts".to_owned(), false));
    let answer = tree.ada().post("/tree/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#error-confirm"), ["5 SIMs will be terminated: type that number."]);
    assert_eq!(tree.operations(), 0);
    form.push(("confirm", "5".to_owned()));
    assert_eq!(launched(&tree.ada().post("/tree/operations", &form).await).len(), 2);
}

#[actix_web::test]
async fn what_cannot_be_launched_in_one_account_is_launched_in_none() {
    let tree = Tree::new().await;
    let mut sims = tree.sims(tree.world.meridian, 2, SimState::Active);
    sims.extend(tree.sims(tree.world.clienticity, 2, SimState::Active));
    let (_, mut form) = tree.previewed(ticked("suspend", &sims)).await;
    form.extend(
        [("start", "at"), ("start_at", "2020-01-01T10:00"), ("zone", "Europe/Vienna")]
            .map(|(name, value)| (name, value.to_owned())),
    );
    let answer = tree.ada().post("/tree/operations", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.value_of("input[name=start_at]"), "2020-01-01T10:00", "what was typed is kept");
    assert_eq!(tree.operations(), 0);
}

#[actix_web::test]
async fn what_belongs_to_one_account_is_refused_by_name() {
    let tree = Tree::new().await;
    let sims = tree.sims(tree.world.meridian, 1, SimState::Active);
    for (kind, extra, named) in [
        ("mend", ("name", ""), "Mend"),
        ("transfer", ("hand_over", "on"), "Hand-over"),
        ("recall", ("recalls", "1"), "Recall"),
    ] {
        for path in ["/tree/drafts", "/tree/preview", "/tree/operations"] {
            let mut form = ticked(kind, &sims);
            form.push((extra.0, extra.1.to_owned()));
            let answer = tree.ada().post(path, &form).await;
            assert_eq!(answer.status, 422, "{kind} at {path}: {}", answer.body);
            let sentence = format!("{named} is launched in one account, not in several at once.");
            assert!(answer.body.contains(&sentence), "{kind} at {path}: {}", answer.body);
        }
    }
    assert_eq!(tree.operations(), 0);
}

#[actix_web::test]
async fn names_notes_and_a_label_are_given_in_each_account() {
    let tree = Tree::new().await;
    let (meridian, clienticity) = (tree.world.meridian, tree.world.clienticity);
    let mut sims = tree.sims(meridian, 2, SimState::Active);
    sims.extend(tree.sims(clienticity, 1, SimState::Inventory));
    sims.extend(tree.sims(tree.northwind, 1, SimState::Active));
    let dialog = tree.ada().post("/tree/drafts", &ticked("edit", &sims)).await;
    assert_eq!(dialog.texts("h2"), ["Edit 4 SIMs of 3 accounts"]);
    assert!(dialog.attribute("input[name=field]", "value").is_none(), "fields are each account's own");
    assert_eq!(preview(&dialog), "Say what is to be changed.");

    let with = |more: &[(&'static str, &str)]| {
        let typed = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        ticked("edit", &sims).into_iter().chain(typed).collect()
    };
    for (typed, field) in [
        (("name", "{x}"), "name"),
        (("note", "a\u{7}b"), "note"),
        (("new_label", "far too long for a label, which has fifty characters"), "new_label"),
    ] {
        let answer = tree.ada().post("/tree/operations", &with(&[typed])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", answer.body);
        assert_eq!(answer.texts(&format!("#error-{field}")).len(), 1, "{field}: {}", answer.body);
    }
    assert_eq!(tree.operations(), 0);

    let (page, form) = tree.previewed(with(&[("name", "Pump {n}"), ("new_label", "Spring")])).await;
    assert_eq!(preview(&page), "3 will be edited in 2 accounts. 1 stays as it is.");
    assert_eq!(launched(&tree.ada().post("/tree/operations", &form).await).len(), 2);
    tree.world.work().await;
    let named = |company, name| {
        tree.world.number(&format!(
            "SELECT count(*) AS number FROM sims s JOIN labels l ON l.company_id = s.company_id \
             AND s.label_ids = ARRAY[l.id] WHERE s.company_id = {company} AND l.name = 'Spring' AND s.name = '{name}'"
        ))
    };
    assert_eq!(
        (named(meridian, "Pump 1"), named(meridian, "Pump 2"), named(clienticity, "Pump 1")),
        (1, 1, 1)
    );
    let elsewhere = format!("SELECT count(*) AS number FROM labels WHERE company_id = {}", tree.northwind);
    assert_eq!(tree.world.number(&elsewhere), 0, "nothing is made where nothing may be changed");
}
