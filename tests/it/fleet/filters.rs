//! Filters by days, by several labels and by words; and what the numbers beside the choices count.

use fleet::testing;
use reqwest::StatusCode;
use serde_json::json;

use super::{World, more_labels_and_offers, world};
use crate::support::TestDb;

/// Labels 70 (*north*), 71 (*northern lights*) and, of Stranger, 72 (*north too*).
fn label(world: &World) {
    world.sql(&format!(
        "INSERT INTO labels (id, company_id, name) OVERRIDING SYSTEM VALUE \
         VALUES (70, {0}, 'North'), (71, {0}, 'northern lights'), (72, {1}, 'north too')",
        world.meridian, world.stranger
    ));
}

#[actix_web::test]
async fn days_are_those_of_utc_and_both_ends_count() {
    let world = world().await;
    world.sql(
        "UPDATE sims SET changed_at = '2025-11-10 12:00Z', activated_at = CASE WHEN offer_id IS NOT NULL \
               THEN '2025-11-01 00:00Z'::timestamptz + (id % 4) * interval '1 day' END",
    );
    world.sql("UPDATE sims SET changed_at = '2025-11-11 00:00Z' WHERE state = 'suspended'");
    for (query, condition) in [
        ("activated_from=2025-11-03", "activated_at >= '2025-11-03'"),
        ("activated_to=2025-11-02", "activated_at < '2025-11-03'"),
        ("activated_from=2025-11-02&activated_to=2025-11-02", "activated_at = '2025-11-02'"),
        (
            "activated_to=2025-11-02&state=suspended&sort=imsi",
            "activated_at < '2025-11-03' AND state = 'suspended'",
        ),
        ("changed_from=2025-11-10&changed_to=2025-11-10", "state <> 'suspended'"),
        (
            "changed_from=2025-11-11&activated_from=2025-11-04",
            "state = 'suspended' AND activated_at >= '2025-11-04'",
        ),
        ("changed_from=2025-11-12", "false"),
        ("activated_from=2025-11-04&activated_to=2025-11-01", "false"),
    ] {
        let mut shown = world.shown(query).await;
        shown.sort_unstable();
        assert_eq!(shown, world.expected(condition, "iccid"), "{query}");
        assert_eq!(world.counted(query).await, shown.len(), "{query}");
    }
    let page =
        world.ada.get("/fleet?activated_from=2025-11-02&activated_to=2025-11-03&changed_to=2025-12-31").await;
    let chips = ["Activated: 2 Nov 2025 to 3 Nov 2025", "Last change: until 31 Dec 2025", "Clear all"];
    assert_eq!(page.texts("[aria-label=Filter] .chip"), chips);
    assert_eq!(page.attribute("#filter-days [name=activated_from]", "value").as_deref(), Some("2025-11-02"));
    let backwards = world.ada.get("/fleet?activated_from=2025-11-04&activated_to=2025-11-01").await;
    assert!(backwards.texts(".alert-warning")[0].starts_with("The days end before they begin"));
    assert_eq!(
        backwards.attribute("#filter-days [name=activated_to]", "value").as_deref(),
        Some("2025-11-01")
    );
}

#[actix_web::test]
async fn several_labels_mean_all_of_them() {
    let world = world().await;
    label(&world);
    world.sql("UPDATE sims SET label_ids = '{70}' WHERE state = 'inventory'");
    world.sql("UPDATE sims SET label_ids = label_ids || '{71}' WHERE id % 2 = 0 AND state IN ('inventory', 'active')");
    for (query, condition) in [
        ("label=71", "label_ids @> '{71}'"),
        ("label=70&label=71", "label_ids @> '{70,71}'"),
        ("label=71&state=active&sort=changed", "label_ids @> '{71}' AND state = 'active'"),
        ("label=70&label=72", "false"),
    ] {
        let mut shown = world.shown(query).await;
        shown.sort_unstable();
        assert_eq!(shown, world.expected(condition, "iccid"), "{query}");
        assert_eq!(world.counted(query).await, shown.len(), "{query}");
    }
    let page = world.ada.get("/fleet?label=70&label=71").await;
    assert_eq!(
        page.texts("[aria-label=Filter] .chip"),
        ["Label: North", "Label: northern lights", "Clear all"]
    );
}

