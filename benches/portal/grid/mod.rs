//! The grid's pages and counts, by every filter that is offered and every two of them, in every order: on few SIMs, on
//! many, and on very many.
//!
//! `SIMYARD_BENCH_SIMS` (10000,1000000,10000000) says how many SIMs there are; `SIMYARD_BENCH_FILTERS` (2) how many
//! filters are put together at most. With `SIMYARD_BENCH_KEEP` set, the databases stay for the next run.

mod made;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use fleet::sims::{self, Grid, GridRequest, SimFilter, Sort, Start};
use fleet::tenancy;

use self::made::Made;
use crate::portal::Portal;
use crate::{Effort, load, median, number, quantile, statements};

/// How many of the slowest are told.
const TOLD: usize = 60;

/// What is asked for, and how long it took.
struct Asked {
    what: String,
    sort: Sort,
    page: &'static str,
    /// Until the rows were there, in milliseconds.
    times: Vec<f64>,
    /// Until the page was there that a browser gets; none for deep pages.
    served: Vec<f64>,
}

impl Asked {
    fn p50(&self) -> f64 {
        median(self.times.clone())
    }

    fn p50_served(&self) -> f64 {
        median(self.served.clone())
    }

    fn name(&self, made: &Made) -> String {
        format!("{} by {} {}", named(made, &self.what), self.sort.as_str(), self.page)
    }
}

pub(crate) fn measure(effort: Effort) -> anyhow::Result<()> {
    let sizes = std::env::var("SIMYARD_BENCH_SIMS").unwrap_or_else(|_| "10000,1000000,10000000".to_owned());
    let most: usize = number("SIMYARD_BENCH_FILTERS", 2)?;
    let mut by_size: Vec<BTreeMap<String, f64>> = Vec::new();
    for size in sizes.split(',') {
        let sims: i64 = size.trim().parse()?;
        let begun = Instant::now();
        let made = Made::build(sims)?;
        println!("\ngrid: {sims} SIMs, made in {:.0} s", begun.elapsed().as_secs_f64());
        let mut conn = PgConnection::establish(&made.url)?;
        let portal = Portal::start(&made.url)?;
        by_size.push(pages(&mut conn, &made, &portal, most, effort.rounds)?);
        drop(portal);
        counts(&mut conn, &made, most)?;
        beside_plain_sql(&mut conn, &made, effort)?;
        drop(conn);
        made.remove()?;
    }
    if let [smallest, .., largest] = by_size.as_slice() {
        growth(smallest, largest);
    }
    Ok(())
}

/// Each kind of filter, with values that match most SIMs, some, and almost none.
fn parts(made: &Made) -> Vec<Vec<String>> {
    let today = chrono::Utc::now().date_naive();
    let ago = |days: u64| today - chrono::Days::new(days);
    let query = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    vec![
        query(&["state=active", "state=retired", "state=inventory&state=retired"]),
        query(&["offer=1", "offer=8", "offer=9", "offer=1&offer=7"]),
        query(&["type=plug_in", "type=mff2", "type=euicc"]),
        query(&["label=1", "label=2", "label=3", "label=4", "label=1&label=2"]),
        query(&["q=8988211", "q=901701", "q=8832000001", "q=meter", "q=hamburg", "q=las", "q=zzz"]),
        vec![
            format!("activated_from={}", ago(400)),
            format!("activated_from={}&activated_to={}", ago(200), ago(200)),
        ],
        vec![format!("changed_from={}", ago(300)), format!("changed_from={}&changed_to={}", ago(2), ago(2))],
        made.lists.iter().map(|list| format!("list={list}")).collect(),
    ]
}

/// All of up to `most` filters of different kinds.
fn combinations(parts: &[Vec<String>], most: usize) -> Vec<String> {
    let mut all: Vec<(usize, Vec<&str>)> = vec![(0, Vec::new())];
    let mut place = 0;
    while let Some((next, chosen)) = all.get(place).cloned() {
        place += 1;
        if chosen.len() == most {
            continue;
        }
        for (kind, values) in parts.iter().enumerate().skip(next) {
            all.extend(
                values.iter().map(|value| (kind + 1, [chosen.as_slice(), &[value.as_str()]].concat())),
            );
        }
    }
    all.into_iter().map(|(_, chosen)| chosen.join("&")).collect()
}

