//! The page of a SIM: it renews itself while an operation changes the SIM, and its timeline is filtered.

use crate::fleet::{filter, iccids};
use crate::operations::{MARK, more_sims};
use crate::support::journey;

#[actix_web::test]
async fn the_page_of_a_sim_follows_what_is_done_with_it() {
    journey(async |journey| {
        more_sims(journey, 1);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        let iccid = iccids(&ada).await.remove(0);
        ada.click(&iccid).await;
        ada.sees_heading(&format!("SIM {iccid}")).await;
        ada.sees("No operation has touched this SIM").await;
        ada.looks_at("sim-fresh").await;
        ada.click("Activate").await;
        ada.choose("Offer", "Roam", "Roam 1 GB").await;
        ada.click("Activate 1 SIM").await;
        ada.sees_no_dialog().await;
        ada.sees("Activate, operation #").await;
        ada.until("the SIM is active", async || {
            let state = ada.ask("return document.querySelector('#poll-sim dd').textContent.trim()").await;
            (state == "Active").then_some(())
        })
        .await;
        let has_focus = "return document.activeElement.closest('#sim-actions')?.textContent ? 'there' : ''";
        ada.until("the focus among the actions", async || {
            (ada.ask(has_focus).await == "there").then_some(())
        })
        .await;
        ada.sees("State: Inventory").await;
        ada.looks_at("sim-active").await;

        ada.pick("Type", "Suspend").await;
        ada.is_at("kind=suspend").await;
        ada.sees("Nothing in the timeline matches these filters.").await;
        ada.is_told("Nothing in the timeline matches these filters.").await;
        ada.looks_at("sim-nothing-matches").await;
        ada.click("Show all of it").await;
        ada.sees("Activate, operation #").await;
        ada.pick("Type", "Activate").await;
        ada.is_told("1 operation").await;
        ada.click(&format!("Copy {iccid}")).await;
        ada.is_told(&iccid).await;
    })
    .await;
}
