//! The Start page: its widgets are chosen and put in order, by keyboard alone and with the mouse.

use fantoccini::Locator;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};

use crate::support::{Person, journey};

const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const ALT_UP: &str = "\u{e00a}\u{e013}\u{e000}";

/// The titles of the widgets, in their order.
async fn widgets(person: &Person) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.widget h2')].map((h2) => h2.textContent.trim())";
    serde_json::from_value(person.ask(script).await).expect("texts")
}

async fn sees_widgets(person: &Person, titles: &[&str]) {
    person.until(&format!("{titles:?}"), async || (widgets(person).await == titles).then_some(())).await;
}

/// Sends keys to what has the focus.
async fn presses(person: &Person, keys: &str) {
    let focused = person.client.active_element().await.expect("an element with the focus");
    focused.send_keys(keys).await.expect("keys");
}

/// What has the focus, by the name that is read out.
async fn has_focus(person: &Person, name: &str) {
    let script = "return document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()";
    person
        .until(&format!("the focus is on {name:?}"), async || {
            (person.ask(script).await == name).then_some(())
        })
        .await;
}

#[actix_web::test]
async fn widgets_are_chosen_and_put_in_order_by_keyboard_and_kept() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        let usual = [
            "Fleet by state",
            "Transfer SIMs",
            "Operations in progress",
            "Subaccounts",
            "Activations per day",
        ];
        sees_widgets(&ada, &usual).await;
        ada.looks_at("start").await;
        ada.fill("SIMs", "8988211000000000017").await;

        ada.find("button", "Menu of Transfer SIMs").await.send_keys(ENTER).await.expect("keys");
        presses(&ada, DOWN).await;
        has_focus(&ada, "Move earlier").await;
        ada.looks_at("start-menu").await;
        presses(&ada, ENTER).await;
        let mut moved = usual.to_vec();
        moved.swap(0, 1);
        sees_widgets(&ada, &moved).await;
        has_focus(&ada, "Menu of Transfer SIMs").await;
        assert_eq!(ada.value_of("SIMs").await, "8988211000000000017", "what was typed stays");

        ada.find("button", "Add Saved views").await.send_keys(ENTER).await.expect("keys");
        has_focus(&ada, "Menu of Saved views").await;
        ada.sees("No view yet.").await;

        ada.find("button", "Customise").await.send_keys(ENTER).await.expect("keys");
        ada.sees_dialog("Customise Start").await;
        ada.looks_at("start-customise").await;
        for _ in 0..5 {
            ada.find("field", "Saved views").await.send_keys(ALT_UP).await.expect("keys");
        }
        ada.find("field", "Activations per day").await.send_keys(" ").await.expect("keys");
        ada.find("field", "Recently finished operations").await.send_keys(" ").await.expect("keys");
        ada.find("button", "Apply").await.send_keys(ENTER).await.expect("keys");
        ada.sees_no_dialog().await;
        let chosen = [
            "Saved views",
            "Transfer SIMs",
            "Fleet by state",
            "Operations in progress",
            "Subaccounts",
            "Recently finished operations",
        ];
        sees_widgets(&ada, &chosen).await;
        ada.looks_at("start-chosen").await;
        ada.go("/").await;
        sees_widgets(&ada, &chosen).await;

        ada.click("Customise").await;
        ada.click("Usual widgets").await;
        ada.sees_no_dialog().await;
        sees_widgets(&ada, &usual).await;
    })
    .await;
}

#[actix_web::test]
async fn a_widget_is_carried_with_the_mouse_and_all_can_go() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        let bar = async |place: u8| {
            let css = format!(".widget:nth-child({place}) .widget-bar");
            ada.client.find(Locator::Css(&css)).await.expect("a bar")
        };
        let (from, to) = (bar(1).await, bar(2).await);
        let (_, _, width, _) = to.rectangle().await.expect("a rectangle");
        let slow = Some(std::time::Duration::from_millis(50));
        let at = |element, x| PointerAction::MoveToElement { element, duration: slow, x, y: 0.0 };
        let mouse = MouseActions::new("mouse".into())
            .then(at(from, 0.0))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::MoveBy { duration: slow, x: 10.0, y: 0.0 })
            .then(at(to.clone(), 0.0))
            .then(at(to, width / 4.0))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        ada.client.perform_actions(mouse).await.expect("a drag");
        ada.until("the widget in its new place", async || {
            widgets(&ada)
                .await
                .starts_with(&["Transfer SIMs".to_owned(), "Fleet by state".to_owned()])
                .then_some(())
        })
        .await;
        for widget in widgets(&ada).await {
            ada.click(&format!("Menu of {widget}")).await;
            ada.click("Remove").await;
            ada.find("button", &format!("Add {widget}")).await;
        }
        ada.sees("No widget here.").await;
        ada.looks_at("start-empty").await;
        ada.click("Usual widgets").await;
        ada.until("the widgets", async || (widgets(&ada).await.len() == 5).then_some(())).await;
    })
    .await;
}