#[actix_web::test]
async fn with_a_label_a_text_finds_what_it_finds_without() {
    let world = world().await;
    label(&world);
    let [with, without, other] = [world.inventory[3], world.inventory[5], world.active[2]];
    let identified = |msisdn, imei| {
        format!(
            "UPDATE sims SET name = '(Water) Meter of Old Hull', msisdn = '{msisdn}' || id, imei = '{imei}' || id, \
             eid = '8904903200000000000000000000' || lpad(id::text, 4, '0'), imsi = '99999' || lpad(id::text, 10, '0') WHERE id IN ({with}, {without})"
        )
    };
    world.sql(&identified("4477", "3501"));
    world.sql(&format!("UPDATE sims SET label_ids = '{{70}}' WHERE id IN ({with}, {other})"));
    world.sql(&format!("UPDATE sims SET label_ids = '{{70,71}}' WHERE id = {other}"));
    let iccid_of = |id| world.expected(&format!("id = {id}"), "iccid");
    let find = async |text: &str, found: &[String]| {
        let query = format!("label=70&q={text}");
        assert_eq!(world.shown(&query).await, found, "{text}");
        assert_eq!(world.counted(&query).await, found.len(), "{text}");
    };
    for text in [
        &iccid_of(with).concat(),
        "99999",
        "4477",
        "8904903",
        "3501",
        "water",
        "(WATER) me",
        "meter",
        "of",
        "old%20hull",
    ] {
        find(text, &iccid_of(with)).await;
    }
    // By another label, and by none.
    find("lights", &iccid_of(other)).await;
    find("hull", &[]).await;
    find("ater", &[]).await;
    // Entries of labels follow what is written of SIMs.
    world.sql(&identified("4478", "3502"));
    world.sql(&format!("UPDATE sims SET name = 'Pump' WHERE id = {with}"));
    for text in ["4478", "3502", "pump"] {
        find(text, &iccid_of(with)).await;
    }
    for text in ["4477", "3501", "meter"] {
        find(text, &[]).await;
    }
    assert_eq!(world.app.db.run(testing::wrong_sim_counts), 0);
}

/// An entry of an index has room for no more than 2,704 bytes.
#[actix_web::test]
async fn the_longest_name_is_found_with_the_most_labels_that_an_entry_tells() {
    let world = world().await;
    label(&world);
    let sim = world.active[2];
    let labels = "(SELECT ARRAY[70] || array_agg((random() * 9e18)::bigint) FROM generate_series(1, 99))";
    // No two letters are alike, so that nothing is made smaller; and what begins at a word has nearly all of them.
    let word: String = (1..=94).filter_map(|n| char::from_u32(131_300 + n * 1021 % 40_000)).collect();
    let name = format!("a b c {word}");
    world.sql(&format!(
        "UPDATE sims SET name = '{name}', label_ids = {labels}, imsi = '999991234567890', msisdn = '447712345678901', \
         imei = '350112345678901', eid = '89049032000000000000000000000001' WHERE id = {sim}"
    ));
    let found = world.expected(&format!("id = {sim}"), "iccid");
    let offer = world.ask(&format!("SELECT offer_id::text AS answer FROM sims WHERE id = {sim}"));
    for text in ["350112345678901", &word] {
        for by in ["label=70".to_owned(), format!("offer={offer}"), String::new()] {
            assert_eq!(world.shown(&format!("q={text}&{by}")).await, found, "{text} {by}");
        }
    }
}

