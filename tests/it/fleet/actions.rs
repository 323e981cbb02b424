//! What can be done with the SIMs of the grid, and why not.

use super::world;
use crate::support::Page;

#[actix_web::test]
async fn who_may_not_act_sees_why() {
    let world = world().await;
    let page = world.ada.get("/fleet").await;
    assert_eq!(page.attribute("button[value=transfer]", "hx-post").as_deref(), Some("/operations/drafts"));
    assert_eq!(page.attribute("button[value=transfer]", "aria-disabled"), None);
    let vera = world.app.sign_in("vera@meridian.example").await;
    let page = vera.get("/fleet").await;
    assert_eq!(page.attribute("button[value=transfer]", "hx-post"), None);
    let reason = page.attribute("button[value=transfer]", "title").expect("a reason");
    assert_eq!(reason, "Your role here, Viewer, does not allow this.");
    world.sql(&format!("UPDATE companies SET suspended_at = now() WHERE id = {}", world.meridian));
    let page = world.ada.get("/fleet").await;
    let reason = page.attribute("button[value=activate]", "title").expect("a reason");
    assert!(reason.starts_with("Meridian is suspended"), "{reason}");
}

/// The actions that can't be used, and why.
fn refused(page: &Page) -> Vec<(String, String)> {
    let kinds = page.attributes(".bulk-bar button[aria-disabled=true]", "value");
    let reasons = page.attributes(".bulk-bar button[aria-disabled=true]", "title");
    kinds.into_iter().zip(reasons).collect()
}

#[actix_web::test]
async fn what_suits_no_state_of_the_filter_says_so() {
    let world = world().await;
    let because = |kinds: &[&str], reason: &str| -> Vec<(String, String)> {
        kinds.iter().map(|kind| ((*kind).to_owned(), reason.to_owned())).collect()
    };
    let page = world.ada.get("/fleet").await;
    assert_eq!(refused(&page), []);
    let page = world.ada.get("/fleet?state=retired").await;
    let kinds = ["activate", "transfer", "suspend", "resume", "change_offer", "terminate"];
    assert_eq!(refused(&page), because(&kinds, "All SIMs of this filter are Retired."));
    let page = world.ada.get("/fleet?state=suspended&state=retired").await;
    let kinds = ["activate", "suspend", "change_offer"];
    assert_eq!(refused(&page), because(&kinds, "All SIMs of this filter are Suspended or Retired."));
    let page = world.ada.get("/fleet?state=inventory&state=active&state=suspended").await;
    assert_eq!(refused(&page), []);
}

#[actix_web::test]
async fn an_address_that_the_grid_does_not_know_leads_back_to_it() {
    let world = world().await;
    for query in ["size=7", "dir=sideways", "view=00000000-0000-4000-8000-000000000000"] {
        let page = world.ada.get(&format!("/fleet?{query}")).await;
        assert!(page.status.is_client_error(), "{query}");
        assert_eq!(page.texts("a[href='/fleet']"), ["Monitor my fleet"], "{query}");
    }
    let elsewhere = world.ada.get("/sims/none").await;
    assert!(elsewhere.texts("a[href='/fleet']").is_empty());
}
