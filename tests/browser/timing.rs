//! When and how: an operation that is scheduled and given another start, and one that pauses.

use chrono::{TimeDelta, Utc};

use crate::fleet::{filter, iccids};
use crate::operations::{MARK, finished, launched, more_sims, open_transfer, select_all, select_page};
use crate::support::{Person, journey, journey_with};

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
        more_sims(journey, 150);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_all(&ada, "150").await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 150 SIMs of Meridian IoT").await;
        ada.choose("Offer", "Flex", "Flex 100 MB").await;
        ada.sees("150 will be activated").await;
        ada.click("When and how").await;
        ada.tick("When a number of SIMs has failed").await;
        ada.fill("Failed SIMs", "50").await;
        ada.click("Activate 150 SIMs").await;
        let number = launched(&ada).await;
        ada.go(&format!("/operations/{number}")).await;
        ada.sees("50 have not been tried").await;
        ada.looks_at("operation-paused").await;
        ada.click("Resume operation").await;
        ada.sees_no_more("50 have not been tried").await;
        let done = finished(&ada, &number).await;
        assert_eq!((&done["outcome"], &done["counters"]["failure"]), (&"failed".into(), &150.into()));
    })
    .await;
}

/// Cancels the operation whose page is open.
async fn cancel(person: &Person, number: &str, question: &str) {
    person.click("Cancel").await;
    person.sees_dialog(&format!("Cancel operation #{number}")).await;
    person.sees(question).await;
    person.looks_at("cancel-operation").await;
    person.click("Cancel operation").await;
    person.sees_no_dialog().await;
    person.sees("Cancelled just now by Ada").await;
}

#[actix_web::test]
async fn a_paused_operation_is_cancelled_and_what_was_not_tried_stays() {
    journey_with(1.0, async |journey| {
        more_sims(journey, 150);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_all(&ada, "150").await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 150 SIMs of Meridian IoT").await;
        ada.choose("Offer", "Flex", "Flex 100 MB").await;
        ada.click("When and how").await;
        ada.tick("When a number of SIMs has failed").await;
        ada.fill("Failed SIMs", "50").await;
        ada.click("Activate 150 SIMs").await;
        let number = launched(&ada).await;
        ada.go(&format!("/operations/{number}")).await;
        ada.sees("50 have not been tried").await;
        cancel(&ada, &number, "of them have not started and will stay as they are").await;
        ada.looks_at("operation-cancelled").await;
        let done = finished(&ada, &number).await;
        let of = |state: &str| done["counters"][state].as_i64().expect("a number");
        assert_eq!((&done["outcome"], of("pending"), of("in_progress")), (&"cancelled".into(), 0, 0));
        assert!(of("failure") >= 50 && of("cancelled") > 0, "{done}");
        assert_eq!(of("failure") + of("cancelled"), 150, "{done}");
    })
    .await;
}

#[actix_web::test]
async fn what_waits_for_a_scheduled_operation_is_not_started_when_that_is_cancelled() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        open_transfer(&ada, "3", "Clienticity").await;
        ada.click("When and how").await;
        ada.tick("At a set time").await;
        ada.says_when("Day and time", &ahead(2)).await;
        ada.click("Transfer 3 SIMs").await;
        let first = launched(&ada).await;

        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 3 SIMs of Meridian IoT").await;
        ada.choose("Offer", "Flex", "Flex 100 MB").await;
        ada.click("When and how").await;
        ada.tick("After another operation has succeeded").await;
        ada.pick("Operation", &format!("#{first} Transfer of 3 SIMs")).await;
        ada.looks_at("after-another-operation").await;
        ada.click("Activate 3 SIMs").await;
        let second = launched(&ada).await;
        ada.go(&format!("/operations/{second}")).await;
        ada.sees("Starts when the operation that it waits for has succeeded").await;

        ada.click(&format!("Operation #{first}")).await;
        ada.sees("The SIMs are listed here once the operation has started.").await;
        cancel(&ada, &first, "3 of them have not started").await;
        ada.sees("No SIM was changed.").await;
        assert_eq!(finished(&ada, &first).await["outcome"], "cancelled");
        assert_eq!(finished(&ada, &second).await["outcome"], "failed");
        ada.go(&format!("/operations/{second}")).await;
        ada.sees("which ended as: Cancelled.").await;
        filter(&ada, MARK, "Inventory").await;
        assert_eq!(iccids(&ada).await.len(), 3);
    })
    .await;
}
