//! Saved views: one is saved, changed, made the default, shared, and transferred from the Start page.

use crate::fleet::{filter, iccids};
use crate::operations::{MARK, finished, launched, more_sims};
use crate::support::journey;

#[actix_web::test]
async fn a_view_is_saved_shared_begun_with_and_transferred() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.click("Suspended*").await;
        ada.is_at("state=suspended").await;
        ada.click("Save view").await;
        ada.sees_dialog("Save view").await;
        ada.looks_at("save-view").await;
        ada.click("Save").await;
        ada.sees("Enter a name.").await;
        ada.fill("Name", "Asleep").await;
        ada.tick("Share in Meridian IoT*").await;
        ada.click("Save").await;
        ada.sees_no_dialog().await;
        ada.is_at("view=").await;
        ada.sees("View Asleep").await;

        ada.click("Retired*").await;
        ada.is_at("state=retired").await;
        ada.sees("View Asleep, changed").await;
        ada.looks_at("fleet-view-changed").await;
        ada.click("Retired*").await;
        ada.sees_no_more("View Asleep, changed").await;
        ada.click("Views").await;
        ada.sees_dialog("Views").await;
        ada.sees("Asleep 37 SIMs Shared in Meridian IoT").await;
        ada.looks_at("views").await;
        ada.click("Make default: Asleep").await;
        ada.sees_no_dialog().await;
        ada.click("Start").await;
        ada.sees_heading("Start").await;
        ada.click("Monitor my fleet").await;
        ada.sees("View Asleep").await;
        ada.is_at("state=suspended").await;
        let rows = iccids(&ada).await.len();
        assert_eq!(rows, 37);

        filter(&ada, MARK, "Inventory").await;
        ada.click("Save view").await;
        ada.fill("Name", "Fresh").await;
        ada.click("Save").await;
        ada.sees_no_dialog().await;
        ada.sees("View Fresh").await;
        ada.click("Views").await;
        // It is counted after the dialog has come.
        ada.sees("Fresh 3 SIMs").await;
        ada.looks_at("views-counted").await;
        ada.click("Launch on these SIMs: Fresh").await;
        ada.looks_at("views-launch").await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 3 SIMs of Meridian IoT").await;
        ada.click("Cancel").await;
        ada.sees_no_dialog().await;
        ada.click("Start").await;
        ada.pick("Or a saved view", "Fresh").await;
        ada.choose("To", "Clienticity", "Clienticity").await;
        ada.sees("3 will move").await;
        ada.looks_at("transfer-view").await;
        ada.click("Transfer 3 SIMs").await;
        let number = launched(&ada).await;
        let done = finished(&ada, &number).await;
        assert_eq!(done["outcome"], "succeeded", "{done}");
    })
    .await;
}
