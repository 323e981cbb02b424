//! Launching operations and following them: transfer, activation, hand-over, in bulk.

use fleet::ids::CompanyId;
use fleet::sims::{SimState, SimType};
use fleet::testing;
use serde_json::Value;

use crate::account_focus::switch_to;
use crate::fleet::{filter, iccids};
use crate::search::ENTER;
use crate::support::{Journey, Person, journey};

/// What the ICCIDs of [`testing::sims`] begin with; none of the demo's do.
pub(crate) const MARK: &str = "898821100";

/// So many SIMs of Meridian in Inventory whose ICCIDs begin with [`MARK`], plug-in all of them.
pub(crate) fn more_sims(journey: &Journey, count: i32) {
    journey.demo.app.db.run(|conn| {
        let owner = testing::number(conn, "SELECT id AS number FROM companies WHERE name = 'Meridian IoT'")?;
        testing::sims(conn, CompanyId(owner), count, SimState::Inventory, None)
    });
}

/// Waits for the message that an operation was launched, and gives its number.
pub(crate) async fn launched(person: &Person) -> String {
    person.sees_no_dialog().await;
    let toast =
        "return document.querySelector('#toasts a[href^=\"/operations/\"]')?.getAttribute('href') ?? ''";
    person
        .until("the message with a link to the operation", async || {
            let address = person.ask(toast).await;
            let number = address.as_str()?.strip_prefix("/operations/")?.to_owned();
            (!number.is_empty()).then_some(number)
        })
        .await
}

/// Follows an operation in the list until it has finished, and gives what a program is told of it.
pub(crate) async fn finished(person: &Person, number: &str) -> Value {
    person.click("Operations").await;
    person.sees_heading("Operations").await;
    let row = format!("#{number} ");
    person
        .until(&format!("operation #{number} to finish"), async || {
            let row = person.row(&row).await;
            ["Succeeded", "Failed", "Partly failed", "Cancelled"]
                .iter()
                .any(|word| row.contains(word))
                .then_some(())
        })
        .await;
    let script = format!(
        "const done = arguments[arguments.length - 1]; \
         fetch('/operations/{number}', {{ headers: {{ Accept: 'application/json' }} }}).then((a) => a.json()).then(done)"
    );
    person.client.execute_async(&script, Vec::new()).await.expect("JSON")
}

pub(crate) fn assert_succeeded(operation: &Value, kind: &str, sims: i32) {
    assert_eq!(operation["kind"], kind, "{operation}");
    assert_eq!(operation["state"], "finished", "{operation}");
    assert_eq!(operation["outcome"], "succeeded", "{operation}");
    assert_eq!(operation["total"], sims, "{operation}");
    assert_eq!(operation["counters"]["success"], sims, "{operation}");
}

/// Ticks the page.
pub(crate) async fn select_page(person: &Person, all: &str) {
    person.tick("Select this page").await;
    are_selected(person, all).await;
}

/// Waits until the bar of the selection counts so many; out of how many stands beside it where that is known.
async fn are_selected(person: &Person, count: &str) {
    let counted =
        "return document.querySelector('[data-bulk-bar]:not([hidden]) [data-bulk-count]')?.textContent";
    person
        .until(&format!("{count} to be selected"), async || {
            (person.ask(counted).await.as_str() == Some(count)).then_some(())
        })
        .await;
}

/// Ticks the page, then takes all that match.
pub(crate) async fn select_all(person: &Person, all: &str) {
    select_page(person, "50").await;
    person.click("Select all*").await;
    are_selected(person, all).await;
    person.sees(&format!("{all} of {all} selected")).await;
}

/// Opens the dialog that transfers what is selected.
async fn begin_transfer(person: &Person, sims: &str) {
    person.click("More").await;
    person.click("Transfer").await;
    person.sees_dialog(&format!("Transfer {sims} SIMs from Meridian IoT")).await;
}

/// The same, and chooses where to.
pub(crate) async fn open_transfer(person: &Person, sims: &str, target: &str) {
    begin_transfer(person, sims).await;
    person.choose("Target", &target[..5], target).await;
}

