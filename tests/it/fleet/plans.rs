//! The plans of the grid's queries on 200,000 SIMs: no list walks the table, and none sorts more than a page.

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use fleet::ids::SimListUid;
use fleet::sim_lists::{self, Layout, Source};
use fleet::sims::{self, GridRequest, SimFilter, Sort};
use fleet::tenancy;

use super::many::{Many, many};
use crate::support::{Plan, plans_of, rows_read_for_a_page};

const STATES: [&str; 5] =
    ["", "state=active", "state=retired", "state=inventory", "state=retired&state=suspended&state=inventory"];

const TEXTS: [&str; 15] = [
    "q=8988",
    "q=9017",
    "q=88320",
    "q=8832000012",
    "q=89049032",
    "q=8904",
    "q=3500",
    "q=meter",
    "q=meter%201",
    "q=12",
    "q=hull",
    "q=label",
    "q=label%201",
    "q=zzz",
    "q=5",
];

/// The fleet that all pages are of, in the eyes of its main account.
struct Fleet {
    many: &'static Many,
    /// What is to be checked with plans that are kept, too.
    kept: Vec<(String, Sort, i64)>,
}

impl Fleet {
    /// Checks three pages in both directions, planned for their own values.
    fn check(&self, query: &str, sort: Sort, rows_passed_over: i64) {
        self.pages(query, sort, |conn, request| {
            for plan in sims::explain(conn, &self.many.scope, request)? {
                let query = format!("{query} by {} {}", sort.as_str(), request.descending);
                Plan { query, plan }.check_except(&["sim_lists", "labels"], rows_passed_over);
            }
            Ok(())
        });
    }

    /// The same, and later also where a statement is kept prepared and has one plan for all values.
    fn check_kept(&mut self, query: &str, sort: Sort, rows_passed_over: i64) {
        self.check(query, sort, rows_passed_over);
        self.kept.push((query.to_owned(), sort, rows_passed_over));
    }

    /// Checks the plans that are kept, all on one connection.
    fn check_all_kept(&self) {
        const MARK: &str = "SELECT 'what follows is number ";
        let plans = plans_of(&self.many.db, &self.many.scope, true, |conn| {
            for (number, (query, sort, _)) in self.kept.iter().enumerate() {
                conn.batch_execute(&format!("{MARK}{number}'"))?;
                self.pages(query, *sort, |_, request| sims::grid(conn, &self.many.scope, request).map(drop));
            }
            Ok(())
        });
        let (mut now, mut checked) = (None, 0);
        for mut plan in plans {
            if let Some(mark) = plan.query.strip_prefix(MARK) {
                now =
                    mark.trim_end_matches('\'').parse().ok().and_then(|number: usize| self.kept.get(number));
            } else if plan.query.contains("CASE WHEN sims.msisdn") {
                let (query, sort, rows_passed_over) = now.expect("a mark before");
                plan.query = format!("kept: {query} by {}", sort.as_str());
                plan.check_except(&["sim_lists", "labels"], *rows_passed_over);
                checked += 1;
            }
        }
        assert!(checked > self.kept.len(), "only {checked} plans of {} queries", self.kept.len());
    }

    /// Visits the first three pages in both directions.
    fn pages(
        &self,
        query: &str,
        sort: Sort,
        mut visit: impl FnMut(&mut PgConnection, &GridRequest) -> fleet::Result<()>,
    ) {
        for descending in [false, true] {
            let filter = SimFilter::from_query(query).expect("a filter");
            let mut request = GridRequest { filter, sort, descending, ..GridRequest::default() };
            for _ in 0..3 {
                let mut page = |conn: &mut PgConnection| {
                    visit(conn, &request)?;
                    sims::grid(conn, &self.many.scope, &request)
                };
                let next = self.many.db.run(|conn| tenancy::within(conn, &self.many.scope, &mut page)).next;
                let Some(next) = next else { break };
                request.start = sims::Start::After(next);
            }
        }
    }

    fn states_offers_and_types(&mut self) {
        let offer = self.many.offer;
        let of_offers = [
            format!("offer={offer}"),
            format!("offer={offer}&state=suspended"),
            format!("offer={offer}&type=euicc"),
            "type=mff2".to_owned(),
            "type=euicc&state=retired&state=inventory".to_owned(),
        ];
        for sort in Sort::ALL {
            for query in STATES.into_iter().chain(of_offers.iter().map(String::as_str)) {
                self.check_kept(query, sort, 0);
            }
        }
    }

