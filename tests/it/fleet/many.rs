//! 200,000 SIMs, made once for all tests that look at plans and change nothing.

use std::sync::OnceLock;

use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;
use fleet::ids::OfferId;
use fleet::sims::SimType;
use fleet::tenancy::{CompanyScope, Role, TREE_LIMIT};
use fleet::testing;

use crate::support::TestDb;

/// 150,000 SIMs of the main account, 50,000 of its subaccounts, each of which has some in all states. In the large one, the
/// states follow each other in the order of the identifiers: the worst case for a list of one state in that order.
const FILL: &str = "INSERT INTO sims (company_id, iccid, imsi, msisdn, eid, imei, name, sim_type, state, offer_id, label_ids, activated_at, changed_at) \
    SELECT company, iccid, imsi, msisdn, eid, imei, name, sim_type, state, \
        CASE WHEN state IN ('active', 'suspended') THEN $3 END, label_ids, \
        CASE WHEN state IN ('active', 'suspended') THEN now() - n * interval '1 minute' END, now() - n * interval '10 seconds' \
    FROM (SELECT n, CASE WHEN n <= 150000 THEN $1 ELSE $1 + 1 + n % $2 END AS company, \
        '8988211' || lpad(n::text, 12, '0') AS iccid, '90170' || lpad(n::text, 10, '0') AS imsi, \
        CASE WHEN n % 10 <> 0 THEN '88320' || lpad(n::text, 8, '0') END AS msisdn, \
        CASE WHEN n % 3 = 0 THEN '89049032' || lpad(n::text, 24, '0') END AS eid, \
        CASE WHEN n <= 100000 OR n BETWEEN 134901 AND 135000 THEN '35' || lpad(n::text, 13, '0') END AS imei, \
        CASE WHEN n % 2 = 0 THEN 'Meter ' || n || CASE WHEN n > 120000 THEN ' Hull' ELSE '' END END AS name, \
        (CASE WHEN n % 3 = 0 THEN 'euicc' WHEN n % 100 = 1 THEN 'mff2' ELSE 'plug_in' END)::sim_type AS sim_type, \
        (CASE WHEN n > 150000 THEN (ARRAY['inventory', 'active', 'suspended', 'retired'])[1 + n / $2 % 4] \
            WHEN n <= 100000 THEN 'active' WHEN n <= 101000 THEN 'suspended' WHEN n > 149950 THEN 'retired' \
            ELSE 'inventory' END)::sim_state AS state, \
        CASE WHEN n BETWEEN 140000 AND 140100 THEN ARRAY[$4] WHEN n BETWEEN 130000 AND 135000 THEN ARRAY[$4 + 1] \
            WHEN n > 150000 THEN ARRAY[$4 + 1000 + n % $2] WHEN n % 4 = 0 THEN ARRAY[$4 + 2] \
            WHEN n % 4 = 1 THEN ARRAY[$4 + 3] ELSE '{}' END AS label_ids \
        FROM generate_series(1, 200000) AS n) AS fresh";

/// The fleet of a main account with as many subaccounts as are looked at at once.
pub(crate) struct Many {
    /// Not to be changed, but for lists of SIMs.
    pub(crate) db: TestDb,
    /// Ada's in the main account; she is a member of all.
    pub(crate) scope: CompanyScope,
    /// The one offer, which all accounts have.
    pub(crate) offer: OfferId,
}

/// The one of this test process.
pub(crate) fn many() -> &'static Many {
    static MANY: OnceLock<Many> = OnceLock::new();
    MANY.get_or_init(make)
}

fn make() -> Many {
    let db = TestDb::new();
    let (main, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", main, Role::Administrator);
    let subaccounts = i64::try_from(TREE_LIMIT - 1).expect("a number");
    for n in 1..=subaccounts {
        let (account, _) = db.company(Some(main), &format!("Account {n}"));
        assert_eq!(account.0, main.0 + n, "the SIMs are spread by id");
        db.run(|conn| testing::member(conn, user, account, Role::Viewer));
    }
    let offer = db.run(|conn| testing::offer(conn, main, "Global", SimType::ALL));
    db.run(|conn| {
        diesel::sql_query(
            "INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id) \
             SELECT id, $2, $1 FROM companies WHERE id <> $1",
        )
        .bind::<BigInt, _>(main)
        .bind::<BigInt, _>(offer)
        .execute(conn)?;
        diesel::sql_query(
            "INSERT INTO labels (id, company_id, name) OVERRIDING SYSTEM VALUE \
             SELECT 70 + n, $1, 'label ' || n FROM generate_series(0, 2) AS n",
        )
        .bind::<BigInt, _>(main)
        .execute(conn)?;
        diesel::sql_query(FILL)
            .bind::<BigInt, _>(main)
            .bind::<BigInt, _>(subaccounts)
            .bind::<BigInt, _>(offer)
            .bind::<BigInt, _>(70_i64)
            .execute(conn)?;
        // As the server does by itself: entries of indexes alone are not enough before.
        diesel::sql_query("VACUUM ANALYZE").execute(conn)?;
        Ok(())
    });
    Many { scope: db.scope(user, uid), db, offer }
}
