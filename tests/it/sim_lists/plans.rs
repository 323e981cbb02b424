//! What it costs to find what somebody has pasted, in a fleet of 60,000 SIMs.

use std::time::Instant;

use fleet::sim_lists::{Layout, Source, create};
use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;

use crate::support::{TestDb, plans_of};

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

#[test]
fn numbers_of_every_kind_are_found_by_indexes() {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", meridian, Role::Viewer);
    let scope = db.scope(user, uid);
    db.run(|conn| {
        use diesel::connection::SimpleConnection as _;
        testing::sims(conn, meridian, 60_000, SimState::Inventory, None)?;
        Ok(conn.batch_execute(
            "UPDATE sims SET imei = '35' || lpad(id::text, 13, '0'), msisdn = '49170' || lpad(id::text, 8, '0'); ANALYZE",
        )?)
    });
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