fn pages(
    conn: &mut PgConnection,
    made: &Made,
    portal: &Portal,
    most: usize,
    rounds: usize,
) -> anyhow::Result<BTreeMap<String, f64>> {
    let mut all: Vec<Asked> = Vec::new();
    // In between, each time when it is warm: everything else is compared with it, and the machine may be busy now and then.
    let (mut plain, mut plain_served) = (Vec::new(), Vec::new());
    for what in combinations(&parts(made), most) {
        let filter = SimFilter::from_query(&what)?;
        for sort in Sort::ALL {
            let request = GridRequest { filter: filter.clone(), sort, ..GridRequest::default() };
            if sort != Sort::Iccid && !read(conn, made, &request)?.sorts.contains(&sort) {
                continue;
            }
            let mut first = ask(conn, made, &what, "first", &request, rounds)?;
            first.served = serve(portal, &what, sort, rounds)?;
            all.push(first);
            if let Some(deep) = deep(conn, made, &request)? {
                all.push(ask(conn, made, &what, "deep", &deep, rounds)?);
            }
        }
        plain.push(ask(conn, made, "", "first", &GridRequest::default(), 3)?.p50());
        plain_served.push(median(serve(portal, "", Sort::Iccid, 3)?));
    }
    told_as_served(made, &all, median(plain_served));
    let plain = median(plain);
    println!(
        "  the plain first page {plain:.2} ms; all pages:      p50      p99    worst   above 3 times the plain one"
    );
    for page in ["first", "deep"] {
        let of_page = || all.iter().filter(|asked| asked.page == page);
        let times: Vec<f64> = of_page().flat_map(|asked| asked.times.iter().copied()).collect();
        let slow = of_page().filter(|asked| asked.p50() > 3.0 * plain).count();
        println!(
            "    {:>5} {page:<5} pages {:>33.2} {:>8.2} {:>8.2}   {slow} (aim: none)",
            of_page().count(),
            median(times.clone()),
            quantile(times.clone(), 0.99),
            quantile(times, 1.0),
        );
    }
    all.sort_by(|one, other| other.p50().total_cmp(&one.p50()));
    println!("  slowest pages: p50 ms    worst   ratio");
    for asked in all.iter().filter(|asked| asked.p50() > 3.0 * plain).take(TOLD) {
        let (p50, worst) = (asked.p50(), quantile(asked.times.clone(), 1.0));
        println!("    {p50:>14.2} {worst:>8.2} {:>7.1}   {}", p50 / plain, asked.name(made));
    }
    Ok(all.iter().map(|asked| (asked.name(made), asked.p50())).collect())
}

/// The name of a filter, the same in every database: lists are named by chance.
fn named(made: &Made, what: &str) -> String {
    let [short, long] = made.lists;
    what.replace(&short.to_string(), "short").replace(&long.to_string(), "long")
}

/// A page's rows, in a transaction as the portal reads them.
fn read(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> fleet::Result<Grid> {
    tenancy::within(conn, &made.scope, |conn| sims::grid(conn, &made.scope, request))
}

fn ask(
    conn: &mut PgConnection,
    made: &Made,
    what: &str,
    page: &'static str,
    request: &GridRequest,
    rounds: usize,
) -> anyhow::Result<Asked> {
    // PostgreSQL keeps a plan after the fifth time, where one serves all values.
    for _ in 0..6 {
        read(conn, made, request)?;
    }
    let mut times = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        read(conn, made, request)?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Asked { what: what.to_owned(), sort: request.sort, page, times, served: Vec::new() })
}