    /// A label of few SIMs in any order; one of many in that of the ICCIDs, wherever in it they are: its entries are
    /// passed over where they do not match, never SIMs.
    fn labels(&mut self) {
        let offer = self.many.offer;
        for sort in Sort::ALL {
            self.check_kept("label=70", sort, 101);
            self.check_kept("label=71", sort, 0);
            self.check_kept("label=72", sort, 0);
            self.check_kept("label=71&state=inventory", sort, 0);
        }
        for (query, entries) in [
            ("label=72&type=euicc", 3 * 51),
            ("label=72&type=mff2", 36_223),
            ("label=71&label=72", 5_001),
            (&format!("label=72&offer={offer}"), 10_973),
            (&format!("label=71&offer={offer}"), 5_001),
            (&format!("label=72&activated_from={}", ago(40)), 21_823),
            (&format!("label=72&changed_from={}", ago(10)), 14_623),
        ] {
            self.check_kept(query, Sort::Iccid, entries);
        }
    }

    /// Days: in their own order, or, where few SIMs are of them, in any.
    fn days(&mut self) {
        for sort in Sort::ALL {
            self.check_kept(&format!("activated_from={}", ago(40)), sort, 0);
            self.check_kept(&format!("activated_to={}&type=plug_in", ago(20)), sort, 0);
            self.check_kept(&format!("changed_from={0}&changed_to={0}", ago(5)), sort, 0);
            self.check_kept(&format!("changed_from={0}&changed_to={0}&state=retired", ago(17)), sort, 250);
        }
    }

    /// A list of every so many SIMs, and how many it has.
    fn list(&self, every: usize) -> (SimListUid, i64) {
        let rows: Vec<String> = (1..=150_000).step_by(every).map(|n| format!("8988211{n:012}\n")).collect();
        let rows = rows.concat();
        let source = Source { text: rows.as_bytes(), layout: Layout::Table, origin: "list".to_owned() };
        let list = self.many.db.run(|conn| sim_lists::create(conn, &self.many.scope, source));
        assert_eq!(list.found, i32::try_from(150_000_usize.div_ceil(every)).expect("a count"));
        (list.uid, list.found.into())
    }

    fn lists(&self) {
        for every in [3, 200, 1_000] {
            let (list, found) = self.list(every);
            let query = format!("list={list}");
            for sort in Sort::ALL {
                // A short one is fetched, and put in any order; a long one is in one order.
                self.check(&query, sort, if found > 250 { 0 } else { found });
            }
            // Together with more, no more of it is looked at than it has.
            for with in ["state=inventory", "state=retired", "type=mff2", "label=72"] {
                self.check(&format!("{query}&{with}"), Sort::Iccid, found);
            }
            self.check(&format!("{query}&offer={}", self.many.offer), Sort::Iccid, found);
        }
    }

    /// Two parts that have orders of their own: no more is looked at than the smaller one has.
    fn pairs(&mut self) {
        let day = |days| format!("changed_from={0}&changed_to={0}", ago(days));
        let of_a_day = 8_640;
        let since = format!("activated_from={}", ago(40));
        self.check(&format!("{}&offer={}", day(5), self.many.offer), Sort::Changed, of_a_day);
        self.check(&format!("{}&type=mff2", day(5)), Sort::Changed, of_a_day);
        self.check(&format!("{}&{since}", day(5)), Sort::Changed, of_a_day);
        self.check(&format!("{}&{since}", day(16)), Sort::Changed, of_a_day);
        // SIMs of days are fetched, where entries of a label tell when: these are walked unless they are four times as many.
        let of_label = |label| format!("label={label}&activated_from={0}&activated_to={0}", ago(60));
        assert_eq!(self.offered(&of_label(72)), [Sort::Activated]);
        assert_eq!(self.offered(&of_label(71)), [Sort::Iccid]);
        self.check(&of_label(71), Sort::Iccid, 5_001);
        // But entries do not tell of lists.
        let (list, found) = self.list(30);
        assert_eq!(found, 5_000);
        assert_eq!(self.offered(&format!("list={list}&{}", of_label(71))), [Sort::Activated]);
        // By the label that is asked for a text finds all of its SIMs, and a day has few of them.
        self.check_read(
            &format!("label=72&q=label%202&activated_from={0}&activated_to={0}", ago(60)),
            4 * 1_440,
        );
        // Many in both: walked in the order that is asked for, never in the other's.
        for sort in [Sort::Activated, Sort::Changed] {
            self.check_kept(&format!("{since}&changed_from={}", ago(10)), sort, 36_001);
        }
        for every in [3, 200] {
            let (list, found) = self.list(every);
            self.check(&format!("list={list}&{}", day(5)), Sort::Changed, 2 * found);
            self.check(&format!("list={list}&{}", day(16)), Sort::Changed, 2 * found);
            self.check_read(&format!("list={list}&q=meter"), 2 * found);
            self.check_read(&format!("list={list}&q=hull"), 2 * found);
        }
        // Many have such an IMEI, or such an MSISDN, of the label the last hundred, or the last thousand: of these a page is fetched.
        for text in ["q=3500", "q=8832000134"] {
            self.check_read_of(&["sims"], &format!("label=71&{text}"), 2 * 51);
        }
        // All have such an IMSI: no more is read than a page.
        let (short, _) = self.list(200);
        for by in ["label=71".to_owned(), format!("offer={}", self.many.offer), format!("list={short}")] {
            self.check_read(&format!("{by}&q=9017"), 4 * 51);
        }
        // Few SIMs, as these 1,500 of a type, are all fetched for a text, and put in order; else no more is read than the
        // text finds.
        for (text, found) in
            [("q=meter", 75_000), ("q=hull", 15_000), ("q=9017", 150_000), ("q=8832000012", 900)]
        {
            self.check_read(&format!("{text}&type=mff2"), 4 * 1_500);
            self.check_read(&format!("{text}&{}", day(5)), found);
            self.check_read(&format!("{text}&{}", day(16)), found);
        }
    }

