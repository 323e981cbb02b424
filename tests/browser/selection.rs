//! Ticking SIMs: the bar says how many and out of what, and the selection stays through pages and orders.

mod many;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};

use crate::fleet::{filter, iccids};
use crate::operations::{MARK, assert_succeeded, finished, launched, more_sims};
use crate::support::{Journey, Person, journey};

const SHIFT: char = '\u{e008}';

async fn tick_row(person: &Person, iccid: &str) {
    person.tick(&format!("Select {iccid}")).await;
}

/// Ticks a row with the mouse, with Shift held down.
async fn shift_tick_row(person: &Person, iccid: &str) {
    let keyboard = KeyActions::new("keyboard".into()).then(KeyAction::Down { value: SHIFT });
    person.client.perform_actions(keyboard).await.expect("a key that is held");
    tick_row(person, iccid).await;
    person.client.release_actions().await.expect("a key that is let go");
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

/// Ticks the first row as the browser does while the script is still on its way, and lets that come.
async fn tick_before_the_script(person: &Person) {
    let script = "document.querySelector('[data-row-check]').checked = true; \
         const url = new URL(document.querySelector('script[src*=\"js/grid\"]').src); \
         url.searchParams.set('again', ''); \
         const onload = arguments[arguments.length - 1]; \
         document.head.append(Object.assign(document.createElement('script'), { type: 'module', src: url, onload: () => onload() }))";
    person.client.execute_async(script, Vec::new()).await.expect("the script");
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

/// The ICCIDs of the rows that are ticked on the page.
async fn ticked(person: &Person) -> Vec<String> {
    let script = "return [...document.querySelectorAll('tr:has([data-row-check]:checked) a[data-row-link]')] \
         .map((a) => a.innerText.trim())";
    serde_json::from_value(person.ask(script).await).expect("texts")
}

/// How many SIMs of Meridian have ICCIDs that begin with [`MARK`].
fn matching(journey: &Journey) -> i64 {
    let sql = format!(
        "SELECT count(*) AS number FROM sims JOIN companies c ON c.id = company_id \
         WHERE c.name = 'Meridian IoT' AND iccid LIKE '{MARK}%'"
    );
    journey.demo.app.db.run(|conn| fleet::testing::number(conn, &sql))
}

/// A number above a thousand, as it is written.
fn thousands(number: i64) -> String {
    format!("{},{:03}", number / 1_000, number % 1_000)
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
        ada.click("Select all that match").await;
        ada.sees("The SIMs could not be counted, so nothing more was selected. Try again.").await;
        bar_says(&ada, "1 of the SIMs that match selected").await;
        ada.looks_at("fleet-not-counted").await;

        more_sims(journey, 10_000);
        ada.go(&ada.address().await).await;
        says(&ada, "1 of more than 10,000 selected").await;
        ada.looks_at("fleet-selected-out-of-many").await;
        ada.click("Select all*").await;
        let all = matching(journey);
        says(&ada, &format!("{} of {} selected", thousands(all), thousands(all))).await;
        tick_row(&ada, &iccids(&ada).await[0]).await;
        says(&ada, &format!("{} of {} selected", thousands(all - 1), thousands(all))).await;
        ada.looks_at("fleet-selected-all-of-many").await;
        ada.client.refresh().await.expect("the list again");
        bar_says(&ada, &format!("{} of {} selected", thousands(all - 1), thousands(all))).await;
        ada.click("More").await;
        ada.click("Suspend").await;
        ada.sees_dialog(&format!("Suspend {} SIMs of Meridian IoT", thousands(all - 1))).await;
    })
    .await;
}

