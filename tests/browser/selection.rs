//! Ticking SIMs: the bar says how many and out of what.

use crate::fleet::{filter, iccids};
use crate::operations::{MARK, more_sims};
use crate::support::{Person, journey};

async fn tick_row(person: &Person, iccid: &str) {
    person.tick(&format!("Select {iccid}")).await;
}

/// Waits until the bar says this.
async fn bar_says(person: &Person, words: &str) {
    let said = "return document.querySelector('[data-bulk-bar]:not([hidden]) strong')?.innerText.replace(/\\s+/g, ' ')";
    person
        .until(&format!("the bar to say {words:?}"), async || (person.ask(said).await == words).then_some(()))
        .await;
}

/// Waits until the bar says this, and a screen reader is told the same.
async fn says(person: &Person, words: &str) {
    bar_says(person, words).await;
    let told = "return document.getElementById('announcements').textContent";
    assert_eq!(person.ask(told).await, words);
}

/// Waits for another page, or another order, and gives its ICCIDs.
async fn other_rows(person: &Person, before: &[String]) -> Vec<String> {
    person
        .until("other rows", async || {
            let rows = iccids(person).await;
            (!rows.is_empty() && rows != before).then_some(rows)
        })
        .await
}

#[actix_web::test]
async fn the_bar_says_how_many_are_selected_and_out_of_what() {
    journey(async |journey| {
        more_sims(journey, 60);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        let first = iccids(&ada).await;
        tick_row(&ada, &first[0]).await;
        says(&ada, "1 of 60 selected").await;
        ada.looks_at("fleet-selected-out-of").await;
        ada.click("Next").await;
        let second = other_rows(&ada, &first).await;
        tick_row(&ada, &second[0]).await;
        says(&ada, "2 of 60 selected").await;
        let asked = ada
            .ask(
                "return performance.getEntriesByType('resource') \
                     .filter((entry) => entry.name.includes('/fleet/selection/count')).length",
            )
            .await;
        assert_eq!(asked, 1, "they are counted once");

        ada.ask("window.fetch = () => Promise.reject(new Error('no connection'))").await;
        ada.click("Inventory*").await;
        ada.until("another filter", async || (!ada.address().await.contains("state=")).then_some(())).await;
        ada.click("25").await;
        ada.until("its rows", async || (iccids(&ada).await.len() == 25).then_some(())).await;
        tick_row(&ada, &iccids(&ada).await[0]).await;
        says(&ada, "1 of the SIMs that match selected").await;

        more_sims(journey, 10_000);
        ada.go(&ada.address().await).await;
        tick_row(&ada, &iccids(&ada).await[0]).await;
        says(&ada, "1 of more than 10,000 selected").await;
        ada.looks_at("fleet-selected-out-of-many").await;
    })
    .await;
}