    /// The orders that are offered.
    fn offered(&self, query: &str) -> Vec<Sort> {
        let filter = SimFilter::from_query(query).expect("a filter");
        let request = GridRequest { filter, ..GridRequest::default() };
        let read = |conn: &mut PgConnection| sims::grid(conn, &self.many.scope, &request);
        self.many.db.run(|conn| tenancy::within(conn, &self.many.scope, read)).sorts
    }

    /// Searches that few entries tell all of: these are read, and of the SIMs a page, also by a plan for all values.
    fn told(&self) {
        let on_offer = format!("offer={}&state=suspended", self.many.offer);
        let of_type = format!("{on_offer}&type=mff2");
        // Along the labels that a text is found in, or along its own orders while it finds few; and to find out which.
        let besides = 2_000;
        for (by, entries) in [(&*on_offer, 1_000), (&of_type, 10), ("label=71", 5_001)] {
            for (text, generic) in TEXTS.into_iter().flat_map(|text| [(text, false), (text, true)]) {
                // What is found by labels in a state is planned anew each time.
                if generic && by != "label=71" && text.starts_with("q=label") {
                    continue;
                }
                let query = format!("{text}&{by}");
                let filter = SimFilter::from_query(&query).expect("a filter");
                let request = GridRequest { filter, ..GridRequest::default() };
                let plans = plans_of(&self.many.db, &self.many.scope, generic, |conn| {
                    sims::grid(conn, &self.many.scope, &request).map(drop)
                });
                let read = rows_read_for_a_page(&plans, &["sims", "sim_labels"]);
                let shown =
                    || plans.iter().map(|plan| format!("{:#}", plan.plan)).collect::<Vec<_>>().concat();
                assert!(read <= entries + besides, "{query} ({generic}) reads {read}: {}", shown());
            }
        }
    }

    /// What is read off the entries of a label comes on pages in their order.
    fn told_pages(&self) {
        let filter = SimFilter::from_query("label=71&q=3500").expect("a filter");
        let mut request = GridRequest { filter, size: 25, ..GridRequest::default() };
        let page = |request: &GridRequest| {
            let read = |conn: &mut PgConnection| sims::grid(conn, &self.many.scope, request);
            self.many.db.run(|conn| tenancy::within(conn, &self.many.scope, read))
        };
        let iccids = |numbers: std::ops::RangeInclusive<u64>| -> Vec<String> {
            numbers.map(|n| format!("8988211{n:012}")).collect()
        };
        let mut shown = Vec::new();
        let previous = loop {
            let page = page(&request);
            shown.extend(page.rows.into_iter().map(|row| row.iccid));
            let Some(next) = page.next else { break page.previous };
            request.start = sims::Start::After(next);
        };
        assert_eq!(shown, iccids(134_901..=135_000));
        request.start = sims::Start::Before(previous.expect("a page before"));
        let before: Vec<_> = page(&request).rows.into_iter().map(|row| row.iccid).collect();
        assert_eq!(before, iccids(134_951..=134_975));
        let count =
            |conn: &mut PgConnection| sims::count_up_to(conn, &self.many.scope, &request.filter, 1_000);
        let counted = self.many.db.run(|conn| tenancy::within(conn, &self.many.scope, count));
        assert_eq!((counted.count, counted.more), (100, false));
    }

