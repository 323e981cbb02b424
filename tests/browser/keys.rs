//! The keys: through the rows of a list and back, and where the focus is when a part of the page has been drawn again.

use crate::fleet::iccids;
use crate::search::{ENTER, ESCAPE, SHIFT, comes, press};
use crate::support::journey;

const FOCUS: &str = "const at = document.activeElement; \
     return at.getAttribute('aria-label') ?? at.textContent.trim()";
const TAB: &str = "\u{e004}";
const SELECTED: &str = "return document.querySelectorAll('tr.row-selected').length + ''";

#[actix_web::test]
async fn the_grid_is_used_by_keys_and_keeps_the_focus() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        let rows = iccids(&ada).await;
        press(&ada, "jjj").await;
        comes(&ada, FOCUS, &format!("Select {}", rows[2])).await;
        press(&ada, "k").await;
        comes(&ada, FOCUS, &format!("Select {}", rows[1])).await;
        press(&ada, "x").await;
        comes(&ada, SELECTED, "1").await;
        press(&ada, "jjj").await;
        press(&ada, &format!("{SHIFT}X")).await;
        comes(&ada, SELECTED, "4").await;
        press(&ada, "x").await;
        comes(&ada, SELECTED, "3").await;

        // The grid is drawn again while somebody is in it.
        ada.ask(
            "document.body.dispatchEvent(new CustomEvent('sims-changed')); \
             document.querySelector('tbody tr').dataset.old = ''",
        )
        .await;
        comes(&ada, "return document.querySelector('tr[data-old]') ? '' : 'new'", "new").await;
        comes(&ada, FOCUS, &format!("Select {}", rows[4])).await;
        comes(&ada, SELECTED, "3").await;

        // The next page, and on from where the focus is.
        ada.find("button", "Next").await.send_keys(ENTER).await.expect("a key");
        ada.is_at("after=").await;
        comes(&ada, FOCUS, "Next").await;
        press(&ada, "j").await;
        let rows = iccids(&ada).await;
        comes(&ada, FOCUS, &format!("Select {}", rows[0])).await;
        press(&ada, "?").await;
        ada.sees_dialog("Keys").await;
        ada.looks_at("keys").await;
        press(&ada, ESCAPE).await;
        ada.sees_no_dialog().await;
        comes(&ada, FOCUS, &format!("Select {}", rows[0])).await;
        press(&ada, ENTER).await;
        ada.is_at(&format!("/sims/{}", rows[0])).await;
        // Back in the list, on the same row.
        ada.client.back().await.expect("the list");
        comes(&ada, FOCUS, &format!("Select {}", rows[0])).await;
    })
    .await;
}

#[actix_web::test]
async fn a_key_leads_from_the_rows_to_the_actions_and_back() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet").await;
        let row = format!("Select {}", iccids(&ada).await[19]);
        press(&ada, &"j".repeat(20)).await;
        comes(&ada, FOCUS, &row).await;
        press(&ada, "a").await;
        comes(&ada, FOCUS, &row).await;
        press(&ada, "xa").await;
        comes(&ada, FOCUS, "Activate").await;
        press(&ada, ESCAPE).await;
        comes(&ada, FOCUS, &row).await;
        // Through a dialog, and through the menu.
        press(&ada, "a").await;
        press(&ada, ENTER).await;
        ada.sees_dialog("Activate 1 SIM of Meridian IoT").await;
        ada.click("Cancel").await;
        ada.sees_no_dialog().await;
        comes(&ada, FOCUS, "Activate").await;
        press(&ada, TAB).await;
        press(&ada, ENTER).await;
        ada.find("button", "Transfer").await;
        press(&ada, ESCAPE).await;
        comes(&ada, FOCUS, "More").await;
        press(&ada, ESCAPE).await;
        comes(&ada, FOCUS, &row).await;
        // Once what was selected has been launched, its actions are gone.
        ada.go("/fleet?state=suspended").await;
        let suspended = iccids(&ada).await[0].clone();
        ada.go(&format!("/fleet?q={suspended}")).await;
        press(&ada, "jxa").await;
        ada.click("More").await;
        ada.click("Resume").await;
        ada.sees_dialog("Resume 1 SIM of Meridian IoT").await;
        ada.click("Resume 1 SIM").await;
        ada.sees_no_dialog().await;
        comes(&ada, FOCUS, &format!("Select {suspended}")).await;
    })
    .await;
}

#[actix_web::test]
async fn the_list_of_operations_is_used_by_keys_and_keeps_the_focus() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Operations").await;
        ada.sees_heading("Operations").await;
        let second =
            "return document.querySelectorAll('tr[data-row] a[data-row-link]')[1].textContent.trim()";
        let second = ada.ask(second).await.as_str().expect("a number").to_owned();
        press(&ada, "jj").await;
        comes(&ada, FOCUS, &second).await;
        ada.ask(
            "document.querySelector('tbody tr').dataset.old = ''; \
             document.body.dispatchEvent(new CustomEvent('operations-changed'))",
        )
        .await;
        comes(&ada, "return document.querySelector('tr[data-old]') ? '' : 'new'", "new").await;
        comes(&ada, FOCUS, &second).await;
        press(&ada, ENTER).await;
        ada.is_at(&format!("/operations/{}", second.trim_start_matches('#'))).await;
    })
    .await;
}

#[actix_web::test]
async fn a_list_whose_rows_only_tell_is_gone_through_by_keys() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/administration/audit").await;
        ada.sees_heading("Audit").await;
        let row = "return [...document.querySelectorAll('tr[data-row]')]\
             .findIndex((row) => row.contains(document.activeElement)) + ''";
        press(&ada, "jjj").await;
        comes(&ada, row, "2").await;
        press(&ada, "k").await;
        comes(&ada, row, "1").await;
        // And it keeps its place where the list is drawn again.
        ada.ask(
            "document.querySelector('tbody tr').dataset.old = ''; \
             htmx.ajax('GET', '/administration/audit', { target: '#audit' })",
        )
        .await;
        comes(&ada, "return document.querySelector('tr[data-old]') ? '' : 'new'", "new").await;
        comes(&ada, row, "1").await;
        press(&ada, "j").await;
        comes(&ada, row, "2").await;
    })
    .await;
}
