//! The grid of SIMs: filters, order, pages, and all of it in the address.

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};

use crate::support::{Person, journey, slow_down};

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
    person.fill("Identifier, name or label begins with", text).await;
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
        ada.until("what the address says", async || (iccids(&ada).await == first).then_some(())).await;

        ada.click("ICCID*").await;
        ada.is_at("dir=").await;
        ada.until("the other end", async || {
            let rows = iccids(&ada).await;
            (rows.first() != first.first() && rows.is_sorted_by(|a, b| a > b)).then_some(())
        })
        .await;
        let sought = iccids(&ada).await[0].clone();
        ada.fill("Identifier, name or label begins with", &sought[..19]).await;
        ada.click("Filter").await;
        ada.until("that SIM alone", async || (iccids(&ada).await == [sought.as_str()]).then_some(())).await;
        ada.looks_at("fleet-filtered").await;
    })
    .await;
}

#[actix_web::test]
async fn days_and_labels_are_filtered_by_and_taken_out_again() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.click("Dates").await;
        ada.says_when("Activated from", "2020-01-01").await;
        ada.says_when("Last change to", "2100-12-31").await;
        ada.looks_at("fleet-days").await;
        ada.click("Show these days").await;
        ada.is_at("activated_from=2020-01-01&changed_to=2100-12-31").await;
        assert!(!iccids(&ada).await.is_empty());
        ada.looks_at("fleet-days-chosen").await;
        ada.click("Remove Activated: from 1 Jan 2020").await;
        ada.until("one of them is left", async || {
            (!ada.address().await.contains("activated_from")).then_some(())
        })
        .await;
        assert!(ada.address().await.contains("changed_to=2100-12-31"));
        ada.click("Clear all").await;
        ada.until("none is left", async || (!ada.address().await.contains("changed_to")).then_some(())).await;
    })
    .await;
}

#[actix_web::test]
async fn the_arrows_go_through_a_closed_list_until_enter_filters_by_it() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet").await;
        let (down, enter) = ("\u{e015}", "\u{e007}");
        let focus = "document.getElementById('filter-type').focus()";
        ada.ask(focus).await;
        let list = ada.find("field", "Type").await;
        list.send_keys(down).await.expect("a key");
        list.send_keys(down).await.expect("a key");
        let value = "return document.getElementById('filter-type').value";
        ada.until("the second entry", async || (ada.ask(value).await == "mff2").then_some(())).await;
        assert!(!ada.address().await.contains("type="), "{}", ada.address().await);
        list.send_keys(enter).await.expect("a key");
        ada.is_at("type=mff2").await;
        assert!(!ada.address().await.contains("plug_in"), "{}", ada.address().await);
        ada.go("/fleet").await;
        ada.ask(focus).await;
        let tab = "\u{e004}";
        ada.find("field", "Type").await.send_keys(&format!("{down}{tab}")).await.expect("keys");
        ada.is_at("type=plug_in").await;
    })
    .await;
}

/// The heads of the columns, as they are shown.
async fn heads(person: &Person) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll('thead th')].map((th) => th.textContent.trim()).slice(1)";
    serde_json::from_value(person.ask(script).await).expect("texts")
}

async fn column_width(person: &Person, column: &str) -> i64 {
    let script = format!("return Number(document.querySelector('col[data-column={column}]').width)");
    person.ask(&script).await.as_i64().expect("a width")
}

/// Drags a head with the mouse onto the left half of another.
async fn drag_head(person: &Person, name: &str, onto: &str) {
    let head = async |name: &str| {
        let path = format!("//thead//th[normalize-space()='{name}']");
        person.client.find(Locator::XPath(&path)).await.expect("a head")
    };
    let (from, to) = (head(name).await, head(onto).await);
    let (_, _, width, _) = to.rectangle().await.expect("a rectangle");
    let slow = Some(Duration::from_millis(50));
    let at = |element, x| PointerAction::MoveToElement { element, duration: slow, x, y: 0.0 };
    let mouse = MouseActions::new("mouse".into())
        .then(at(from, 0.0))
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::MoveBy { duration: slow, x: -10.0, y: 0.0 })
        .then(at(to.clone(), 0.0))
        .then(at(to, -width / 4.0))
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    person.client.perform_actions(mouse).await.expect("a drag");
}

