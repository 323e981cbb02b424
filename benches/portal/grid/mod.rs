//! The grid's pages and counts, by every filter that is offered and every two of them, in every order, and by every three kinds
//! of them: on few SIMs, on many, and on very many.
//!
//! `SIMYARD_BENCH_SIMS` (10000,1000000,10000000) says how many SIMs there are; `SIMYARD_BENCH_FILTERS` (2) how many
//! filters are put together at most. With `SIMYARD_BENCH_KEEP` set, the databases stay for the next run.

mod beside;
mod counts;
mod made;
mod pages;

use std::collections::BTreeMap;
use std::time::Instant;

use diesel::{Connection as _, PgConnection};
use fleet::sims::{self, Grid, GridRequest};
use fleet::tenancy;

use self::made::Made;
use crate::portal::Portal;
use crate::{Effort, median, number, quantile};

/// How many of the slowest are told.
const TOLD: usize = 60;

pub(crate) fn measure(effort: Effort) -> anyhow::Result<()> {
    let sizes = std::env::var("SIMYARD_BENCH_SIMS").unwrap_or_else(|_| "10000,1000000,10000000".to_owned());
    let most: usize = number("SIMYARD_BENCH_FILTERS", 2)?;
    let (mut pages, mut counts) = (Vec::new(), Vec::new());
    for size in sizes.split(',') {
        let sims: i64 = size.trim().parse()?;
        let begun = Instant::now();
        let made = Made::build(sims)?;
        println!("\ngrid: {sims} SIMs, made in {:.0} s", begun.elapsed().as_secs_f64());
        let mut conn = PgConnection::establish(&made.url)?;
        let portal = Portal::start(&made.url)?;
        let asking = Asking { made: &made, portal: &portal, most, rounds: effort.rounds };
        pages.push(pages::measure(&mut conn, asking)?);
        counts.push(counts::measure(&mut conn, asking)?);
        drop(portal);
        // At the one size that pages are told of; what more or fewer SIMs cost is told by the growth.
        if sims == made::MEASURED {
            beside::measure(&mut conn, &made)?;
        }
        drop(conn);
        made.remove()?;
    }
    growth("pages (aim: at most 1.3)", &pages);
    growth("counts as far as the grid has them", &counts);
    Ok(())
}

/// What is asked, of which database and portal, and how often.
#[derive(Clone, Copy)]
struct Asking<'a> {
    made: &'a Made,
    portal: &'a Portal,
    /// How many filters are put together at most.
    most: usize,
    rounds: usize,
}

impl Asking<'_> {
    /// All filters that are asked for on every page and in every order.
    fn filters(&self) -> Vec<String> {
        combinations(&parts(self.made), self.most)
    }

    /// Those of which the first page is asked for besides, unless they are among the others, or single ones are wanted.
    fn threes(&self) -> Vec<String> {
        if self.most == 2 { threes(&parts(self.made)) } else { Vec::new() }
    }
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
        query(&[
            "q=8988211",
            "q=901701",
            "q=8832000001",
            // All EIDs and all IMEIs, and a few EIDs.
            "q=89049032",
            "q=35000",
            "q=89049032000000000000000001",
            "q=meter",
            "q=hamburg",
            "q=las",
            "q=zzz",
        ]),
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

/// Filters of every three different kinds, once each: of each kind, its values in turn.
fn threes(parts: &[Vec<String>]) -> Vec<String> {
    let mut turns: Vec<_> = parts.iter().map(|values| values.iter().cycle()).collect();
    let kinds = parts.len();
    let mut all = Vec::new();
    for first in 0..kinds {
        for second in first + 1..kinds {
            for third in second + 1..kinds {
                let next = |kind: usize| turns[kind].next().map(String::as_str);
                all.push([first, second, third].into_iter().filter_map(next).collect::<Vec<_>>().join("&"));
            }
        }
    }
    all
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

/// How long `work` takes, each of some times, in milliseconds.
fn timed<T>(rounds: usize, mut work: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<Vec<f64>> {
    let round = |_| {
        let begun = Instant::now();
        work()?;
        Ok(begun.elapsed().as_secs_f64() * 1000.0)
    };
    (0..rounds).map(round).collect()
}

/// The middle one, the 99th of a hundred, and the worst of some times.
fn in_numbers(times: &[f64]) -> String {
    let [p50, p99, worst] = [0.5, 0.99, 1.0].map(|share| quantile(times.to_vec(), share));
    format!("p50 {p50:.2}, p99 {p99:.2}, worst {worst:.2} ms")
}

/// How many times as long each takes among the most SIMs as among the fewest, where there were several sizes.
fn growth(of: &str, by_size: &[BTreeMap<String, f64>]) {
    let [smallest, .., largest] = by_size else { return };
    let mut grown: Vec<(f64, &String)> =
        largest.iter().filter_map(|(name, p50)| Some((p50 / smallest.get(name)?, name))).collect();
    grown.sort_by(|one, other| other.0.total_cmp(&one.0));
    let middle = median(grown.iter().map(|(ratio, _)| *ratio).collect());
    println!(
        "\n  {of}, from the smallest to the largest: {middle:.2} times as long in the middle, {:.2} in one of a hundred; most:",
        quantile(grown.iter().map(|(ratio, _)| *ratio).collect(), 0.99)
    );
    for (ratio, name) in grown.iter().take(TOLD / 6) {
        println!("    {ratio:>6.2}   {name}");
    }
}
