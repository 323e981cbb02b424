//! Pages one after the other, forwards and back, in every order.

use super::{World, iccids, world};
use crate::sim_lists::{listed, uid};
use crate::support::Page;

/// All pages from `first` on, following the links whose address has `key`.
async fn walk(world: &World, first: &str, key: &str) -> Vec<Page> {
    let mut pages = vec![world.ada.get(first).await];
    loop {
        let link = pages.last().and_then(|page| page.attribute(&format!(".pager a[href*='{key}=']"), "href"));
        let Some(link) = link else { return pages };
        assert!(pages.len() < 20, "pages without end at {link}");
        pages.push(world.ada.fragment(&link).await);
    }
}

/// In the order of the states.
const STATE: &str = "array_position('{inventory,active,suspended,retired}', state::text)";

/// There and back again: the same rows, each once.
async fn there_and_back(world: &World, query: &str, expected: &[String]) {
    let pages = walk(world, &format!("/fleet?size=25&{query}"), "after").await;
    let rows: Vec<Vec<String>> = pages.iter().map(iccids).collect();
    assert_eq!(rows.concat(), expected, "{query}");
    assert_eq!(rows.len(), expected.len().div_ceil(25).max(1), "{query}: no page is short or empty");
    let back = pages.last().and_then(|page| page.attribute(".pager a[href*='before=']", "href"));
    let Some(back) = back else { return assert_eq!(rows.len(), 1, "{query}") };
    let mut returned: Vec<Vec<String>> = walk(world, &back, "before").await.iter().map(iccids).collect();
    returned.reverse();
    assert_eq!(returned.concat(), rows[..rows.len() - 1].concat(), "{query}, backwards");
}

/// An offer that some SIMs are on, and a label that all have.
fn an_offer_and_a_label_of_all(world: &World) -> (String, String) {
    world.sql(&format!("INSERT INTO labels (company_id, name) VALUES ({}, 'all')", world.meridian));
    world.sql("UPDATE sims SET label_ids = ARRAY(SELECT id FROM labels WHERE name = 'all')");
    let offer = world.ask("SELECT min(offer_id)::text AS answer FROM sims");
    (offer, world.ask("SELECT id::text AS answer FROM labels WHERE name = 'all'"))
}

#[actix_web::test]
async fn every_order_is_complete_in_both_directions() {
    let world = world().await;
    // Ties, and SIMs without a value: a third has no MSISDN; all were made and activated in a few moments.
    world.sql("UPDATE sims SET msisdn = '88216' || id WHERE id % 3 <> 0");
    world.sql("UPDATE sims SET changed_at = date_trunc('minute', changed_at) + (id % 4) * interval '1 ms'");
    for (sort, key) in [
        ("iccid", "iccid"),
        ("imsi", "imsi"),
        ("msisdn", "coalesce(msisdn, '')"),
        ("activated", "coalesce(activated_at, 'epoch')"),
        ("changed", "changed_at"),
    ] {
        for (dir, way) in [("asc", ""), ("desc", "DESC")] {
            for (filter, condition) in [
                ("", "true"),
                ("state=inventory", "state = 'inventory'"),
                ("state=active&state=inventory", "state <> 'suspended'"),
                ("type=plug_in", "true"),
            ] {
                let expected = world.expected(condition, &format!("{key} {way}, id {way}"));
                there_and_back(&world, &format!("sort={sort}&dir={dir}&{filter}"), &expected).await;
            }
        }
    }
}

