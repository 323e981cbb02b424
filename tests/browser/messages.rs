//! The bell: being told of the end of an operation, and having read it.

use crate::fleet::filter;
use crate::operations::{MARK, launched, more_sims, open_transfer, select_page};
use crate::support::journey;

#[actix_web::test]
async fn the_bell_tells_of_the_end_of_an_operation() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        open_transfer(&ada, "3", "Clienticity").await;
        ada.sees("3 will move").await;
        ada.click("Transfer 3 SIMs").await;
        let number = launched(&ada).await;

        ada.until("the bell to count the message", async || {
            ada.has("Messages: 1 message is unread").await.then_some(())
        })
        .await;
        let sentence = "Transfer of 3 SIMs to Clienticity: succeeded";
        ada.click("Messages: 1 message is unread").await;
        ada.sees_dialog("Messages").await;
        ada.sees(sentence).await;
        ada.sees("New").await;
        ada.looks_at("messages").await;
        ada.click("Mark all as read").await;
        ada.until("nothing left to mark", async || (!ada.has("Mark all as read").await).then_some(())).await;
        ada.click("Close").await;
        ada.sees_no_dialog().await;
        ada.until("the bell to have nothing new", async || {
            ada.has("Messages: no operation is running").await.then_some(())
        })
        .await;

        ada.click("Messages: no operation is running").await;
        ada.sees_dialog("Messages").await;
        ada.click(sentence).await;
        ada.is_at(&format!("/operations/{number}")).await;
    })
    .await;
}