    /// Checks that the first page of a search walks no table, sorts no more than a page, and reads no more rows in all.
    fn check_read(&self, query: &str, most: i64) {
        self.check_read_of(&["sims", "sim_labels", "sim_list_members"], query, most);
    }

    /// The same of rows of these tables.
    fn check_read_of(&self, tables: &[&str], query: &str, most: i64) {
        let request =
            GridRequest { filter: SimFilter::from_query(query).expect("a filter"), ..GridRequest::default() };
        let explain = |conn: &mut PgConnection| sims::explain(conn, &self.many.scope, &request);
        let plans = self.many.db.run(|conn| tenancy::within(conn, &self.many.scope, explain));
        let shown = format!("{plans:#?}");
        let plans: Vec<_> = plans.into_iter().map(|plan| Plan { query: query.to_owned(), plan }).collect();
        let read = rows_read_for_a_page(&plans, tables);
        assert!(read <= most, "{query} reads {read}: {shown}");
    }

    fn texts(&mut self) {
        let (list, _) = self.list(3);
        let (short, of_short) = self.list(200);
        for text in TEXTS {
            self.check_kept(text, Sort::Iccid, 51);
            for state in ["&state=active", "&state=retired", "&state=inventory&state=suspended"] {
                let query = format!("{text}{state}");
                // Of what gives ICCIDs in a state in order, and what is found by labels, a plan for all values cannot choose.
                if text == "q=8988" || text.starts_with("q=label") {
                    self.check(&query, Sort::Iccid, 51);
                } else {
                    self.check_kept(&query, Sort::Iccid, 51);
                }
            }
            // By a label, all that it has are looked at, where none of them is on the offer or in the list.
            let by_label = if text.starts_with("q=label") { 5_001 } else { 0 };
            // The last 63,600 have not changed; one SIM in three is in the list, but none of the 50,000 with an EID.
            self.check_kept(&format!("{text}&changed_from={}", ago(10)), Sort::Iccid, 63_601);
            let in_list = if text.starts_with("q=8904") { 50_001 } else { by_label.max(3 * 51) };
            self.check_kept(&format!("{text}&list={list}"), Sort::Iccid, in_list);
            self.check_kept(&format!("{text}&offer={}", self.many.offer), Sort::Iccid, by_label.max(51));
            self.check_kept(&format!("{text}&label=70"), Sort::Iccid, 102);
            // Few, which are all fetched, whatever else is asked for.
            self.check_kept(&format!("{text}&list={short}&type=euicc"), Sort::Iccid, of_short);
            // One SIM in four has this label.
            self.check_kept(&format!("{text}&label=72"), Sort::Iccid, by_label.max(4 * 51));
        }
    }
}

/// A count reads about as many SIMs as it is to go, of many times more; of days, also those that their way is found by.
fn counts(fleet: &Fleet) {
    for query in [
        "q=8988".to_owned(),
        "q=9017&state=inventory".to_owned(),
        "q=meter".to_owned(),
        "label=72".to_owned(),
        "label=72&state=active".to_owned(),
        format!("changed_from={}", ago(40)),
        format!("activated_from={}&type=plug_in", ago(400)),
    ] {
        let filter = SimFilter::from_query(&query).expect("a filter");
        let plans = plans_of(&fleet.many.db, &fleet.many.scope, false, |conn| {
            sims::count_up_to(conn, &fleet.many.scope, &filter, 1_000)
                .map(|counted| assert!(counted.more, "{query}"))
        });
        let read: i64 = plans.iter().map(|plan| plan.rows_read_of(&["sims", "sim_labels"])).sum();
        let shown: Vec<_> = plans.iter().map(|plan| format!("{:#?}", plan.plan)).collect();
        assert!((1..=8_000).contains(&read), "{query} reads {read} SIMs: {}", shown.concat());
    }
}

fn ago(days: u64) -> chrono::NaiveDate {
    chrono::Utc::now().date_naive() - chrono::Days::new(days)
}

#[test]
fn no_list_walks_the_table_or_sorts_more_than_a_page() {
    let mut fleet = Fleet { many: many(), kept: Vec::new() };
    fleet.states_offers_and_types();
    fleet.labels();
    fleet.days();
    fleet.lists();
    fleet.texts();
    fleet.pairs();
    fleet.told();
    fleet.told_pages();
    fleet.check_all_kept();
    counts(&fleet);
}