#[actix_web::test]
async fn no_target_is_taken_of_those_that_an_earlier_text_has_found() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        begin_transfer(&ada, "3").await;
        ada.find("option", "Alpenrad*").await;
        // Faster than the answer: the first of the list is still another.
        let target = ada.find("field", "Target").await;
        target.send_keys(&format!("Nordics{ENTER}")).await.expect("typing");
        let chosen = "return document.querySelector('select[name=target]').selectedOptions[0]?.text ?? ''";
        assert_eq!(ada.ask(chosen).await, "");
        let list = "const list = document.querySelector('dialog[open] [role=listbox]'); \
             return list.ariaBusy === 'true' ? 'busy' : list.firstElementChild?.textContent";
        let come = async || (ada.ask(list).await.as_str()?.starts_with("Clienticity Nordics")).then_some(());
        ada.until("what was asked for", come).await;
        ada.reads().await;
        target.send_keys(ENTER).await.expect("a key");
        ada.sees("3 will move").await;
        assert_eq!(ada.ask(chosen).await, "Clienticity Nordics");
        // Nor is it launched with the target that was chosen before.
        ada.find("button", "Transfer 3 SIMs").await;
        target.send_keys(&format!("Alpenrad{ENTER}")).await.expect("typing");
        ada.find("option", "Alpenrad*").await;
        ada.sees_dialog("Transfer 3 SIMs from Meridian IoT").await;
        assert_eq!(ada.ask(chosen).await, "Clienticity Nordics");
    })
    .await;
}

/// The list of operations is drawn again because something has changed, which nobody has asked for.
async fn renews_itself_without_a_word(person: &Person) {
    person
        .ask(
            "document.getElementById('announcements').textContent = ''; \
             document.getElementById('poll-operations').dataset.before = ''; \
             document.body.dispatchEvent(new CustomEvent('operations-changed'))",
        )
        .await;
    let again =
        "return document.querySelector('#poll-operations:not([data-before], .htmx-settling *) nav') !== null";
    person.until("the list again", async || (person.ask(again).await == true).then_some(())).await;
    // The bell may tell that an operation has finished: that is news.
    let told = "return /^[\\d,]+ operations?$/.test(document.getElementById('announcements').textContent)";
    assert_eq!(person.ask(told).await, false);
}

async fn activate(person: &Person, sims: &str, offer: &str) -> String {
    person.click("Activate").await;
    person.sees_dialog(&format!("Activate {sims} SIMs of Clienticity")).await;
    person.choose("Offer", &offer[..4], offer).await;
    person.sees(&format!("{sims} will be activated")).await;
    person.click(&format!("Activate {sims} SIMs")).await;
    launched(person).await
}

#[actix_web::test]
async fn sims_are_transferred_and_then_activated_in_the_subaccount() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        let moving = iccids(&ada).await;
        select_page(&ada, "3").await;
        ada.looks_at("fleet-selected").await;
        open_transfer(&ada, "3", "Clienticity").await;
        ada.sees("3 will move").await;
        ada.looks_at("transfer").await;
        ada.click("Transfer 3 SIMs").await;
        let number = launched(&ada).await;
        assert_succeeded(&finished(&ada, &number).await, "transfer", 3);
        ada.pick("Type", "Transfer").await;
        ada.is_at("kind=transfer").await;
        ada.is_told(" operation").await;
        renews_itself_without_a_word(&ada).await;
        ada.looks_at("operations").await;
        ada.click(&format!("#{number}")).await;
        ada.is_at(&format!("/operations/{number}")).await;
        ada.sees(&moving[0]).await;
        ada.looks_at("operation").await;

        switch_to(&ada, "Clienticity").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        let number = activate(&ada, "3", "Flex 100 MB").await;
        assert_succeeded(&finished(&ada, &number).await, "activate", 3);
        filter(&ada, MARK, "Active").await;
        assert_eq!(iccids(&ada).await, moving);
        let row = ada.row(&moving[0]).await;
        assert!(row.contains("Active") && row.contains("Flex 100 MB"), "{row}");

        ada.click(&moving[0]).await;
        ada.is_at(&format!("/sims/{}", moving[0])).await;
        ada.sees_heading("Timeline").await;
        let page = ada.text().await;
        for words in ["Active", "Flex 100 MB", "Transfer", "Activat", "Clienticity"] {
            assert!(page.contains(words), "no {words:?} in {page}");
        }
        ada.looks_at("sim").await;
    })
    .await;
}

#[actix_web::test]
async fn ten_thousand_sims_are_transferred_and_activated_by_filter() {
    journey(async |journey| {
        more_sims(journey, 10_000);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_all(&ada, "10,000").await;
        open_transfer(&ada, "10,000", "Clienticity").await;
        ada.sees("10,000 will move").await;
        ada.click("Transfer 10,000 SIMs").await;
        let number = launched(&ada).await;
        assert_succeeded(&finished(&ada, &number).await, "transfer", 10_000);
        switch_to(&ada, "Clienticity").await;
        filter(&ada, MARK, "Inventory").await;
        select_all(&ada, "10,000").await;
        let number = activate(&ada, "10,000", "Flex 100 MB").await;
        assert_succeeded(&finished(&ada, &number).await, "activate", 10_000);
    })
    .await;
}