#[actix_web::test]
async fn columns_are_chosen_moved_by_keyboard_made_wider_and_kept() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.click("Columns").await;
        ada.sees_dialog("Columns").await;
        ada.looks_at("columns").await;
        ada.tick("EID").await;
        ada.tick("IMEI").await;
        ada.click("Move IMSI up").await;
        let alt_up = "\u{e00a}\u{e013}\u{e000}";
        ada.find("field", "IMSI").await.send_keys(alt_up).await.expect("keys");
        ada.fill("Width of Name in pixels", "300").await;
        ada.tick("Compact").await;
        ada.click("Apply").await;
        ada.sees_no_dialog().await;
        let chosen = [
            "ICCID",
            "Name",
            "IMSI",
            "State",
            "Offer",
            "MSISDN",
            "Type",
            "Labels",
            "Activated",
            "Last change",
        ];
        ada.until("the columns", async || (heads(&ada).await == chosen).then_some(())).await;
        ada.looks_at("fleet-columns").await;

        let drag = "const handle = document.querySelectorAll('[data-column-handle]')[4]; \
             const box = handle.getBoundingClientRect(); \
             const at = (type, x) => handle.dispatchEvent(new PointerEvent(type, \
                 { bubbles: true, pointerId: 1, button: 0, clientX: x, clientY: box.top + 5 })); \
             handle.setPointerCapture = () => {}; \
             at('pointerdown', box.left); at('pointermove', box.left + 90); at('pointerup', box.left + 90);";
        let before = column_width(&ada, "offer").await;
        ada.ask(drag).await;
        let wider = column_width(&ada, "offer").await;
        assert!(wider >= before + 90, "{before} to {wider}");
        ada.until("the width is kept", async || {
            ada.go("/fleet").await;
            (column_width(&ada, "offer").await == wider).then_some(())
        })
        .await;
        assert_eq!(heads(&ada).await, chosen, "the same after a new load");
        drag_head(&ada, "Last change", "Type").await;
        let mut reordered = chosen.to_vec();
        reordered.insert(6, reordered[9]);
        reordered.pop();
        ada.until("the head in its new place", async || (heads(&ada).await == reordered).then_some(())).await;
        for width in [360, 1280, 2560] {
            ada.client.set_window_size(width, 900).await.expect("a size");
            let beyond = ada.ask("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(beyond.as_i64().expect("a number") <= 0, "only the grid scrolls sideways, at {width}");
        }
    })
    .await;
}

/// What has moved since the page was asked for without being touched, in each instant: from where to where.
async fn shifts(person: &Person) -> Vec<serde_json::Value> {
    // A shift is told when the browser has drawn twice more.
    let shifts = "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => { \
         const seen = []; \
         new PerformanceObserver((list) => seen.push(...list.getEntries())) \
             .observe({ type: 'layout-shift', buffered: true }); \
         const told = ({ node, previousRect, currentRect }) => \
             [node?.outerHTML?.slice(0, 100) ?? node?.textContent, previousRect, currentRect]; \
         setTimeout(() => done(seen.filter((shift) => !shift.hadRecentInput) \
             .map((shift) => shift.sources.map(told))), 200); })))";
    serde_json::from_value(person.ask(shifts).await).expect("what moved")
}

