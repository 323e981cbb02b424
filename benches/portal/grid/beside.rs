//! Each filter's first page and a far one, in each order, and its count, beside the statements that they are made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use fleet::sims::{self, GridRequest, SimFilter, Sort};
use fleet::tenancy;

use super::made::Made;
use super::{combinations, named, pages, parts, read};
use crate::tree::COUNTED;
use crate::{load, median, quantile, statements};

/// For how long each of two rates is measured: there are many.
const PERIOD: Duration = Duration::from_secs(1);

/// How many of those that take longest beside plain SQL are told.
const TOLD: usize = 10;

/// What is asked again and again.
type Asked<'a> = &'a dyn Fn(&mut PgConnection) -> fleet::Result<()>;

/// How often it is answered in a second, and how often its statements are.
struct Beside {
    name: String,
    rate: f64,
    plain: f64,
    p50_ms: f64,
    p99_ms: f64,
}

pub(super) fn measure(conn: &mut PgConnection, made: &Made) -> anyhow::Result<()> {
    let (mut first, mut far, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for what in combinations(&parts(made), 1) {
        let filter = SimFilter::from_query(&what)?;
        let what = named(made, &what);
        for sort in Sort::ALL {
            let request = GridRequest { filter: filter.clone(), sort, ..GridRequest::default() };
            if sort != Sort::Iccid && !read(conn, made, &request)?.sorts.contains(&sort) {
                continue;
            }
            let name = format!("{what} by {}", sort.as_str());
            if let Some(request) = pages::deep(conn, made, &request)? {
                far.push(Beside::of(conn, made, &name, &|conn| read(conn, made, &request).map(drop))?);
            }
            first.push(Beside::of(conn, made, &name, &|conn| read(conn, made, &request).map(drop))?);
        }
        let count = |conn: &mut PgConnection| {
            tenancy::within(conn, &made.scope, |conn| {
                sims::count_up_to(conn, &made.scope, &filter, COUNTED).map(drop)
            })
        };
        counts.push(Beside::of(conn, made, &what, &count)?);
    }
    println!("  over one connection, beside the same SQL in pgbench:");
    tell("first pages", first);
    tell("far pages", far);
    tell("counts, as far as the grid has them counted", counts);
    Ok(())
}

impl Beside {
    fn of(conn: &mut PgConnection, made: &Made, name: &str, asked: Asked<'_>) -> anyhow::Result<Self> {
        let script = script(conn, made, asked).with_context(|| format!("the statements of {name}"))?;
        let plain = load::pgbench(Path::new("pgbench"), &made.url, &script, 1, PERIOD)
            .with_context(|| format!("{name} in plain SQL"))?;
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < PERIOD {
            let begun = Instant::now();
            asked(conn)?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(Self {
            name: name.to_owned(),
            #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
            rate: times.len() as f64 / begun.elapsed().as_secs_f64(),
            plain: plain.per_second,
            p50_ms: quantile(times.clone(), 0.5),
            p99_ms: quantile(times, 0.99),
        })
    }

    fn ratio(&self) -> f64 {
        self.rate / self.plain
    }
}

fn tell(what: &str, mut all: Vec<Beside>) {
    all.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    let each = |number: fn(&Beside) -> f64| all.iter().map(number).collect::<Vec<_>>();
    println!(
        "    {} {what}: ratio {:.2} in the middle, {:.2} in one of ten; p50 {:.2} and p99 {:.2} ms in the middle, p99 {:.2} ms at most; least:",
        all.len(),
        median(each(Beside::ratio)),
        quantile(each(Beside::ratio), 0.1),
        median(each(|beside| beside.p50_ms)),
        median(each(|beside| beside.p99_ms)),
        quantile(each(|beside| beside.p99_ms), 1.0)
    );
    for beside in all.iter().take(TOLD) {
        let Beside { name, rate, plain, p50_ms, p99_ms } = beside;
        println!(
            "    {:>6.2}   {rate:>6.0} a second, {plain:>6.0} of SQL   p50 {p50_ms:>7.2}, p99 {p99_ms:>7.2} ms   {name}",
            beside.ratio()
        );
    }
}

/// A `pgbench` script of what is asked, in its settled form.
fn script(conn: &mut PgConnection, made: &Made, asked: Asked<'_>) -> anyhow::Result<PathBuf> {
    asked(conn)?;
    let log = made.cluster.directory().join("server.log");
    let begin = fs::metadata(&log)?.len();
    conn.batch_execute("SET log_min_duration_statement = 0")?;
    asked(conn)?;
    conn.batch_execute("RESET log_min_duration_statement")?;
    statements::script(&log, begin, "grid")
}
