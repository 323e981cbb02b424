//! Each filter's first page, in each order, beside the statements that it is made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use fleet::sims::{GridRequest, SimFilter, Sort};

use super::made::Made;
use super::{combinations, named, parts, read};
use crate::{load, median, quantile, statements};

/// For how long each of a page's two rates is measured: there are many.
const PERIOD: Duration = Duration::from_secs(1);

/// How many of those that take longest beside plain SQL are told.
const TOLD: usize = 10;

pub(super) fn measure(conn: &mut PgConnection, made: &Made) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for what in combinations(&parts(made), 1) {
        let filter = SimFilter::from_query(&what)?;
        for sort in Sort::ALL {
            let request = GridRequest { filter: filter.clone(), sort, ..GridRequest::default() };
            if sort != Sort::Iccid && !read(conn, made, &request)?.sorts.contains(&sort) {
                continue;
            }
            let script = script(conn, made, &request)?;
            let plain = load::pgbench(Path::new("pgbench"), &made.url, &script, 1, PERIOD)?.per_second;
            let rate = rate(conn, made, &request)?;
            all.push((rate / plain, format!("{} by {}", named(made, &what), sort.as_str()), rate, plain));
        }
    }
    all.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let ratios = || all.iter().map(|(ratio, ..)| *ratio).collect();
    println!(
        "  {} first pages a second, over one connection, beside the same SQL in pgbench: ratio {:.2} in the middle, {:.2} in one of ten; least:",
        all.len(),
        median(ratios()),
        quantile(ratios(), 0.1)
    );
    for (ratio, name, rate, plain) in all.iter().take(TOLD) {
        println!("    {ratio:>6.2}   {rate:>6.0} pages, {plain:>6.0} of SQL   {name}");
    }
    Ok(())
}

/// Pages a second.
fn rate(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> anyhow::Result<f64> {
    let (begun, mut pages) = (Instant::now(), 0_u32);
    while begun.elapsed() < PERIOD {
        read(conn, made, request)?;
        pages += 1;
    }
    Ok(f64::from(pages) / begun.elapsed().as_secs_f64())
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
