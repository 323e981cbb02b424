//! Exports: what the grid shows is downloaded, a selection too, and the record is looked at.

use crate::fleet::filter;
use crate::operations::{MARK, more_sims, select_page};
use crate::support::journey;

#[actix_web::test]
async fn what_the_grid_shows_is_exported_and_recorded() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        ada.click("Export").await;
        ada.sees_dialog("Export SIMs").await;
        ada.sees("3 SIMs of Meridian IoT").await;
        ada.looks_at("export").await;
        ada.pick("File", "Excel (.xlsx)").await;
        ada.pick("Columns", "All (14 columns)").await;
        ada.click("Export 3 SIMs").await;
        ada.sees_no_dialog().await;
        ada.sees("3 SIMs are being exported").await;
        // The page stays where it is: the browser only takes the file.
        ada.is_at(MARK).await;

        select_page(&ada, "3").await;
        ada.click("More").await;
        ada.click("Export selected").await;
        ada.sees_dialog("Export SIMs").await;
        ada.click("Export 3 SIMs").await;
        ada.sees_no_dialog().await;

        ada.go("/exports").await;
        ada.sees("3 SIMs chosen one by one").await;
        ada.sees("Excel, 14 columns").await;
        ada.looks_at("exports").await;
        ada.click("Everybody’s exports").await;
        ada.sees_heading("Exports").await;
        ada.is_at("/administration/exports").await;
        ada.looks_at("administration-exports").await;
    })
    .await;
}