#[actix_web::test]
async fn a_hand_over_transfers_assigns_the_offer_and_activates() {
    journey(async |journey| {
        more_sims(journey, 2);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "2").await;
        open_transfer(&ada, "2", "Greenacre Robotics").await;
        ada.tick("and activate on*").await;
        ada.choose("Offer", "Roam", "Roam 1 GB").await;
        ada.sees("Roam 1 GB will be assigned to Greenacre Robotics first").await;
        ada.looks_at("hand-over").await;
        ada.click("Transfer and activate 2 SIMs").await;
        let number = launched(&ada).await;
        assert_succeeded(&finished(&ada, &number).await, "hand_over", 2);
        ada.go("/subaccounts").await;
        let row = ada.row("Greenacre Robotics").await;
        assert!(row.contains("Roam 1 GB"), "{row}");
    })
    .await;
}

#[actix_web::test]
async fn the_start_page_transfers_a_pasted_list() {
    journey(async |journey| {
        more_sims(journey, 2);
        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Inventory").await;
        let pasted = iccids(&ada).await;
        ada.click("Start").await;
        ada.fill("SIMs", &pasted.join(" ")).await;
        ada.choose("To", "North", "Northwind Metering").await;
        ada.sees("2 will move").await;
        ada.looks_at("start-transfer").await;
        ada.click("Transfer 2 SIMs").await;
        let number = launched(&ada).await;
        assert_succeeded(&finished(&ada, &number).await, "transfer", 2);
    })
    .await;
}

/// Three Active SIMs of Meridian, on an offer that Clienticity lacks.
fn sims_on_an_offer_of_meridian_alone(journey: &Journey) {
    journey.demo.app.db.run(|conn| {
        let owner = "SELECT id AS number FROM companies WHERE name = 'Meridian IoT'";
        let owner = CompanyId(testing::number(conn, owner)?);
        let offer = testing::offer(conn, owner, "Harvest 5 GB", SimType::ALL)?;
        testing::sims(conn, owner, 3, SimState::Active, Some(offer))
    });
}

#[actix_web::test]
async fn a_group_of_failures_is_mended_by_its_remedy_and_a_transfer_is_recalled() {
    journey(async |journey| {
        more_sims(journey, 2);
        sims_on_an_offer_of_meridian_alone(journey);
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go(&format!("/fleet?q={MARK}")).await;
        select_page(&ada, "5").await;
        open_transfer(&ada, "5", "Clienticity").await;
        ada.sees("2 will move. 3 will not").await;
        ada.click("Transfer 2 SIMs").await;
        let first = launched(&ada).await;
        assert_eq!(finished(&ada, &first).await["outcome"], "partly_failed");

        ada.go(&format!("/operations/{first}")).await;
        let remedy = "Assign Harvest 5 GB to Clienticity and retry these 3";
        ada.sees(remedy).await;
        ada.looks_at("remedies").await;
        ada.looks_at_narrow("remedies").await;
        ada.click("Retry failed").await;
        ada.sees_dialog(&format!("Retry #{first}:*")).await;
        ada.sees("To Clienticity").await;
        ada.looks_at("retry").await;
        ada.looks_at_narrow("retry").await;
        ada.click("Cancel").await;
        ada.sees_no_dialog().await;
        ada.click(remedy).await;
        let retry = launched(&ada).await;
        assert_ne!(retry, first);
        assert_succeeded(&finished(&ada, &retry).await, "transfer", 3);

        ada.go(&format!("/operations/{first}")).await;
        ada.sees(&format!("Retried by #{retry}")).await;
        ada.click("Recall").await;
        ada.sees_dialog(&format!("Recall operation #{first}")).await;
        ada.sees("2 can be recalled").await;
        ada.looks_at("recall").await;
        ada.click("Recall 2 SIMs").await;
        let recall = launched(&ada).await;
        assert_succeeded(&finished(&ada, &recall).await, "recall", 2);
        ada.go(&format!("/operations/{recall}")).await;
        ada.sees(&format!("Recall of #{first}")).await;
        filter(&ada, MARK, "Inventory").await;
        assert_eq!(iccids(&ada).await.len(), 2);
    })
    .await;
}
