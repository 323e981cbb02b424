//! The grid over several accounts.

use fleet::sims::SimState;

use super::{Tree, rows};
use crate::support::Page;

fn iccids(page: &Page) -> Vec<String> {
    page.texts("tbody th a")
}

#[actix_web::test]
async fn it_shows_whose_each_sim_is_and_leads_there() {
    let tree = Tree::new().await;
    tree.sims(tree.world.clienticity, 2, SimState::Inventory);
    tree.sims(tree.world.meridian, 1, SimState::Active);
    let page = tree.ada().get("/fleet?tree=1&columns=iccid.state.offer").await;
    let shown = rows(&page, 5);
    assert_eq!(
        shown.iter().map(|row| row[2].as_str()).collect::<Vec<_>>(),
        ["Clienticity", "Clienticity", "Meridian IoT"]
    );
    assert_eq!(shown[2][4], "Global");
    let uid = tree.world.clienticity_uid;
    let leads = page.attribute("tbody th a", "href").expect("a link");
    assert!(leads.starts_with("/sims/") && leads.ends_with(&format!("?account={uid}")), "{leads}");
    assert_eq!(page.texts("#state-inventory"), ["Inventory 2"]);
    let other = tree.ada().get(&format!("/fleet?tree=1&in={uid}")).await;
    assert_eq!(iccids(&other).len(), 2);
    assert_eq!(other.texts("#state-active"), ["Active 0"], "counts are those of the chosen accounts");
    assert_eq!(
        other.attribute("[aria-label='Remove Account: Clienticity']", "href").as_deref(),
        Some("/fleet?tree=1")
    );
    let own = tree.ada().get("/fleet").await;
    assert_eq!(iccids(&own).len(), 1, "without the switch it is the company in focus alone");
    assert_eq!(own.attribute("#all-accounts", "href").as_deref(), Some("/fleet?tree=1"));
}

#[actix_web::test]
async fn pages_follow_each_other_through_all_accounts_in_every_order_and_back() {
    let tree = Tree::new().await;
    for state in [SimState::Inventory, SimState::Active, SimState::Suspended] {
        for company in [tree.world.meridian, tree.northwind, tree.world.clienticity] {
            tree.sims(company, 11, state);
        }
    }
    tree.sims(tree.secretive, 9, SimState::Active);
    for query in [
        "",
        "&sort=imsi&dir=desc",
        "&sort=changed",
        "&sort=activated&state=active&state=suspended",
        "&state=active",
        "&q=8988",
        "&q=90170",
        "&sort=msisdn&type=plug_in",
    ] {
        let mut address = format!("/fleet?tree=1&size=25{query}");
        let mut seen: Vec<String> = Vec::new();
        let mut pages = Vec::new();
        loop {
            let page = tree.ada().get(&address).await;
            pages.push(iccids(&page));
            seen.extend(iccids(&page));
            match page.attribute(".pager a[rel=next]", "href") {
                Some(next) => address = next,
                None => break,
            }
        }
        let all = if query.contains("state=") { 99 - 33 * (3 - query.matches("state=").count()) } else { 99 };
        assert_eq!(seen.len(), all, "{query}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "{query}: none twice");
        let last = tree.ada().get(&address).await;
        let back = last.attribute(".pager a[rel=prev]", "href").expect("a page before");
        assert_eq!(Some(&iccids(&tree.ada().get(&back).await)), pages.iter().rev().nth(1), "{query}: back");
    }
}

#[actix_web::test]
async fn what_is_under_way_in_any_account_is_shown() {
    let tree = Tree::new().await;
    let sims = tree.sims(tree.world.clienticity, 1, SimState::Active);
    let (_, form) = tree.previewed(super::ticked("suspend", &sims)).await;
    let number = super::launched(&tree.ada().post("/tree/operations", &form).await)[0];
    tree.world.app.db.run(|conn| {
        let sql = format!(
            "INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state) \
             VALUES ({number}, 1, {}, {}, 'active')",
            sims[0], tree.world.clienticity
        );
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
    let page = tree.ada().get("/fleet?tree=1").await;
    assert_eq!(page.texts(".badge-flight"), [format!("Suspending (operation #{number})")]);
    let leads = page.attribute(".badge-flight", "href").expect("a link");
    assert_eq!(leads, format!("/operations/{number}?account={}", tree.world.clienticity_uid));
}

#[actix_web::test]
async fn what_matches_in_all_accounts_is_counted_no_further_than_was_asked() {
    let tree = Tree::new().await;
    for company in [tree.world.meridian, tree.northwind, tree.world.clienticity] {
        tree.sims(company, 4, SimState::Active);
    }
    tree.sims(tree.secretive, 3, SimState::Active);
    let counted = async |query: &str| {
        let counted = tree.ada().json(&format!("/fleet/selection/count?tree=1&{query}")).await;
        (counted["count"].as_i64().expect("a count"), counted["more"] == true)
    };
    assert_eq!(counted("q=8988&most=12").await, (12, false), "of her own accounts alone");
    assert_eq!(counted("q=8988&most=11").await, (11, true));
    assert_eq!(counted("q=8988&most=5").await, (5, true));
    assert_eq!(counted("changed_from=2020-01-01&most=8").await, (8, true));
    assert_eq!(counted("state=active&most=5").await, (12, false), "counters know it without counting");
    let one = format!("q=8988&most=10&in={}", tree.northwind_uid);
    assert_eq!(counted(&one).await, (4, false));
    let list = "list=00000000-0000-4000-8000-000000000000";
    let page = tree.ada().get(&format!("/fleet/selection/count?tree=1&most=5&{list}")).await;
    assert_eq!(page.status, 422, "a list belongs to one account");
}