#[actix_web::test]
async fn a_selection_stays_through_pages_and_orders_and_is_what_is_launched() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet?state=suspended&size=25").await;
        let first = iccids(&ada).await;
        tick_row(&ada, &first[1]).await;
        says(&ada, "1 of 37 selected").await;
        shift_tick_row(&ada, &first[5]).await;
        says(&ada, "5 of 37 selected").await;
        assert_eq!(ticked(&ada).await, first[1..=5]);
        ada.click("Next").await;
        let second = other_rows(&ada, &first).await;
        bar_says(&ada, "5 of 37 selected").await;
        assert!(ticked(&ada).await.is_empty());
        ada.tick("Select this page").await;
        says(&ada, "17 of 37 selected").await;
        ada.click("Previous").await;
        other_rows(&ada, &second).await;
        bar_says(&ada, "17 of 37 selected").await;
        assert_eq!(ticked(&ada).await, first[1..=5]);

        ada.click("IMSI*").await;
        ada.is_at("sort=imsi").await;
        ada.click("IMSI*").await;
        ada.is_at("dir=desc").await;
        let last = other_rows(&ada, &first).await;
        bar_says(&ada, "17 of 37 selected").await;
        let mut still = ticked(&ada).await;
        ada.click("Next").await;
        other_rows(&ada, &last).await;
        // Ticks are drawn with the bar, a moment after the rows.
        bar_says(&ada, "17 of 37 selected").await;
        still.extend(ticked(&ada).await);
        still.sort_unstable();
        let mut chosen = [&first[1..=5], &second].concat();
        chosen.sort_unstable();
        assert_eq!(still, chosen, "the same in another order");

        ada.click("Select all 37 that match").await;
        says(&ada, "37 of 37 selected").await;
        let shown = iccids(&ada).await;
        tick_row(&ada, &shown[0]).await;
        tick_row(&ada, &shown[3]).await;
        says(&ada, "35 of 37 selected").await;
        ada.click("Previous").await;
        other_rows(&ada, &shown).await;
        bar_says(&ada, "35 of 37 selected").await;
        assert_eq!(ticked(&ada).await.len(), 25);
        ada.click("More").await;
        ada.click("Resume").await;
        ada.sees_dialog("Resume 35 SIMs of Meridian IoT").await;
        let steps = ada.ask("performance.clearResourceTimings(); return history.length").await;
        ada.click("Resume 35 SIMs").await;
        let number = launched(&ada).await;
        let is_drawn_again =
            "return performance.getEntriesByType('resource').some(({ name }) => /\\/fleet\\?/.test(name))";
        ada.until("the list again", async || (ada.ask(is_drawn_again).await == true).then_some(())).await;
        assert_eq!(ada.ask("return history.length").await, steps, "the same list is no step to go back");
        assert_succeeded(&finished(&ada, &number).await, "resume", 35);
        ada.go("/fleet?state=suspended").await;
        let mut except = vec![shown[0].clone(), shown[3].clone()];
        except.sort_unstable();
        ada.until("the two that were unticked", async || {
            let mut left = iccids(&ada).await;
            left.sort_unstable();
            (left == except).then_some(())
        })
        .await;
    })
    .await;
}

