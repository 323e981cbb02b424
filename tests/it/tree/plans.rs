//! The plans of the grid over as many accounts as are looked at at once, with 200,000 SIMs.

use fleet::sims::{self, GridRequest, SimFilter, Sort, Start};
use fleet::tenancy::{self, Role, TREE_LIMIT};
use fleet::testing;

use crate::fleet::many::many;
use crate::support::{Plan, TestDb, plans_of, rows_read_for_a_page};

/// Visits the statements that read SIMs, for two pages in both directions.
fn pages(query: &str, sort: Sort, mut visit: impl FnMut(Vec<Plan>)) {
    let many = many();
    for descending in [false, true] {
        let filter = SimFilter::from_query(query).expect("a filter");
        let mut request = GridRequest { filter, sort, descending, ..GridRequest::default() };
        for page in 1..=2 {
            let mut next = None;
            let mut plans = plans_of(&many.db, &many.scope, false, |conn| {
                let tree = tenancy::tree(conn, &many.scope, &[])?;
                assert_eq!(tree.accounts().len(), TREE_LIMIT);
                let grid = sims::tree_grid(conn, &tree, &request)?;
                assert_eq!((grid.rows.len(), grid.sort), (usize::from(request.size), sort), "{query}");
                next = grid.next;
                Ok(())
            });
            plans.retain(|plan| plan.rows_read_of(&["sims", "sim_labels"]) > 0);
            for plan in &mut plans {
                plan.query = format!("{query} by {} {descending}, page {page}", sort.as_str());
            }
            visit(plans);
            request.start = Start::After(next.expect("a page"));
        }
    }
}

/// Checks pages that come from indexes in order, and are merged.
fn check(query: &str, sort: Sort) {
    pages(query, sort, |plans| {
        assert!(!plans.is_empty(), "{query}");
        // No operation is under way here.
        for plan in plans {
            plan.check_except(&["tasks"], 0);
        }
    });
}

/// Checks pages of which more may be found than a page has: that no table is walked, no more than a page is kept of what is
/// sorted, and no more rows and entries of indexes are read.
fn check_read(query: &str, sort: Sort, most: i64) {
    pages(query, sort, |plans| {
        for plan in &plans {
            // No operation is under way here, and there are three labels.
            plan.check_walks(&["tasks", "labels"]);
        }
        let read = rows_read_for_a_page(&plans, &["sims", "sim_labels"]);
        assert!((1..=most).contains(&read), "{query} reads {read}");
    });
}

fn ago(days: u64) -> chrono::NaiveDate {
    chrono::Utc::now().date_naive() - chrono::Days::new(days)
}

/// A page of each account, from an index and then from the table.
const PAGES: i64 = 2 * 51 * 300;

#[test]
fn no_page_of_the_most_accounts_walks_the_table_or_sorts_more_than_a_page() {
    let offer = many().offer;
    check("", Sort::Iccid);
    check("", Sort::Changed);
    check("state=active", Sort::Imsi);
    check(&format!("offer={offer}"), Sort::Msisdn);
    check(&format!("offer={offer}&type=euicc&state=suspended"), Sort::Activated);
    check("type=euicc&type=mff2", Sort::Activated);
    // Where an account has few SIMs of these days, all of them are counted, found and fetched.
    check_read(&format!("activated_from={}", ago(110)), Sort::Activated, PAGES);
    check_read(&format!("changed_from={}&type=plug_in", ago(19)), Sort::Changed, 3 * 22_800 + PAGES);
}

#[test]
fn no_search_in_the_most_accounts_reads_more_than_a_page_of_each() {
    check_read("q=8988", Sort::Iccid, PAGES);
    check_read("q=meter", Sort::Iccid, PAGES);
    // Where an account has few SIMs on the offer, all of them are looked at: half of the 50,000.
    check_read(&format!("q=90170&offer={}", many().offer), Sort::Iccid, 2 * 25_000 + PAGES);
}

#[test]
fn one_account_more_than_are_looked_at_at_once_is_said() {
    let db = TestDb::new();
    let (main, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", main, Role::Administrator);
    for n in 0..TREE_LIMIT {
        let (account, _) = db.company(Some(main), &format!("Account {n}"));
        db.run(|conn| testing::member(conn, user, account, Role::Viewer));
    }
    let scope = db.scope(user, uid);
    let tree = db.run(|conn| tenancy::tree(conn, &scope, &[]));
    assert!(tree.is_too_wide() && tree.accounts().is_empty(), "never cut without a word");
    assert!(db.run(|conn| sims::tree_grid(conn, &tree, &GridRequest::default())).rows.is_empty());
}