#[actix_web::test]
async fn the_grid_stands_still_while_it_loads_and_fetches_nothing_twice() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        for width in [360, 1280] {
            ada.client.set_window_size(width, 900).await.expect("a size");
            // Now and then a slow machine draws before all has come.
            for slower in [1, 6, 6, 6, 6, 6] {
                slow_down(&ada, slower).await;
                ada.go("/fleet").await;
                ada.sees_heading("Connectivity Portal").await;
                let moved = shifts(&ada).await;
                assert!(moved.is_empty(), "something moves at {width}, {slower} times slower: {moved:#?}");
            }
            slow_down(&ada, 1).await;
            ada.ask("document.getElementById('main').prepend(document.createElement('h1'), 'down', document.createElement('hr'))").await;
            assert!(!shifts(&ada).await.is_empty(), "what moves is seen at {width}");
        }
        ada.go("/fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        ada.ask("performance.clearResourceTimings()").await;
        ada.click("Next").await;
        ada.is_at("after=").await;
        let fetched = ada.ask("return performance.getEntriesByType('resource').map((entry) => entry.name)").await;
        let mut fetched: Vec<String> = serde_json::from_value(fetched).expect("addresses");
        // What every page asks for now and then may come in between.
        fetched.retain(|address| !address.ends_with("/operations/running"));
        assert_eq!(fetched.len(), 1, "the rows alone: {fetched:?}");
        // A whole new page: everything but the page itself is at hand.
        ada.go("/fleet?sort=imsi").await;
        let again = ada
            .ask(
                "return performance.getEntriesByType('resource') \
                     .filter((entry) => entry.transferSize > 0).map((entry) => entry.name)",
            )
            .await;
        let again: Vec<String> = serde_json::from_value(again).expect("addresses");
        let files: Vec<_> = again.iter().filter(|name| name.contains("/static/")).collect();
        assert!(files.is_empty(), "kept by the browser: {files:?}");
    })
    .await;
}

#[actix_web::test]
async fn many_labels_are_looked_for_when_their_list_is_opened() {
    journey(async |journey| {
        journey.demo.app.db.run(|conn| {
            let labels = "INSERT INTO labels (company_id, name) \
                 SELECT companies.id, 'Batch ' || number FROM companies, generate_series(101, 300) number \
                 WHERE companies.name = 'Meridian IoT'";
            diesel::RunQueryDsl::execute(diesel::sql_query(labels), conn)?;
            Ok(())
        });
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Monitor my fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        let loaded = "return performance.getEntriesByType('resource').some((entry) => entry.name.includes('tom-select'))";
        assert_eq!(ada.ask(loaded).await, false, "what is not opened costs nothing");
        ada.looks_at("fleet-many-labels").await;
        ada.tick("Label").await;
        ada.find("option", "Batch 101 0 SIMs").await;
        ada.looks_at("fleet-many-labels-open").await;
        ada.choose("Label", "batch 277", "Batch 277").await;
        ada.sees("Label: Batch 277").await;
        ada.sees("No SIM of this company matches the filter.").await;

        // By keys alone; the first one is not lost.
        ada.ask("document.getElementById('filter-label').focus()").await;
        let tab_and_type = KeyActions::new("keyboard".into())
            .then(KeyAction::Down { value: 'b' })
            .then(KeyAction::Up { value: 'b' });
        ada.client.perform_actions(tab_and_type).await.expect("a key");
        let typed = "return document.activeElement.matches('.ts-control input') && document.activeElement.value";
        ada.until("a text box", async || (ada.ask(typed).await == "b").then_some(())).await;
        ada.find("option", "Batch 101 0 SIMs").await;
        ada.choose("Label", "atch 150", "Batch 150").await;
        ada.sees("Label: Batch 150").await;
        ada.click("Remove Label: Batch 150").await;
        ada.sees_no_more("Label: Batch 150").await;
    })
    .await;
}

#[actix_web::test]
async fn on_a_narrow_screen_rows_are_in_sight_and_the_tools_are_in_one_place() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.client.set_window_size(360, 660).await.expect("a size");
        ada.go("/fleet").await;
        ada.sees_heading("Connectivity Portal").await;
        let top = ada.ask("return document.querySelector('tbody tr').getBoundingClientRect().top").await;
        let top = top.as_f64().expect("a place");
        assert!(top < 450.0, "the rows begin at {top}");
        assert!(!ada.has("Columns").await && !ada.has("Dates").await);
        ada.click("Dates and tools").await;
        ada.click("Dates").await;
        ada.looks_at("fleet-tools").await;
        ada.client.set_window_size(360, 660).await.expect("a size");
        ada.click("Columns").await;
        ada.sees_dialog("Columns").await;
    })
    .await;
}