#[actix_web::test]
async fn the_results_of_a_search_are_complete_in_both_directions() {
    let world = world().await;
    // Most by IMSI, some by MSISDN or name, of which some are among those.
    world.sql("UPDATE sims SET imsi = '77' || substr(imsi, 3) WHERE id % 3 <> 0");
    world.sql("UPDATE sims SET msisdn = '77' || lpad(id::text, 8, '0') WHERE id % 2 = 0");
    world.sql("UPDATE sims SET name = '77 meter ' || (id % 5) WHERE id % 4 <> 1");
    // And some by a label, in whatever state.
    world.sql(&format!(
        "INSERT INTO labels (company_id, name) VALUES ({0}, '77 rue'), ({0}, 'all')",
        world.meridian
    ));
    world.sql(
        "UPDATE sims SET name = NULL, imsi = '55555' || lpad(id::text, 10, '0'), msisdn = NULL, \
         label_ids = ARRAY(SELECT id FROM labels WHERE name = '77 rue') WHERE id % 14 = 3",
    );
    world.sql("UPDATE sims SET label_ids = label_ids || (SELECT id FROM labels WHERE name = 'all')");
    let place = "CASE WHEN imsi LIKE '77%' THEN 1 WHEN msisdn LIKE '77%' THEN 2 WHEN name LIKE '77%' THEN 3 ELSE 4 END";
    let value = "CASE WHEN imsi LIKE '77%' THEN imsi WHEN msisdn LIKE '77%' THEN msisdn \
        WHEN name LIKE '77%' THEN lower(name) ELSE iccid END COLLATE \"C\"";
    let state = format!(
        "CASE WHEN {place} < 4 THEN array_position('{{inventory,active,suspended,retired}}', state::text) END"
    );
    let found = "(imsi LIKE '77%' OR msisdn LIKE '77%' OR name LIKE '77%' OR cardinality(label_ids) = 2)";
    let expected = world.expected(found, &format!("{place}, {state}, {value}, id"));
    assert!(expected.len() > 50, "three pages: {}", expected.len());
    let inventory =
        world.expected(&format!("{found} AND state = 'inventory'"), &format!("{place}, {value}, id"));
    let all = world.ask("SELECT id::text AS answer FROM labels WHERE name = 'all'");
    let offer = world.ask("SELECT min(offer_id)::text AS answer FROM sims");
    // Along the indexes of what is searched.
    there_and_back(&world, "q=77", &expected).await;
    there_and_back(&world, "q=77&state=inventory", &inventory).await;
    // All that are of the type, or of the day, which are few; off the entries of the label.
    let among_few = world.expected(found, "iccid");
    let inventory = world.expected(&format!("{found} AND state = 'inventory'"), "iccid");
    for query in ["q=77&type=plug_in", "q=77&changed_from=2020-01-01", &format!("q=77&label={all}")] {
        there_and_back(&world, query, &among_few).await;
        there_and_back(&world, &format!("{query}&state=inventory"), &inventory).await;
    }
    // All that have the label in which the text is found.
    let rue = world.ask("SELECT id::text AS answer FROM labels WHERE name = '77 rue'");
    for (query, condition) in [("", ""), ("&state=active", "AND state = 'active'")] {
        let with_label = world.expected(&format!("cardinality(label_ids) = 2 {condition}"), "iccid");
        assert!(!with_label.is_empty());
        there_and_back(&world, &format!("q=77&label={rue}{query}"), &with_label).await;
    }
    // Found by the label that most have, of two that are asked for.
    let with_both = world.expected("cardinality(label_ids) = 2", "iccid");
    there_and_back(&world, &format!("q=all&label={all}&label={rue}"), &with_both).await;
    // Off those of the offer, which do not tell labels.
    for (query, condition, pages) in [("", "", 2), ("&state=active", "AND state = 'active'", 1)] {
        let on_offer = world.expected(&format!("{found} AND offer_id = {offer} {condition}"), "iccid");
        assert_eq!(on_offer.len().div_ceil(25), pages, "{}", on_offer.len());
        there_and_back(&world, &format!("q=77&offer={offer}{query}"), &on_offer).await;
        there_and_back(&world, &format!("q=77&offer={offer}&label={all}{query}"), &on_offer).await;
    }
}

#[actix_web::test]
async fn what_a_search_finds_by_iccid_comes_first_and_among_few_all_come_by_it() {
    let world = world().await;
    // By ICCID, by IMSI, and by both.
    world.sql("UPDATE sims SET iccid = '77' || substr(iccid, 3) WHERE id % 3 = 0");
    world.sql("UPDATE sims SET imsi = '77' || substr(imsi, 3) WHERE id % 5 <> 0");
    let (offer, all) = an_offer_and_a_label_of_all(&world);
    let by_iccid = "iccid LIKE '77%'";
    let found = format!("({by_iccid} OR imsi LIKE '77%')");
    let value = format!("CASE WHEN {by_iccid} THEN iccid ELSE imsi END COLLATE \"C\"");
    let runs = format!("NOT {by_iccid}, CASE WHEN NOT {by_iccid} THEN {STATE} END, {value}");
    there_and_back(&world, "q=77", &world.expected(&found, &runs)).await;
    // Then each state comes by itself, ICCIDs too.
    let in_states = format!("{found} AND state IN ('active', 'suspended')");
    let runs = format!("NOT {by_iccid}, {STATE}, {value}");
    there_and_back(&world, "q=77&state=active&state=suspended", &world.expected(&in_states, &runs)).await;
    let every = world.expected("true", "iccid").join("\n");
    let list = listed(&world.ada, &every).await;
    let list = uid(&list);
    for (query, condition) in [
        (format!("&list={list}"), String::new()),
        (format!("&list={list}&label={all}&offer={offer}"), format!("AND offer_id = {offer}")),
        (format!("&label={all}"), String::new()),
        (format!("&offer={offer}"), format!("AND offer_id = {offer}")),
        (format!("&offer={offer}&changed_from=2020-01-01"), format!("AND offer_id = {offer}")),
        (format!("&offer={offer}&label={all}"), format!("AND offer_id = {offer}")),
    ] {
        let expected = world.expected(&format!("{found} {condition}"), "iccid");
        assert!(expected.len() > 25, "two pages: {}", expected.len());
        there_and_back(&world, &format!("q=77{query}"), &expected).await;
        assert_eq!(world.counted(&format!("q=77{query}")).await, expected.len(), "{query}");
        let expected = world.expected(&format!("{in_states} {condition}"), "iccid");
        assert!(!expected.is_empty());
        there_and_back(&world, &format!("q=77&state=active&state=suspended{query}"), &expected).await;
    }
    // Found in nothing but a label, and nowhere.
    let labelled = world.expected("true", "iccid");
    there_and_back(
        &world,
        &format!("q=al&offer={offer}"),
        &world.expected(&format!("offer_id = {offer}"), "iccid"),
    )
    .await;
    there_and_back(&world, &format!("q=al&label={all}"), &labelled).await;
    for nothing in [format!("offer={offer}"), format!("label={all}"), "changed_from=2020-01-01".to_owned()] {
        there_and_back(&world, &format!("q=zzz&{nothing}"), &[]).await;
        assert_eq!(world.counted(&format!("q=zzz&{nothing}")).await, 0);
    }
}

