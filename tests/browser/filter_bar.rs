//! The filter bar of the grid: what was typed is not lost, nothing is asked twice, and the grid stays where it was.

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;

use crate::fleet::iccids;
use crate::search::{ENTER, ESCAPE, comes, press};
use crate::support::{Journey, Person, journey};

const TEXT: &str = "Identifier, name or label begins with";
/// Counts what htmx asks for from here on.
const COUNT: &str = "window.asked = []; const { open } = XMLHttpRequest.prototype; \
     XMLHttpRequest.prototype.open = function (method, address, ...more) { \
         if (address !== '/operations/running') window.asked.push(address); \
         return open.call(this, method, address, ...more); }";
const LEFT: &str = "\u{e012}";
const TYPE_IS_EUICC: &str = "const list = document.getElementById('filter-type'); list.value = 'euicc'; \
     list.dispatchEvent(new Event('change', { bubbles: true }))";
/// The text, and where in it somebody is writing.
const WRITING: &str = "const at = document.activeElement; \
     return at.id === 'filter-text' ? `${at.value} at ${at.selectionStart}` : at.outerHTML";

/// Holds all answers that show SIMs back until this connection is closed.
fn held(journey: &Journey) -> PgConnection {
    let mut keeper = journey.demo.app.db.connect();
    keeper.batch_execute("BEGIN; LOCK TABLE sims IN ACCESS EXCLUSIVE MODE").expect("a lock");
    keeper
}

/// What was asked for, without the queries, once all of it is answered.
async fn asked(person: &Person) -> Vec<String> {
    let busy = "return document.querySelector('.htmx-request') === null";
    person.until("no request", async || (person.ask(busy).await == true).then_some(())).await;
    let asked = person.ask("return window.asked.splice(0).map((address) => address.split('?')[0])").await;
    serde_json::from_value(asked).expect("addresses")
}

#[actix_web::test]
async fn what_was_typed_goes_with_a_chip_and_is_not_lost_to_an_answer() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet").await;
        ada.fill(TEXT, "gateway").await;
        ada.click("Active*").await;
        ada.is_at("state=active&q=gateway").await;
        ada.sees("Begins with: gateway").await;
        // Whatever takes the text out means the changed one, too.
        ada.fill(TEXT, "gatewa").await;
        ada.click("Remove Begins with: gateway").await;
        ada.sees_no_more("Begins with: gateway").await;
        assert_eq!(ada.value_of(TEXT).await, "");

        // The days, with the text.
        ada.click("Dates").await;
        ada.says_when("Activated from", "2020-01-01").await;
        ada.click("Active*").await;
        ada.is_at("/fleet?activated_from=2020-01-01").await;
        ada.fill(TEXT, "8").await;
        ada.says_when("Activated to", "2100-12-31").await;
        ada.click("Show these days").await;
        ada.is_at("q=8&activated_from=2020-01-01&activated_to=2100-12-31").await;
        ada.fill(TEXT, "89").await;
        ada.click("Clear all").await;
        ada.sees_no_more("Begins with: 8").await;
        assert_eq!(ada.address().await, "/fleet");
        assert_eq!(ada.value_of(TEXT).await, "");

        // Typed while the answer is on its way; the caret stays where it is.
        let keeper = held(journey);
        ada.ask(TYPE_IS_EUICC).await;
        let text = ada.find("field", TEXT).await;
        text.send_keys(&format!("8931{LEFT}")).await.expect("keys");
        comes(&ada, WRITING, "8931 at 3").await;
        drop(keeper);
        ada.is_at("type=euicc").await;
        ada.sees("Type: eUICC").await;
        comes(&ada, WRITING, "8931 at 3").await;
        ada.looks_at("fleet-typed-on").await;
        press(&ada, ENTER).await;
        ada.is_at("type=euicc&q=8931").await;
        // Clicked while the answer is on its way.
        ada.go("/fleet").await;
        let keeper = held(journey);
        ada.ask(TYPE_IS_EUICC).await;
        ada.click("Active*").await;
        drop(keeper);
        ada.is_at("state=active&type=euicc").await;
    })
    .await;
}

#[actix_web::test]
async fn one_request_is_sent_for_what_was_typed() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet").await;
        ada.ask(COUNT).await;
        ada.find("field", TEXT).await.send_keys(&format!("8931{ENTER}")).await.expect("keys");
        ada.is_at("q=8931").await;
        assert_eq!(asked(&ada).await, ["/fleet"]);
        ada.ask(TYPE_IS_EUICC).await;
        ada.is_at("type=euicc").await;
        assert_eq!(asked(&ada).await, ["/fleet"]);
        // Escape empties the box, as the x in it does; what is empty is not asked for again.
        ada.find("field", TEXT).await.send_keys(ESCAPE).await.expect("a key");
        ada.sees_no_more("Begins with: 8931").await;
        assert_eq!(asked(&ada).await, ["/fleet"]);
        press(&ada, &format!("89{ESCAPE}")).await;
        assert_eq!(asked(&ada).await, [""; 0]);

        for (page, field) in [("/operations", "By whom"), ("/administration/audit", "On what")] {
            ada.go(page).await;
            ada.ask("for (const part of document.querySelectorAll('[id^=poll-]')) part.remove()").await;
            ada.ask(COUNT).await;
            ada.find("field", field).await.send_keys(&format!("nothing{ENTER}")).await.expect("keys");
            ada.is_at("=nothing").await;
            assert_eq!(asked(&ada).await, [page]);
        }
    })
    .await;
}

#[actix_web::test]
async fn another_order_and_another_page_leave_the_grid_where_it_was_scrolled_to() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.client.set_window_size(700, 900).await.expect("a size");
        ada.go("/fleet").await;
        let first = iccids(&ada).await;
        ada.ask("document.querySelector('.grid-scroll').scrollLeft = 150").await;
        for (link, part) in [("ICCID*", "dir=desc"), ("Next", "after=")] {
            ada.click(link).await;
            ada.is_at(part).await;
            ada.until("other rows", async || (iccids(&ada).await != first).then_some(())).await;
            assert_eq!(ada.ask("return document.querySelector('.grid-scroll').scrollLeft").await, 150);
        }
    })
    .await;
}

#[actix_web::test]
async fn an_action_that_can_not_be_used_says_why_when_it_is_pressed() {
    journey(async |journey| {
        for (email, address, reason) in [
            ("ada@meridian.example", "/fleet?state=retired", "All SIMs of this filter are Retired."),
            ("vera@meridian.example", "/fleet", "Your role here, Viewer, does not allow this."),
        ] {
            let person = journey.demo_person(email).await;
            person.client.set_window_size(360, 900).await.expect("a size");
            person.go(address).await;
            person.tick(&format!("Select {}", iccids(&person).await[0])).await;
            person.click("Activate").await;
            person.sees(reason).await;
            person.click("Close message").await;
            person.sees_no_more(reason).await;
            // In the menu, and by keys.
            person.click("More").await;
            let transfer = person.find("button", "Transfer").await;
            transfer.send_keys(ENTER).await.expect("a key");
            person.sees(reason).await;
            person.looks_at(&format!("fleet-refused-{}", &email[..4])).await;
        }
    })
    .await;
}