#[actix_web::test]
async fn a_selection_is_there_after_going_back_and_reloading_and_gone_for_somebody_else() {
    journey(async |journey| {
        more_sims(journey, 60);
        let ada = journey.demo_person("ada@meridian.example").await;
        let address = format!("/fleet?q={MARK}&state=inventory&size=25");
        ada.go(&address).await;
        let first = iccids(&ada).await;
        tick_before_the_script(&ada).await;
        bar_says(&ada, "1 of 60 selected").await;
        ada.go(&address).await;
        bar_says(&ada, "1 of 60 selected").await;
        assert_eq!(ticked(&ada).await, first[..1]);
        ada.click("Next").await;
        let second = other_rows(&ada, &first).await;
        tick_row(&ada, &second[3]).await;
        says(&ada, "2 of 60 selected").await;
        ada.client.back().await.expect("the page before");
        other_rows(&ada, &second).await;
        bar_says(&ada, "2 of 60 selected").await;
        assert_eq!(ticked(&ada).await, first[..1]);

        ada.click(&first[5]).await;
        ada.sees_heading(&format!("SIM {}", first[5])).await;
        ada.client.back().await.expect("the list");
        bar_says(&ada, "2 of 60 selected").await;
        assert_eq!(ticked(&ada).await, first[..1]);
        ada.client.refresh().await.expect("the list again");
        bar_says(&ada, "2 of 60 selected").await;
        ada.click("Next").await;
        other_rows(&ada, &first).await;
        bar_says(&ada, "2 of 60 selected").await;
        assert_eq!(ticked(&ada).await, second[3..4]);

        ada.click("Select all 60 that match").await;
        says(&ada, "60 of 60 selected").await;
        tick_row(&ada, &second[7]).await;
        says(&ada, "59 of 60 selected").await;
        ada.client.refresh().await.expect("the list again");
        bar_says(&ada, "59 of 60 selected").await;
        assert_eq!(ticked(&ada).await.len(), 24);
        // Another filter has a selection of its own.
        ada.click("Inventory*").await;
        ada.until("another filter", async || (!ada.address().await.contains("state=")).then_some(())).await;
        ada.until("nothing ticked", async || ticked(&ada).await.is_empty().then_some(())).await;
        ada.client.back().await.expect("the filter before");
        bar_says(&ada, "59 of 60 selected").await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 59 SIMs of Meridian IoT").await;
        ada.click("Cancel").await;

        let kept = "return sessionStorage.getItem('selections')";
        assert!(ada.ask(kept).await.is_string());
        ada.click("User menu:*").await;
        ada.click("Sign out").await;
        ada.find("field", "E-mail").await;
        assert!(ada.ask(kept).await.is_null(), "nothing is left for whoever comes next");
        ada.sign_in("omar@meridian.example", fleet::passwords::DEMO_PASSWORD).await;
        ada.sees_heading("Start").await;
        ada.go(&address).await;
        assert!(ticked(&ada).await.is_empty());
        tick_row(&ada, &first[1]).await;
        says(&ada, "1 of 60 selected").await;
        // What somebody else has left, however that came about, is not taken up.
        ada.ask("sessionStorage.selections = sessionStorage.selections.replace('omar@', 'ada@')").await;
        ada.go("/operations").await;
        assert!(ada.ask(kept).await.is_null());
    })
    .await;
}

#[actix_web::test]
async fn the_head_and_the_first_columns_stay_in_sight_and_only_the_grid_scrolls_sideways() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        let places = "const grid = document.querySelector('.grid-scroll'); \
             const at = (find) => { const box = grid.querySelector(find).getBoundingClientRect(); \
                 return [Math.round(box.left), Math.round(box.top)]; }; \
             return { head: at('thead th.sticky-2'), page: at('thead th.sticky-1'), state: at('thead th:nth-child(4)'), \
                 box: at('tbody td.sticky-1'), iccid: at('tbody th.sticky-2'), scrolled: [grid.scrollLeft, grid.scrollTop] }";
        for width in [360, 1280, 2560] {
            ada.client.set_window_size(width, 900).await.expect("a size");
            ada.go("/fleet?size=100").await;
            ada.sees_heading("Connectivity Portal").await;
            // Whatever the window, there is more to the right than it has room for.
            ada.ask("for (const col of document.querySelectorAll('.grid-table col[data-column]:nth-child(n + 3)')) col.width = 400").await;
            let before = ada.ask(places).await;
            ada.ask("document.querySelector('.grid-scroll').scrollLeft = 150").await;
            let after = ada.ask(places).await;
            assert_eq!(after["scrolled"][0], 150, "the grid scrolls at {width}");
            for part in ["head", "page", "box", "iccid"] {
                assert_eq!(after[part], before[part], "{part} stays at {width}");
            }
            assert_ne!(after["state"], before["state"], "other columns move at {width}");
            let beyond = ada
                .ask("const page = document.documentElement; scrollTo(1000, 0); \
                     return [page.scrollWidth - page.clientWidth, page.scrollLeft]")
                .await;
            assert!(beyond[0].as_i64().expect("a number") <= 0, "the page is as wide as the window at {width}");
            assert_eq!(beyond[1], 0, "the page does not scroll sideways at {width}");
            let above = ada
                .ask("const grid = document.querySelector('.grid-scroll'); grid.scrollTop = 300; return grid.scrollTop")
                .await;
            let below = ada.ask(places).await;
            if above == 0 {
                // The narrow grid is as long as its rows: it is the page that scrolls.
                assert_eq!(width, 360, "the grid scrolls at {width}");
                continue;
            }
            for part in ["head", "page"] {
                assert_eq!(below[part], before[part], "{part} stays at {width}");
            }
            assert_ne!(below["iccid"][1], before["iccid"][1], "the rows move at {width}");
        }
    })
    .await;
}
