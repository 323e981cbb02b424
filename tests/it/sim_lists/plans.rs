//! What it costs to find what somebody has pasted, or not to find it, in a fleet of 60,000 SIMs.

use std::fmt::Write as _;
use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use fleet::sim_lists::{Layout, Source, create};
use fleet::sims::SimState;
use fleet::tenancy::{CompanyScope, Role};
use fleet::testing;

use crate::support::{Plan, TestDb, plans_of};

/// Numbers of one in `every` SIM: ICCIDs without check digit, IMSIs, MSISDNs and IMEIs in turn.
fn pasted(db: &TestDb, every: i32) -> String {
    let sql = format!(
        "SELECT string_agg(CASE id / {every} % 4 WHEN 0 THEN left(iccid, -1) WHEN 1 THEN imsi WHEN 2 THEN '+' || msisdn \
         ELSE imei END, E'\\n') FROM sims WHERE id % {every} = 0"
    );
    TestDb::ask(&mut db.connect(), &sql)
}

fn source(text: &str) -> Source<&[u8]> {
    Source { text: text.as_bytes(), layout: Layout::Words, origin: "Pasted".to_owned() }
}

/// A fleet, and somebody who looks at it. One in `every` SIM has been seen in a device, and is on an eUICC.
fn fleet(every: i32) -> (TestDb, CompanyScope) {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", meridian, Role::Viewer);
    let scope = db.scope(user, uid);
    let sql = format!(
        "UPDATE sims SET msisdn = '49170' || lpad(id::text, 8, '0'), \
             imei = CASE WHEN id % {every} = 0 THEN '35' || lpad(id::text, 13, '0') END, \
             eid = CASE WHEN id % {every} = 0 THEN '8904903200' || lpad(id::text, 22, '0') END; ANALYZE"
    );
    db.run(|conn| {
        testing::sims(conn, meridian, 60_000, SimState::Inventory, None)?;
        Ok(conn.batch_execute(&sql)?)
    });
    (db, scope)
}

#[test]
fn numbers_of_every_kind_are_found_by_indexes() {
    let (db, scope) = fleet(1);
    let few = pasted(&db, 600);
    let plans = plans_of(&db, &scope, false, |conn| {
        let list = create(conn, &scope, source(&few))?;
        assert_eq!((list.found, list.leftovers()), (100, 0));
        Ok(())
    });
    let read: i64 = plans.iter().map(|plan| plan.rows_read_of(&["sims"])).sum();
    // The server rounds what a look-up reads on average: the 25 ICCIDs find one SIM each, the other numbers, which are
    // looked for as several kinds, less than half of one. Reading about in the fleet would be hundreds for each.
    assert!((25..=200).contains(&read), "{read} SIMs were read for a hundred");

    let many = pasted(&db, 6);
    let began = Instant::now();
    let list = db.run(|conn| create(conn, &scope, source(&many)));
    println!("10,000 numbers of every kind were found in {:?}", began.elapsed());
    assert_eq!((list.found, list.leftovers()), (10_000, 0));
}

/// Fails where nobody has the numbers that `number` gives, and more of the fleet is read than that takes.
fn not_found(db: &TestDb, scope: &CompanyScope, number: impl Fn(u32) -> String) {
    let text = (0..10_000).fold(String::new(), |mut text, place| {
        writeln!(text, "{}", number(place)).expect("a line");
        text
    });
    let plans = plans_of(db, scope, false, |conn| {
        let list = create(conn, scope, source(&text))?;
        assert_eq!((list.found, list.leftovers()), (0, 10_000), "{}", number(0));
        Ok(())
    });
    // What names one SIM exactly may be compared with each SIM of the company, once. Nothing else reads any.
    let read: i64 = plans.iter().map(|plan| plan.rows_read_of(&["sims"])).sum();
    assert!(read <= 60_000, "{read} SIMs were read for {} and the like", number(0));
    let looks = plans.iter().filter(|plan| plan.query.contains("list_matches"));
    let compared: i64 = looks.map(Plan::rows_compared).sum();
    assert_eq!(compared, 0, "pairs were compared for {} and the like", number(0));
}

#[test]
fn numbers_of_nobody_cost_a_look_up_each() {
    // Where every SIM has been seen in a device, and where few have.
    for every in [1, 100] {
        let (db, scope) = fleet(every);
        // Another company has as many: else to walk the whole table would be the way to go through a fleet.
        let (stranger, _) = db.company(None, "Stranger");
        db.run(|conn| {
            testing::sims(conn, stranger, 60_000, SimState::Inventory, None)?;
            Ok(conn.batch_execute("ANALYZE")?)
        });
        not_found(&db, &scope, |place| format!("898821200{place:010}"));
        not_found(&db, &scope, |place| format!("898821200{place:09}"));
        not_found(&db, &scope, |place| format!("90171{place:010}"));
        not_found(&db, &scope, |place| match place % 3 {
            0 => format!("+49171{place:08}"),
            1 => format!("36{place:013}"),
            _ => format!("8904903300{place:022}"),
        });
    }
}

#[test]
fn a_shortened_number_costs_a_look_at_each_beginning() {
    let (db, scope) = fleet(1);
    let looked = |text: &str, found: i32, sentence: &str| {
        let plans = plans_of(&db, &scope, false, |conn| {
            let list = create(conn, &scope, source(text))?;
            assert_eq!(list.found, found, "{text}");
            let left = fleet::sim_lists::leftovers(conn, &scope, list.uid, None, None, 10)?;
            let reasons: String = left.into_iter().filter_map(|left| left.reason).collect();
            assert!(reasons.contains(sentence), "{text}: {reasons}");
            Ok(())
        });
        let looks = plans.iter().filter(|plan| plan.query.contains("looks"));
        looks.map(|plan| plan.rows_read_of(&["sims"])).sum::<i64>()
    };
    // 60,000 SIMs: six beginnings of ten thousand with check digit; of each, one ends so.
    let read = looked("8988211...00042-00099", 0, " fits as ");
    assert!((2..=8).contains(&read), "{read} SIMs were read until two fit");
    let iccid =
        TestDb::ask(&mut db.connect(), "SELECT iccid FROM sims WHERE id = (SELECT min(id) + 42 FROM sims)");
    let read = looked(&format!("8988211...{}", &iccid[9..]), 1, "");
    assert!((1..=20).contains(&read), "{read} SIMs were read for one beginning");
    // Two digits: there are as many beginnings as tens of SIMs, and the first half has none that ends so.
    db.run(|conn| Ok(conn.batch_execute("DELETE FROM sims WHERE iccid ~ '77$' AND id % 60000 < 30000")?));
    let read = looked("8988211...77", 0, "too many SIMs begin with 8988211 to say");
    assert!((3_000..=4_100).contains(&read), "{read} SIMs were read before that was given up");
}