#[actix_web::test]
async fn a_text_finds_words_of_the_name_and_labels() {
    let world = world().await;
    label(&world);
    world.sql("UPDATE labels SET name = 'northern lights of (Rome)' WHERE id = 71");
    let [one, two, three] = [world.inventory[3], world.inventory[5], world.active[2]];
    world.sql(&format!("UPDATE sims SET name = 'Meter (Hull)-North' WHERE id = {one}"));
    world
        .sql(&format!("UPDATE sims SET name = 'Pump', label_ids = '{{70,71}}' WHERE id IN ({two}, {three})"));
    world.sql(&format!("UPDATE sims SET label_ids = '{{71}}' WHERE id = {one}"));
    let by_id = |ids: &[fleet::ids::SimId]| {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        world.expected(&format!("id IN ({})", ids.join(",")), "iccid")
    };
    for (text, found) in [
        ("hull", by_id(&[one])),
        ("HULL)-no", by_id(&[one])),
        // What has it in its name comes before what has it as a label, and once.
        ("north", [by_id(&[one]), by_id(&[two, three])].concat()),
        ("northern", by_id(&[one, two, three])),
        ("north%20too", Vec::new()),
        ("ull", Vec::new()),
        ("lights", by_id(&[one, two, three])),
        ("LIGHTS%20OF%20(ro", by_id(&[one, two, three])),
        ("rome", by_id(&[one, two, three])),
        ("ights", Vec::new()),
        ("(hull", by_id(&[one])),
        // What has a meaning in patterns is looked for as it is.
        (".*", Vec::new()),
        ("ro.e", Vec::new()),
        ("%5Cwights", Vec::new()),
    ] {
        let query = format!("q={text}");
        assert_eq!(world.shown(&query).await, found, "{text}");
        assert_eq!(world.counted(&query).await, found.len(), "{text}");
    }
    assert_eq!(world.shown("q=north&state=active").await, by_id(&[three]));
    assert_eq!(world.shown("q=north&label=70").await, by_id(&[two, three]));
}

#[actix_web::test]
async fn a_name_is_found_by_its_own_letters_however_they_are_typed() {
    let world = world().await;
    for (sim, name) in world.inventory.iter().zip(["İzmir depo", "ΟΔΟΣ ΑΘΗΝΩΝ", "Café Ångström"])
    {
        let form = [("name", name)];
        let iccid = &world.expected(&format!("id = {sim}"), "iccid")[0];
        assert_eq!(world.ada.post(&format!("/sims/{iccid}"), &form).await.status, StatusCode::NO_CONTENT);
        let decomposed = name.replace('é', "e\u{301}").replace('Å', "A\u{30a}").replace('ö', "o\u{308}");
        for text in [name, &decomposed, name.split(' ').next_back().unwrap_or_default()] {
            let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            assert_eq!(world.shown(&format!("q={query}")).await, std::slice::from_ref(iccid), "{text}");
        }
    }
}

#[actix_web::test]
async fn letters_are_small_as_the_database_has_them() {
    let world = world().await;
    let scripts = ('A'..='\u{24f}').chain('\u{386}'..='\u{52f}').chain('\u{531}'..='\u{556}');
    let letters: String = scripts.filter(|c| c.is_alphabetic()).collect();
    let sql = format!("SELECT lower('{letters}')");
    let of_database = TestDb::ask(&mut world.app.db.connect(), &sql);
    for ((letter, small), ours) in
        letters.chars().zip(of_database.chars()).zip(fleet::testing::lower_case(&letters).chars())
    {
        assert_eq!(small, ours, "{letter}");
    }
}

#[actix_web::test]
async fn signs_before_and_between_words_hide_none_of_the_first_four() {
    let world = world().await;
    let names = [
        "=Alpha",
        "(Spare) meter",
        "Pump#7 north-east/hall",
        "[Yard] \"Gate\" <C:\\D>",
        "--!",
        "Nora's + pump",
    ];
    for (name, id) in names.iter().zip(&world.inventory) {
        world.sql(&format!("UPDATE sims SET name = '{}' WHERE id = {id}", name.replace('\'', "''")));
    }
    let iccid = |at: &usize| {
        world.expected(&format!("name = '{}'", names[*at].replace('\'', "''")), "iccid").remove(0)
    };
    for (text, named) in [
        ("alpha", &[0][..]),
        ("%3Dalpha", &[0]),
        ("spare", &[1]),
        ("(spare)%20me", &[1]),
        ("METER", &[1]),
        ("east/hall", &[2]),
        ("hall", &[]),
        ("yard", &[3]),
        ("gate", &[3]),
        ("d>", &[3]),
        ("--", &[]),
        ("nora's", &[5]),
        // By its first word, then by its third.
        ("pump", &[2, 5]),
    ] {
        let found: Vec<String> = named.iter().map(iccid).collect();
        let query = format!("q={text}");
        assert_eq!(world.shown(&query).await, found, "{text}");
        assert_eq!(world.counted(&query).await, found.len(), "{text}");
    }
    let nothing = world.ada.get("/fleet?q=hall").await;
    let hint = nothing.texts(".empty .text-secondary").concat();
    assert!(hint.contains("first four words") && hint.contains("EID"), "{}", nothing.body);
}

