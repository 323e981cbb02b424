//! The grid of SIMs: filters, order, pages, and all of it in the address.

use crate::support::{Person, journey};

/// The ICCIDs on the page.
pub(crate) async fn iccids(person: &Person) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll('tbody a[data-row-link]')].map((a) => a.innerText.trim())";
    serde_json::from_value(person.ask(script).await).expect("texts")
}

/// Shows what begins so, and in this state alone.
pub(crate) async fn filter(person: &Person, text: &str, state: &str) {
    person.click("Monitor my fleet").await;
    person.sees_heading("Connectivity Portal").await;
    person.fill("Identifier or name begins with", text).await;
    person.click("Filter").await;
    person.is_at(&format!("q={text}")).await;
    person.click(&format!("{state}*")).await;
    person.is_at(&format!("state={}", state.to_lowercase())).await;
}

#[actix_web::test]
async fn the_grid_is_filtered_sorted_and_paged_by_its_address() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.looks_at("fleet").await;
        ada.click("Inventory*").await;
        ada.is_at("state=inventory").await;
        ada.click("25").await;
        ada.is_at("size=25").await;
        ada.until("25 rows", async || (iccids(&ada).await.len() == 25).then_some(())).await;
        let first = iccids(&ada).await;
        ada.click("Next").await;
        ada.is_at("after=").await;
        ada.until("other rows", async || {
            let rows = iccids(&ada).await;
            (!rows.is_empty() && rows.iter().all(|iccid| !first.contains(iccid))).then_some(())
        })
        .await;
        ada.client.back().await.expect("the page before");
        ada.until("the first rows again", async || (iccids(&ada).await == first).then_some(())).await;
        let address = ada.address().await;
        ada.go(&address).await;
        assert_eq!(iccids(&ada).await, first, "the address says it all");

        ada.click("ICCID*").await;
        ada.is_at("dir=").await;
        ada.until("the other end", async || {
            let rows = iccids(&ada).await;
            (rows.first() != first.first() && rows.is_sorted_by(|a, b| a > b)).then_some(())
        })
        .await;
        let sought = iccids(&ada).await[0].clone();
        ada.fill("Identifier or name begins with", &sought[..19]).await;
        ada.click("Filter").await;
        ada.until("that SIM alone", async || (iccids(&ada).await == [sought.as_str()]).then_some(())).await;
        ada.looks_at("fleet-filtered").await;
    })
    .await;
}
