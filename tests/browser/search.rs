//! The search box of the top bar: by keyboard, as a combobox.

use crate::support::{Person, journey};

pub(crate) const DOWN: &str = "\u{e015}";
pub(crate) const UP: &str = "\u{e013}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const SHIFT: &str = "\u{e008}";

/// Presses keys wherever the focus is.
pub(crate) async fn press(person: &Person, keys: &str) {
    let place = person.client.active_element().await.expect("something has the focus");
    place.send_keys(keys).await.expect("keys");
}

/// What a script answers, as soon as it is this.
pub(crate) async fn comes(person: &Person, script: &str, expected: &str) {
    person
        .until(&format!("{expected:?} from {script}"), async || {
            (person.ask(script).await == expected).then_some(())
        })
        .await;
}

const GROUPS: &str = "return [...document.querySelectorAll('#search-results.show .dropdown-header')] \
     .map((head) => head.textContent).join()";
/// What a screen reader says is chosen.
const CHOSEN: &str = "const id = document.activeElement.getAttribute('aria-activedescendant'); \
     return id ? document.getElementById(id).textContent.trim().split(/\\s+/)[0] : ''";
const EXPANDED: &str = "return document.activeElement.getAttribute('aria-expanded') ?? ''";

#[actix_web::test]
async fn the_search_box_is_used_by_keys_alone() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        press(&ada, "/").await;
        comes(&ada, "return document.activeElement.id", "search").await;
        press(&ada, "transf").await;
        comes(&ada, GROUPS, "Operations").await;
        comes(&ada, EXPANDED, "true").await;
        press(&ada, ESCAPE).await;
        comes(&ada, EXPANDED, "false").await;
        press(&ada, ESCAPE).await;
        comes(&ada, "return document.activeElement.value", "").await;

        press(&ada, "Clien").await;
        comes(&ada, GROUPS, "Operations,Subaccounts").await;
        comes(&ada, "return /^\\d+ results$/.test(document.getElementById('announcements').textContent) ? 'told' : ''", "told").await;
        ada.looks_at("search").await;
        ada.tick("Search SIMs, operations, subaccounts").await;
        press(&ada, UP).await;
        comes(&ada, CHOSEN, "Clienticity").await;
        press(&ada, ENTER).await;
        ada.is_at("/subaccounts?q=Clienticity").await;

        press(&ada, "/8931").await;
        comes(&ada, GROUPS, "SIMs").await;
        press(&ada, DOWN).await;
        let first = ada.ask(CHOSEN).await;
        press(&ada, DOWN).await;
        assert_ne!(ada.ask(CHOSEN).await, first);
        press(&ada, ENTER).await;
        ada.is_at("/sims/89").await;

        // Enter without a choice leads to all results.
        press(&ada, &format!("/clien{ENTER}")).await;
        ada.sees_heading("Search").await;
        ada.sees("for “clien” in Meridian IoT").await;
        ada.looks_at("search-page").await;
    })
    .await;
}