#[actix_web::test]
async fn a_text_in_very_many_labels_says_that_some_are_left_out() {
    let world = world().await;
    let note = async || world.ada.get("/fleet?q=site").await.body.contains("More than 20 labels");
    for (labels, found, is_told) in [(20, 20, false), (21, 20, true)] {
        world.sql(&format!(
            "INSERT INTO labels (company_id, name) SELECT {}, 'Site ' || lpad(n::text, 3, '0') \
             FROM generate_series(1, {labels}) AS n ON CONFLICT DO NOTHING",
            world.meridian
        ));
        for (n, id) in (1..=labels).zip(&world.inventory) {
            world.sql(&format!(
                "UPDATE sims SET label_ids = ARRAY(SELECT id FROM labels WHERE name = 'Site {n:03}') WHERE id = {id}"
            ));
        }
        assert_eq!(world.shown("q=site").await.len(), found);
        assert_eq!(world.counted("q=site").await, found, "counts do the same");
        assert_eq!(note().await, is_told, "{labels}");
    }
}

#[actix_web::test]
async fn the_numbers_beside_choices_say_what_they_count() {
    let world = world().await;
    label(&world);
    world.sql("UPDATE sims SET label_ids = '{70}' WHERE state = 'active'");
    world.sql(&format!("UPDATE sims SET sim_type = 'euicc' WHERE id = {}", world.active[0]));
    let page = world.ada.get("/fleet?state=active").await;
    assert_eq!(
        page.texts("#filter-type option"),
        ["Type", "Plug-in card (19)", "Embedded (MFF2) (0)", "eUICC (1)"]
    );
    assert_eq!(page.texts("#filter-offer option"), ["Offer", "Global (20)"]);
    assert_eq!(
        page.texts("#filter-label option"),
        ["Label", "North (20 in all)", "northern lights (0 in all)"]
    );
    let page = world.ada.get("/fleet?type=euicc").await;
    assert_eq!(
        page.texts("[aria-label=State] .chip"),
        ["Inventory 0", "Active 1", "Suspended 0", "Retired 0"]
    );
    assert_eq!(page.attribute("[data-grid]", "data-total").as_deref(), Some("1"));
    let page = world.ada.get("/fleet?label=70").await;
    assert_eq!(page.texts("[aria-label=State] .chip")[0], "Inventory 30 without the labels");
    let page = world.ada.get("/fleet?type=euicc&q=89&changed_from=2020-01-01").await;
    assert_eq!(page.texts("[aria-label=State] .chip")[1], "Active 1 without the days and the text");
    assert_eq!(page.texts("#filter-type option")[1], "Plug-in card (59 without the days and the text)");
}

#[actix_web::test]
async fn many_labels_and_offers_are_not_in_the_page() {
    let world = world().await;
    label(&world);
    more_labels_and_offers(&world, 60);
    let page = world.ada.get("/fleet?label=70").await;
    for (list, words, address) in
        [("#filter-label", "Label", "/labels/choices"), ("#filter-offer", "Offer", "/offers/choices")]
    {
        assert_eq!(page.texts(&format!("{list} option")), [words]);
        assert_eq!(page.attribute(list, "data-url").as_deref(), Some(address));
    }
    assert!(page.body.contains("Label: North"), "the chosen one is named");
    let found = world.ada.json("/labels/choices?q=north").await;
    assert_eq!(found[0], json!({ "value": "70", "text": "North", "hint": "0 SIMs" }), "{found}");
}

#[actix_web::test]
async fn what_is_counted_is_what_there_is() {
    let world = world().await;
    label(&world);
    world.sql("UPDATE sims SET label_ids = '{71,70,70}' WHERE id % 3 = 0");
    world.sql("UPDATE sims SET label_ids = '{71}', state = 'retired', offer_id = NULL WHERE id % 4 = 0");
    world.sql(&format!(
        "UPDATE sims SET company_id = {}, label_ids = '{{}}' WHERE id % 7 = 0 AND offer_id IS NULL",
        world.stranger
    ));
    world.sql("DELETE FROM sims WHERE id % 5 = 0");
    world.sql(
        "INSERT INTO sims (company_id, iccid, imsi, sim_type, label_ids) \
               SELECT company_id, '8988999', '90199', 'mff2', '{70}' FROM labels WHERE id = 70",
    );
    assert_eq!(world.app.db.run(testing::wrong_sim_counts), 0);
}