#[actix_web::test]
async fn what_one_identifier_alone_finds_is_complete_in_both_directions() {
    let world = world().await;
    world.sql("UPDATE sims SET iccid = '78' || substr(iccid, 3) WHERE id % 7 <> 0");
    world.sql("UPDATE sims SET imsi = '77' || substr(imsi, 3) WHERE id % 11 <> 0");
    let (offer, all) = an_offer_and_a_label_of_all(&world);
    let on_offer = format!("AND offer_id = {offer}");
    for (query, condition) in [
        (format!("&label={all}"), ""),
        (format!("&offer={offer}"), &*on_offer),
        (format!("&offer={offer}&changed_from=2020-01-01"), &on_offer),
        (format!("&offer={offer}&label={all}"), &on_offer),
    ] {
        for (text, column) in [("77", "imsi"), ("78", "iccid")] {
            let found = format!("{column} LIKE '{text}%' {condition}");
            let expected = world.expected(&found, "iccid");
            assert!(expected.len() > 25, "two pages: {}", expected.len());
            there_and_back(&world, &format!("q={text}{query}"), &expected).await;
            assert_eq!(world.counted(&format!("q={text}{query}")).await, expected.len(), "{query}");
            let found = format!("{found} AND state IN ('active', 'suspended')");
            let expected = world.expected(&found, "iccid");
            assert!(!expected.is_empty());
            there_and_back(&world, &format!("q={text}&state=active&state=suspended{query}"), &expected).await;
        }
    }
}

#[actix_web::test]
async fn a_page_follows_though_what_a_text_is_found_in_has_changed_meanwhile() {
    let world = world().await;
    world.sql("UPDATE sims SET name = '77 meter ' || (id % 5), imsi = '77' || substr(imsi, 3)");
    let first = world.ada.get("/fleet?size=25&q=77").await;
    let next = first.attribute(".pager a[href*='after=']", "href").expect("a next page");
    // By no IMSI any more: after what came by these comes all that is found by a name.
    world.sql("UPDATE sims SET imsi = '66' || substr(imsi, 3)");
    let by_name = world.expected("true", &format!("{STATE}, lower(name) COLLATE \"C\", id"));
    let pages = walk(&world, &next, "after").await;
    assert_eq!(pages.iter().map(iccids).collect::<Vec<_>>().concat(), by_name);
    // Among few SIMs the order is another, in which this is no place; nor is one of those in this.
    let among_few = world.ada.get(&format!("{next}&type=plug_in")).await;
    let by_iccid = world.expected("true", "iccid");
    assert_eq!(iccids(&among_few), by_iccid[..25]);
    let second = world.ada.get("/fleet?size=25&q=77&type=plug_in").await;
    let second = second.attribute(".pager a[href*='after=']", "href").expect("a next page");
    assert_eq!(iccids(&world.ada.get(&second).await), by_iccid[25..50]);
    assert_eq!(iccids(&world.ada.get(&second.replace("type=plug_in&", "")).await), by_name[..25]);
}

#[actix_web::test]
async fn a_place_whose_sim_is_gone_is_still_a_place() {
    let world = world().await;
    let page = world.ada.get("/fleet?size=25").await;
    let all = world.expected("true", "iccid");
    let next = page.attribute(".pager a", "href").expect("a next page");
    world.sql(&format!("UPDATE sims SET company_id = {} WHERE iccid = '{}'", world.stranger, all[24]));
    assert_eq!(iccids(&world.ada.get(&next).await), all[25..50]);
}