/// The same first page as a browser gets it.
fn serve(portal: &Portal, what: &str, sort: Sort, rounds: usize) -> anyhow::Result<Vec<f64>> {
    let address = format!("/fleet?{what}&sort={}", sort.as_str());
    // Each of the portal's connections to the database may be the first time.
    for _ in 0..3 {
        portal.get(&address, "text/html")?;
    }
    let mut times = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        portal.get(&address, "text/html")?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

fn told_as_served(made: &Made, all: &[Asked], plain: f64) {
    let mut served: Vec<&Asked> = all.iter().filter(|asked| !asked.served.is_empty()).collect();
    let times: Vec<f64> = served.iter().flat_map(|asked| asked.served.iter().copied()).collect();
    let slow = served.iter().filter(|asked| asked.p50_served() > 3.0 * plain).count();
    println!(
        "  as a browser gets them: the plain first page {plain:.2} ms; {} first pages p50 {:.2}, p99 {:.2}, worst {:.2}; \
         {slow} above 3 times the plain one (aim: none)",
        served.len(),
        median(times.clone()),
        quantile(times.clone(), 0.99),
        quantile(times, 1.0),
    );
    served.sort_by(|one, other| other.p50_served().total_cmp(&one.p50_served()));
    for asked in served.iter().filter(|asked| asked.p50_served() > 3.0 * plain).take(TOLD) {
        println!(
            "    {:>14.2} {:>7.1}   {}",
            asked.p50_served(),
            asked.p50_served() / plain,
            asked.name(made)
        );
    }
}

/// A page far from the beginning: near the other end, or after some long pages of a search.
fn deep(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> anyhow::Result<Option<GridRequest>> {
    if !request.filter.is_search() {
        let from_end = GridRequest { descending: true, ..request.clone() };
        let place = read(conn, made, &from_end)?.next;
        return Ok(place.map(|place| GridRequest { start: Start::After(place), ..request.clone() }));
    }
    let mut long = GridRequest { size: 250, ..request.clone() };
    for _ in 0..8 {
        let Some(next) = read(conn, made, &long)?.next else { return Ok(None) };
        long.start = Start::After(next);
    }
    Ok(Some(GridRequest { start: long.start, ..request.clone() }))
}

fn counts(conn: &mut PgConnection, made: &Made, most: usize) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for what in combinations(&parts(made), most) {
        let filter = SimFilter::from_query(&what)?;
        let begun = Instant::now();
        let count = tenancy::within(conn, &made.scope, |conn| sims::count(conn, &made.scope, &filter))?;
        times.push((begun.elapsed(), what, count));
    }
    times.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
    println!("  slowest counts, asked for by hand:");
    for (time, what, count) in times.iter().take(5) {
        println!("    {:>8.0} ms   {} ({count})", time.as_secs_f64() * 1000.0, named(made, what));
    }
    Ok(())
}

/// Some pages beside the statements that they are made of.
fn beside_plain_sql(conn: &mut PgConnection, made: &Made, effort: Effort) -> anyhow::Result<()> {
    println!("  beside the same SQL:          pages/s     SQL/s   ratio");
    for what in ["", "state=active", "offer=1", "label=2", "q=meter"] {
        let request = GridRequest { filter: SimFilter::from_query(what)?, ..GridRequest::default() };
        let script = script(conn, made, &request)?;
        let plain = load::pgbench(&PathBuf::from("pgbench"), &made.url, &script, 1, effort.period)?;
        let (begun, mut pages) = (Instant::now(), 0_u32);
        while begun.elapsed() < effort.period {
            read(conn, made, &request)?;
            pages += 1;
        }
        let rate = f64::from(pages) / begun.elapsed().as_secs_f64();
        println!("    {what:<24} {rate:>10.0} {:>9.0} {:>7.2}", plain.per_second, rate / plain.per_second);
    }
    Ok(())
}

/// A `pgbench` script of what a page asks, in its settled form.
fn script(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> anyhow::Result<PathBuf> {
    read(conn, made, request)?;
    let log = made.cluster.directory().join("server.log");
    let begin = fs::metadata(&log)?.len();
    conn.batch_execute("SET log_min_duration_statement = 0")?;
    read(conn, made, request)?;
    conn.batch_execute("RESET log_min_duration_statement")?;
    statements::script(&log, begin, "grid")
}

fn growth(smallest: &BTreeMap<String, f64>, largest: &BTreeMap<String, f64>) {
    let mut grown: Vec<(f64, &String)> =
        largest.iter().filter_map(|(name, p50)| Some((p50 / smallest.get(name)?, name))).collect();
    grown.sort_by(|one, other| other.0.total_cmp(&one.0));
    let middle = median(grown.iter().map(|(ratio, _)| *ratio).collect());
    println!(
        "\n  from the smallest to the largest: {middle:.2} times as long in the middle (aim: at most 1.3); most:"
    );
    for (ratio, name) in grown.iter().take(TOLD / 6) {
        println!("    {ratio:>6.2}   {name}");
    }
}
