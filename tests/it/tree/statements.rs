//! What the grid over a tree asks the database: the same as that of one company, in as many statements, however many
//! accounts there are.

use diesel::connection::SimpleConnection as _;
use fleet::ids::{CompanyId, SimId};
use fleet::sims::{self, Counted, GridRequest, SimFilter, Sort, Start};
use fleet::tenancy::{self, CompanyScope, Role};
use fleet::testing;

use crate::support::{TestDb, plans_of};

/// A main account and others below it, with SIMs that are spread by blocks of their numbers or by chance, labels with
/// a word in common, and a person who is a member of all.
struct Fleet {
    db: TestDb,
    main: CompanyId,
    scope: CompanyScope,
}

impl Fleet {
    fn new(accounts: i64, sims: i64) -> Self {
        let db = TestDb::new();
        let (main, uid) = db.company(None, "Meridian");
        let user = db.member("ada@meridian.example", main, Role::Administrator);
        for n in 1..accounts {
            let (account, _) = db.company(Some(main), &format!("Account {n}"));
            assert_eq!(account.0, main.0 + n, "the SIMs are spread by id");
            db.run(|conn| testing::member(conn, user, account, Role::Viewer));
        }
        let sql = include_str!("statements.sql")
            .replace("{main}", &main.to_string())
            .replace("{accounts}", &accounts.to_string())
            .replace("{sims}", &sims.to_string());
        db.run(|conn| {
            for offer in ["Global", "Local"] {
                testing::offer(conn, main, offer, sims::SimType::ALL)?;
            }
            Ok(conn.batch_execute(&sql)?)
        });
        let scope = db.scope(user, uid);
        Self { db, main, scope }
    }

    fn tree<T>(
        &self,
        work: impl FnOnce(&mut diesel::PgConnection, &tenancy::TreeScope) -> fleet::Result<T>,
    ) -> T {
        self.db.run(|conn| {
            tenancy::within(conn, &self.scope, |conn| {
                let tree = tenancy::tree(conn, &self.scope, &[])?;
                work(conn, &tree)
            })
        })
    }

    /// The rows of some pages, each with what it can be in order by, and then those of the page before the last.
    fn pages(&self, mut request: GridRequest, is_tree: bool) -> Vec<(Vec<SimId>, Vec<Sort>)> {
        let read = |request: &GridRequest| {
            if is_tree {
                self.tree(|conn, tree| sims::tree_grid(conn, tree, request))
            } else {
                self.db.run(|conn| sims::grid(conn, &self.scope, request))
            }
        };
        let ids = |grid: &sims::Grid| grid.rows.iter().map(|row| row.id).collect::<Vec<SimId>>();
        let mut pages = Vec::new();
        loop {
            let grid = read(&request);
            pages.push((ids(&grid), grid.sorts.clone()));
            match grid.next {
                Some(next) if pages.len() < 4 || is_search_on_offers(&request) => {
                    request.start = Start::After(next);
                }
                _ => {
                    if let Some(previous) = grid.previous {
                        request.start = Start::Before(previous);
                        let grid = read(&request);
                        assert_eq!(Some(ids(&grid)), pages.iter().rev().nth(1).map(|page| page.0.clone()));
                    }
                    return pages;
                }
            }
        }
    }

    fn count(&self, filter: &SimFilter, most: u16, is_tree: bool) -> Counted {
        if is_tree {
            self.tree(|conn, tree| sims::count_tree_up_to(conn, tree, filter, most))
        } else {
            self.db.run(|conn| sims::count_up_to(conn, &self.scope, filter, most))
        }
    }
}

/// Filters of which SIMs are walked, others that leave few, and some that nothing matches.
const FILTERS: [&str; 30] = [
    "",
    "state=active",
    "state=active&state=retired",
    "type=mff2",
    "type=euicc",
    "offer=1",
    "offer=2&state=suspended",
    "offer=1&offer=2&type=plug_in",
    "offer=99",
    "activated_from=2024-01-01",
    "activated_from=2025-01-01&activated_to=2025-01-05",
    "activated_from=2024-06-01&state=suspended&type=mff2",
    "changed_from=2025-02-01&changed_to=2025-02-02",
    "activated_from=2024-06-01&changed_from=2025-02-01",
    "q=8988",
    "q=89882110000&state=active",
    "q=90170",
    "q=883200",
    "q=meter",
    "q=hamburg",
    "q=hamburg&type=mff2",
    "q=roof",
    "q=roof&state=active&state=inventory",
    "q=roof&type=euicc",
    "q=porto&changed_from=2025-02-01",
    "q=8988&offer=1",
    "q=90170&offer=1&offer=2",
    "q=meter&offer=1&state=active",
    "q=roof&offer=1",
    "q=nobody",
];

fn request(query: &str) -> GridRequest {
    GridRequest {
        filter: SimFilter::from_query(query).expect("a filter"),
        size: 100,
        ..GridRequest::default()
    }
}

/// Whether a text is looked for among the SIMs on offers.
fn is_search_on_offers(request: &GridRequest) -> bool {
    request.filter.is_search() && !request.filter.offers.is_empty()
}

