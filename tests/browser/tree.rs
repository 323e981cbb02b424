//! All of a person's accounts at once: one list, and one act on several.

use crate::fleet::iccids;
use crate::support::journey;

#[actix_web::test]
async fn sims_of_several_accounts_are_shown_together_and_suspended_together() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.click("All my accounts*").await;
        ada.is_at("tree=1").await;
        ada.looks_at("tree").await;

        ada.choose("Account", "clienticity", "Clienticity").await;
        ada.is_at("in=").await;
        ada.sees("Account: Clienticity").await;
        ada.choose("Account", "meridian", "Meridian IoT").await;
        ada.sees("Account: Meridian IoT").await;
        ada.click("Active*").await;
        ada.is_at("state=active").await;
        ada.until("rows", async || (!iccids(&ada).await.is_empty()).then_some(())).await;
        ada.tick("Select this page").await;
        ada.click("Select all*").await;
        ada.click("More").await;
        ada.click("Suspend").await;
        ada.sees_dialog("Suspend*").await;
        ada.sees("in 2 accounts").await;
        ada.looks_at("tree-suspend").await;
        ada.click("Suspend*").await;
        ada.sees_no_dialog().await;
        ada.sees("in 2 accounts started").await;
        ada.looks_at("tree-launched").await;

        ada.click("Operations").await;
        ada.sees_heading("Operations").await;
        ada.click_in_row("Suspend", "#*").await;
        ada.sees("Together with").await;
        ada.looks_at("tree-operation").await;
        let address = ada.address().await;
        let number: i64 = address.trim_start_matches("/operations/").parse().expect("a number");
        // The main account comes first.
        ada.click(&format!("#{} in Clienticity", number + 1)).await;
        ada.click("Switch to Clienticity").await;
        ada.sees("Together with").await;
    })
    .await;
}

#[actix_web::test]
async fn what_the_grid_of_all_accounts_shows_is_exported() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet?tree=1&state=suspended").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.click("Export").await;
        ada.sees_dialog("Export SIMs").await;
        ada.sees("SIMs of 3 accounts").await;
        ada.looks_at("tree-export").await;
        ada.click("Export *").await;
        ada.sees_no_dialog().await;
        ada.sees("are being exported: the file comes as a download").await;
        ada.go("/exports").await;
        ada.sees("state Suspended, in Meridian IoT, Clienticity and Harbourline Logistics").await;
    })
    .await;
}
