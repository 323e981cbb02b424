//! Creating a subaccount, and giving it an offer.

use crate::support::journey;

#[actix_web::test]
async fn an_administrator_creates_a_subaccount_with_several_administrators() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Subaccounts").await;
        ada.sees_heading("Subaccounts").await;
        ada.looks_at("subaccounts").await;
        ada.click("Create").await;
        ada.sees_dialog("Create a subaccount").await;
        ada.looks_at("create-subaccount").await;

        // Every refusal keeps the dialog, and what was typed in it.
        ada.fill("External ID", "T-1").await;
        ada.click("Create").await;
        ada.sees("Enter a name").await;
        assert_eq!(ada.value_of("External ID").await, "T-1");
        ada.fill("Name", "clienticity").await;
        ada.click("Create").await;
        ada.sees("already").await;
        assert_eq!(ada.value_of("Name").await, "clienticity");
        ada.fill("Name", "Tidewater Buoys").await;
        ada.fill("External ID", "NWM-77").await;
        ada.click("Create").await;
        ada.sees("is used by another").await;
        ada.looks_at("create-subaccount-refused").await;
        ada.fill("External ID", "T-1").await;
        ada.takes_away("Administrators").await;
        ada.click("Create").await;
        ada.sees("at least one administrator").await;

        ada.choose("Administrators", "omar", "Omar").await;
        ada.choose("Administrators", "ada@", "Ada").await;
        ada.click("Create").await;
        ada.sees_no_dialog().await;
        let row = ada.row("Tidewater Buoys").await;
        assert!(row.contains("T-1") && row.contains("Omar") && row.contains("Ada"), "{row}");
    })
    .await;
}

#[actix_web::test]
async fn an_administrator_assigns_an_offer_and_withdraws_it() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/subaccounts").await;
        ada.click_in_row("Greenacre Robotics", "Actions*").await;
        ada.click_in_row("Greenacre Robotics", "Assign offer").await;
        ada.sees("Assigned offers").await;
        ada.choose("Offer", "Roam", "Roam 1 GB").await;
        ada.looks_at("assign-offer").await;
        ada.click("Assign offer").await;
        ada.until("the offer in the row", async || {
            ada.row("Greenacre Robotics").await.contains("Roam 1 GB").then_some(())
        })
        .await;
        ada.sees_no_dialog().await;
        ada.click_in_row("Greenacre Robotics", "Actions*").await;
        ada.click_in_row("Greenacre Robotics", "Assign offer").await;
        ada.click("Withdraw Roam 1 GB").await;
        ada.until("no offer in the row", async || {
            (!ada.row("Greenacre Robotics").await.contains("Roam 1 GB")).then_some(())
        })
        .await;
    })
    .await;
}
