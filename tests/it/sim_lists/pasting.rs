//! What people paste: mails, ranges, numbers with something missing.

use fleet::sims::SimState;
use fleet::testing;
use reqwest::StatusCode;

use super::{column, iccids, lines, listed, shown, sql, uid};
use crate::operation_screens::fixture::World;
use crate::support::Page;

async fn dialog(world: &World, address: &str) -> Page {
    world.ada.fragment(&format!("/sim-lists/{}", uid(address))).await
}

/// What came of a list, in words.
async fn told(world: &World, address: &str) -> String {
    dialog(world, address).await.texts(".modal-body p").join(" ")
}

#[actix_web::test]
async fn a_mail_names_its_sims_and_nothing_else() {
    let world = World::new().await;
    let sims = world.sims(4, SimState::Inventory);
    let known = iccids(&world, &sims);
    sql(&world, &format!("UPDATE sims SET msisdn = '491701234567' WHERE id = {}", sims[1]));
    sql(&world, &format!("UPDATE sims SET imei = '490154203237518' WHERE id = {}", sims[2]));
    let mail = format!(
        "Hello Ada,\n\nplease move these 4 SIMs by 25.11.2025, order PO-4711:\n\n 1. {} (Berlin)\n 2. 0049 (0)170 1234567\n\
         \u{2022} IMEI:\u{a0}\u{ff14}90154203237518\n\u{201c}{}\u{201d}|{}\n8.94E+18\n\nKind regards\nOmar\n",
        known[0],
        known[3],
        column(&world, "imsi", sims[3])
    );
    let address = listed(&world.ada, &mail).await;
    assert_eq!(shown(&world.ada, &address).await, known);
    let told = told(&world, &address).await;
    assert!(
        told.contains("4 SIMs found, 1 malformed") && told.contains("words around them passed over"),
        "{told}"
    );
    let leftovers = lines(&world.ada, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await;
    assert!(leftovers[1].contains("scientific notation"), "{leftovers:?}");
    let answer = world.ada.post("/sim-lists", &[("identifiers", "Hello Ada, call me")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("There is no identifier in this"), "{}", answer.body);
}

#[actix_web::test]
async fn a_range_is_all_numbers_in_it_and_says_how_it_was_read() {
    let world = World::new().await;
    let sims = world.sims(30, SimState::Inventory);
    let known = iccids(&world, &sims);
    let without = |iccid: &str| iccid[..iccid.len() - 1].to_owned();
    // With check digits, and a gap that is not in the fleet any more.
    sql(&world, &format!("DELETE FROM sims WHERE id = {}", sims[5]));
    let address = listed(&world.ada, &format!("from {} to {}", known[2], known[9])).await;
    assert_eq!(shown(&world.ada, &address).await, [&known[2..5], &known[6..10]].concat());
    let words = told(&world, &address).await;
    assert!(words.contains("7 SIMs found, 1 not found in this company"), "{words}");
    assert!(words.contains("was read as 8 numbers, each with its own check digit"), "{words}");
    // Without check digits: these are SIMs as well, found by what is left.
    let (first, last) = (without(&known[10]), without(&known[19]));
    let address = listed(&world.ada, &format!("{first}-{}", &last[last.len() - 3..])).await;
    assert_eq!(shown(&world.ada, &address).await, known[10..20]);
    let words = told(&world, &address).await;
    assert!(words.contains("Found by ICCIDs whose check digit is missing: 10."), "{words}");
    // IMSIs.
    let imsis: Vec<String> = [20, 29].iter().map(|at| column(&world, "imsi", sims[*at])).collect();
    let address = listed(&world.ada, &imsis.join(" - ")).await;
    assert_eq!(shown(&world.ada, &address).await, known[20..]);
    // Too many.
    let address = listed(&world.ada, "262010000000000-262019999999999").await;
    let leftovers = lines(&world.ada, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await;
    assert!(leftovers.len() == 2 && leftovers[1].contains("more than 100,000 numbers"), "{leftovers:?}");
}

#[actix_web::test]
async fn a_middle_that_is_left_out_is_the_one_that_sims_have() {
    let world = World::new().await;
    let sims = world.sims(30, SimState::Inventory);
    let known = iccids(&world, &sims);
    let last = |at: usize| &known[at][known[at].len() - 4..];
    // Another company's SIM that would fit as well.
    let strangers =
        world.app.db.run(|conn| testing::sims(conn, world.clienticity, 1, SimState::Inventory, None));
    sql(
        &world,
        &format!("UPDATE sims SET iccid = '8988999999999{}' WHERE id = {}", &known[4][13..], strangers[0]),
    );
    let range = format!("8988...{}-{}", last(2), last(9));
    let address = listed(&world.ada, &format!("Hello, these: {range}, and 8988\u{2026}{}.", last(20))).await;
    assert_eq!(shown(&world.ada, &address).await, [&known[2..10], &known[20..21]].concat());
    let words = told(&world, &address).await;
    let begins = &known[2][..known[2].len() - 4];
    for said in [
        "9 SIMs found".to_owned(),
        format!("Line 1: All SIMs that fit {range} begin with {begins}."),
        "was read as 8 numbers, each with its own check digit.".to_owned(),
        format!("Line 1: 8988...{} was read as {}, the one SIM that fits.", last(20), known[20]),
    ] {
        assert!(words.contains(&said), "{said}: {words}");
    }
    // Once more in full, in a later line: the first entry is that one, whose line it is.
    let address = listed(&world.ada, &format!("8988...{}\n{}", last(2), known[2])).await;
    assert_eq!(shown(&world.ada, &address).await, known[2..3]);
    let leftovers = lines(&world.ada, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await;
    assert!(
        leftovers[1].starts_with("1,") && leftovers[1].contains("It stands in line 2 already"),
        "{leftovers:?}"
    );
    // A second one of this company, and numbers of nobody.
    let other = format!("8988999999999{}", &known[4][13..]);
    sql(&world, &format!("UPDATE sims SET iccid = left(iccid, -1) || 'x' WHERE id = {}", strangers[0]));
    sql(&world, &format!("UPDATE sims SET iccid = '{other}' WHERE id = {}", sims[29]));
    let text = format!("{range}\n8988...{}\n8955...0010-0059\n8988...{}-{}", last(4), last(9), last(2));
    let address = listed(&world.ada, &text).await;
    assert_eq!(shown(&world.ada, &address).await, [""; 0]);
    let leftovers =
        lines(&world.ada, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await.join("\n");
    for said in [
        format!("and {} fits as {other} does. Write it in full.", known[2]),
        format!("and {} fits as {other} does. Write it in full.", known[4]),
        "The range ends before it begins.".to_owned(),
        "8955...0010-0059,not found in this company".to_owned(),
    ] {
        assert!(leftovers.contains(&said), "{said}: {leftovers}");
    }
}

#[actix_web::test]
async fn more_than_fifty_shortened_numbers_are_not_looked_for() {
    let world = World::new().await;
    let sims = world.sims(51, SimState::Inventory);
    let known = iccids(&world, &sims);
    let text = known.iter().map(|iccid| format!("8988...{}", &iccid[13..])).collect::<Vec<_>>().join("\n");
    let address = listed(&world.ada, &text).await;
    assert_eq!(shown(&world.ada, &address).await, known[..50]);
    let leftovers = lines(&world.ada, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await;
    assert!(leftovers.len() == 2 && leftovers[1].contains("it may be of 50 numbers"), "{leftovers:?}");
}

#[actix_web::test]
async fn a_missing_check_digit_is_made_up_for_unless_it_matters() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let known = iccids(&world, &sims);
    let open = |at: usize| known[at][..known[at].len() - 1].to_owned();
    let other = format!("{}{}", open(1), (known[1].as_bytes()[known[1].len() - 1] - b'0' + 1) % 10);
    sql(&world, &format!("UPDATE sims SET iccid = '{other}' WHERE id = {}", sims[2]));
    let address = listed(&world.ada, &format!("{}\n{}\n{}", open(0), open(1), known[0])).await;
    assert_eq!(shown(&world.ada, &address).await, known[..1]);
    let leftovers = lines(&world.ada, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await;
    let mut both = [known[1].clone(), other];
    both.sort();
    assert!(
        leftovers[1].contains(&format!("several SIMs begin with it: {}", both.join(", "))),
        "{leftovers:?}"
    );
    assert!(leftovers[2].contains(&format!("Line 1 names this SIM already: {}.", known[0])), "{leftovers:?}");
}

#[actix_web::test]
async fn a_number_of_fifteen_digits_is_looked_for_in_each_way() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let known = iccids(&world, &sims);
    let imsi = column(&world, "imsi", sims[0]);
    sql(&world, &format!("UPDATE sims SET imei = '490154203237518' WHERE id = {}", sims[1]));
    // The IMEI of one is the IMSI of another: that one is meant.
    sql(&world, &format!("UPDATE sims SET imei = '{imsi}' WHERE id = {}", sims[2]));
    let address = listed(&world.ada, &format!("{imsi} 4901542032375112")).await;
    assert_eq!(shown(&world.ada, &address).await, known[..2]);
}
