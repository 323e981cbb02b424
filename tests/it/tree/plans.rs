//! The plan of the grid over as many accounts as are looked at at once.

use fleet::sims::{self, GridRequest, SimFilter, Sort, Start};
use fleet::tenancy::{self, Role, TREE_LIMIT};
use fleet::testing;

use crate::support::{Plan, TestDb};

/// 60,000 SIMs of the main account, 100 of each other, in all states.
const FILL: &str = "INSERT INTO sims (company_id, iccid, imsi, msisdn, sim_type, state, offer_id, activated_at, changed_at) \
    SELECT company, '8988211' || lpad(n::text, 12, '0'), '90170' || lpad(n::text, 10, '0'), \
        CASE WHEN n % 10 <> 0 THEN '88320' || lpad(n::text, 8, '0') END, 'plug_in', \
        (ARRAY['inventory', 'active', 'suspended', 'retired'])[1 + n % 4]::sim_state, \
        CASE WHEN n % 4 IN (1, 2) THEN $2 END, now() - n * interval '1 minute', now() - n * interval '10 seconds' \
    FROM (SELECT n, CASE WHEN n <= 60000 THEN $1 ELSE $1 + n % $3 END AS company \
          FROM generate_series(1, 60000 + 100 * $3) AS n) AS fresh";

#[test]
fn no_page_of_the_most_accounts_walks_the_table_or_sorts_more_than_a_page() {
    let db = TestDb::new();
    let (main, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", main, Role::Administrator);
    let accounts = i64::try_from(TREE_LIMIT).expect("a number");
    for n in 1..accounts {
        let (account, _) = db.company(Some(main), &format!("Account {n}"));
        assert_eq!(account.0, main.0 + n, "the SIMs are spread by id");
        db.run(|conn| testing::member(conn, user, account, Role::Viewer));
    }
    let offer = db.run(|conn| testing::offer(conn, main, "Global", sims::SimType::ALL));
    db.run(|conn| {
        use diesel::RunQueryDsl as _;
        use diesel::sql_types::BigInt;
        diesel::sql_query(
            "INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id) \
             SELECT id, $2, $1 FROM companies WHERE id <> $1",
        )
        .bind::<BigInt, _>(main)
        .bind::<BigInt, _>(offer)
        .execute(conn)?;
        diesel::sql_query(FILL)
            .bind::<BigInt, _>(main)
            .bind::<BigInt, _>(offer)
            .bind::<BigInt, _>(accounts)
            .execute(conn)?;
        diesel::sql_query("ANALYZE").execute(conn)?;
        Ok(())
    });
    let scope = db.scope(user, uid);
    let tree = db.run(|conn| tenancy::tree(conn, &scope, &[]));
    assert_eq!(tree.accounts().len(), TREE_LIMIT);
    for (query, sort) in [("", Sort::Iccid), ("state=active", Sort::Imsi), ("", Sort::Changed)] {
        for descending in [false, true] {
            let filter = SimFilter::from_query(query).expect("a filter");
            let mut request = GridRequest { filter, sort, descending, ..GridRequest::default() };
            for _ in 0..2 {
                let explain = |conn: &mut diesel::PgConnection| {
                    tenancy::within(conn, &scope, |conn| {
                        let tree = tenancy::tree(conn, &scope, &[])?;
                        sims::explain_tree(conn, &tree, &request)
                    })
                };
                let plan = db.run(explain).expect("a query");
                let query = format!("{query} by {} {descending}", sort.as_str());
                Plan { query, plan }.check_except(&[], 0);
                let next = db.run(|conn| sims::tree_grid(conn, &tree, &request)).next.expect("a page");
                request.start = Start::After(next);
            }
        }
    }
    let (account, _) = db.company(Some(main), "One too many");
    db.run(|conn| testing::member(conn, user, account, Role::Viewer));
    let tree = db.run(|conn| tenancy::tree(conn, &scope, &[]));
    assert!(tree.is_too_wide() && tree.accounts().is_empty(), "never cut without a word");
    assert!(db.run(|conn| sims::tree_grid(conn, &tree, &GridRequest::default())).rows.is_empty());
}