#[test]
fn the_sims_of_many_accounts_come_in_the_order_in_which_one_account_would_have_them() {
    let fleet = Fleet::new(23, 9_000);
    let all = |is_tree| {
        let mut found = Vec::new();
        for query in FILTERS {
            for sort in Sort::ALL {
                for descending in [false, true] {
                    let request = GridRequest { sort, descending, ..request(query) };
                    let has_no_orders = descending || sort != Sort::Iccid || is_search_on_offers(&request);
                    if request.filter.is_search() && has_no_orders {
                        continue;
                    }
                    let named = format!("{query} by {} {descending}", sort.as_str());
                    found.push((named, fleet.pages(request, is_tree)));
                }
            }
        }
        found
    };
    let counts = |is_tree| {
        let most = [7, 1_000, 10_000];
        let count = |query: &str| most.map(|most| fleet.count(&request(query).filter, most, is_tree));
        FILTERS.map(|query| (query, count(query)))
    };
    // In which order, depends on how few there are, and one account has entries of offers.
    let found_on_offers = |is_tree| {
        let of_request = |request: GridRequest| {
            let pages = fleet.pages(GridRequest { size: 250, ..request }, is_tree);
            let mut ids: Vec<SimId> = pages.into_iter().flat_map(|page| page.0).collect();
            ids.sort_unstable();
            ids
        };
        FILTERS.map(request).into_iter().filter(is_search_on_offers).map(of_request).collect::<Vec<_>>()
    };
    let (in_tree, counted_in_tree) = (all(true), counts(true));
    let found_in_tree = found_on_offers(true);
    fleet.db.run(|conn| {
        let main = fleet.main;
        Ok(conn.batch_execute(&format!(
            "UPDATE labels SET company_id = {main}; UPDATE sims SET company_id = {main}; ANALYZE"
        ))?)
    });
    for (one, other) in in_tree.iter().zip(all(false)) {
        assert_eq!(*one, other);
    }
    assert_eq!(found_in_tree, found_on_offers(false));
    assert!(found_in_tree.iter().any(|ids| ids.len() > 1_000));
    assert_eq!(counted_in_tree, counts(false));
    let matched = |query: &str| counted_in_tree.iter().find(|one| one.0 == query).map(|one| one.1[2].count);
    assert_eq!(matched("q=nobody"), Some(0));
    for query in FILTERS.iter().filter(|query| !["q=nobody", "offer=99"].contains(query)) {
        assert!(matched(query).is_some_and(|count| count > 0), "{query} says something");
    }
}

#[test]
fn sixty_accounts_take_as_many_statements_as_three() {
    let (few, many) = (Fleet::new(3, 3_000), Fleet::new(60, 3_000));
    let asked = |fleet: &Fleet, what: &str, request: &GridRequest| {
        let plans = plans_of(&fleet.db, &fleet.scope, false, |conn| {
            let tree = tenancy::tree(conn, &fleet.scope, &[])?;
            if what == "counted" {
                sims::count_tree_up_to(conn, &tree, &request.filter, 5_000).map(drop)
            } else {
                sims::tree_grid(conn, &tree, request).map(drop)
            }
        });
        plans.into_iter().map(|plan| plan.query).collect::<Vec<_>>()
    };
    for query in FILTERS {
        for what in ["first", "deep", "counted"] {
            let of = |fleet: &Fleet| {
                let mut request = request(query);
                if what == "deep" {
                    let next = fleet.tree(|conn, tree| sims::tree_grid(conn, tree, &request)).next;
                    request.start = next.map_or(Start::First, Start::After);
                }
                asked(fleet, what, &request)
            };
            let (of_few, of_many) = (of(&few), of(&many));
            assert_eq!(of_few.len(), of_many.len(), "{query} {what}: {of_few:#?} {of_many:#?}");
            assert!((1..=12).contains(&of_many.len()), "{query} {what}: {of_many:#?}");
        }
    }
}

#[test]
fn no_page_of_many_accounts_walks_the_table_or_reads_more_than_it_needs() {
    let fleet = Fleet::new(60, 60_000);
    for query in FILTERS {
        for generic in [false, true] {
            let mut request = GridRequest { size: 50, ..request(query) };
            for page in ["first", "next"] {
                let mut next = None;
                let plans = plans_of(&fleet.db, &fleet.scope, generic, |conn| {
                    let tree = tenancy::tree(conn, &fleet.scope, &[])?;
                    next = sims::tree_grid(conn, &tree, &request)?.next;
                    Ok(())
                });
                let read: i64 = plans.iter().map(|plan| plan.rows_read_of(&["sims"])).sum();
                // Of both days, either is counted to 20,000; and labels are read by their entries.
                let is_counted = query.matches("_from").count() > 1 || query.contains("q=roof");
                assert!(read <= 16_000 || is_counted, "{query} {page}: {read} read");
                let Some(next) = next else { break };
                request.start = Start::After(next);
            }
        }
    }
}
