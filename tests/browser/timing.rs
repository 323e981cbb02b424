//! When and how: an operation that is scheduled and given another start, and one that pauses.

use chrono::{TimeDelta, Utc};

use crate::fleet::filter;
use crate::operations::{MARK, finished, launched, more_sims, open_transfer, select_all, select_page};
use crate::support::{journey, journey_with};

/// So many days from now, as a form writes it.
fn ahead(days: i64) -> String {
    (Utc::now() + TimeDelta::days(days)).format("%Y-%m-%dT%H:%M").to_string()
}

#[actix_web::test]
async fn a_transfer_is_scheduled_put_off_and_then_started() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        open_transfer(&ada, "3", "Clienticity").await;
        ada.sees("3 will move").await;
        ada.click("When and how").await;
        ada.tick("At a set time").await;
        // Too far ahead: what was typed stays, and is put right.
        let too_far = ahead(40);
        ada.says_when("Day and time", &too_far).await;
        ada.looks_at("when-and-how").await;
        ada.click("Transfer 3 SIMs").await;
        ada.sees("more than 30 days ahead").await;
        assert_eq!(ada.value_of("Day and time").await, too_far);
        ada.says_when("Day and time", &ahead(2)).await;
        ada.click("Transfer 3 SIMs").await;
        let number = launched(&ada).await;

        ada.go(&format!("/operations/{number}")).await;
        ada.sees("Starts on").await;
        ada.looks_at("operation-scheduled").await;
        ada.click("Change start").await;
        ada.sees_dialog(&format!("Change the start of operation #{number}")).await;
        let later = Utc::now() + TimeDelta::days(3);
        ada.says_when("Day and time", &later.format("%Y-%m-%dT%H:%M").to_string()).await;
        ada.looks_at("change-start").await;
        ada.click("Change start").await;
        ada.sees_no_dialog().await;
        ada.sees(&later.format("Starts on %-d %b %Y").to_string()).await;
        ada.click("Change start").await;
        ada.tick("Now").await;
        ada.click("Change start").await;
        ada.sees_no_dialog().await;
        let done = finished(&ada, &number).await;
        assert_eq!(done["outcome"], "succeeded", "{done}");
    })
    .await;
}

#[actix_web::test]
async fn an_operation_that_fails_pauses_and_is_resumed() {
    journey_with(1.0, async |journey| {
        // Some steps are under way at once when it pauses.
        more_sims(journey, 4_500);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_all(&ada, "4,500").await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 4,500 SIMs of Meridian IoT").await;
        ada.choose("Offer", "Flex", "Flex 100 MB").await;
        ada.sees("4,500 will be activated").await;
        ada.click("When and how").await;
        ada.tick("When a number of SIMs has failed").await;
        ada.fill("Failed SIMs", "50").await;
        ada.click("Activate 4,500 SIMs").await;
        let number = launched(&ada).await;
        ada.go(&format!("/operations/{number}")).await;
        ada.sees("have not been tried").await;
        ada.looks_at("operation-paused").await;
        ada.click("Resume operation").await;
        let done = finished(&ada, &number).await;
        assert_eq!((&done["outcome"], &done["counters"]["failure"]), (&"failed".into(), &4_500.into()));
    })
    .await;
}
