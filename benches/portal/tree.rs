//! The grid over a whole tree of accounts beside that of one company with as many SIMs: the first page and a far one, and
//! counts.
//!
//! `SIMYARD_BENCH_ACCOUNTS` (300) says how many accounts the tree has, `SIMYARD_BENCH_TREE_SIMS` (100000) how many SIMs
//! are in all of them.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use fleet::ids::CompanyUid;
use fleet::sims::{self, Grid, GridRequest, SimFilter, SimType, Sort, Start};
use fleet::tenancy::{self, CompanyScope, Role};
use fleet::testing;
use simyard::cluster::{ClusterOptions, PrivateCluster};

use crate::portal::Portal;
use crate::world::{EMAIL, PASSWORD};
use crate::{Effort, median, number};

const PAGES: [(&str, Sort); 12] = [
    ("", Sort::Iccid),
    ("", Sort::Msisdn),
    ("", Sort::Changed),
    ("state=active", Sort::Imsi),
    ("type=mff2", Sort::Iccid),
    ("offer=2&state=suspended", Sort::Changed),
    ("activated_from=2024-06-01", Sort::Activated),
    ("changed_from=2025-02-01&changed_to=2025-02-01", Sort::Iccid),
    ("q=8988211", Sort::Iccid),
    ("q=901701", Sort::Iccid),
    ("q=hamburg", Sort::Iccid),
    ("q=nobody", Sort::Iccid),
];

/// How many SIMs a person lets be counted.
pub(crate) const COUNTED: u16 = 10_000;

/// The main account of the tree and the one company, as the same person enters them.
struct Made {
    cluster: PrivateCluster,
    url: String,
    tree: CompanyScope,
    one: CompanyScope,
}

pub(crate) fn measure(effort: Effort) -> anyhow::Result<()> {
    let accounts: i64 = number("SIMYARD_BENCH_ACCOUNTS", 300)?;
    let sims: i64 = number("SIMYARD_BENCH_TREE_SIMS", 100_000)?;
    let begun = Instant::now();
    let made = Made::build(accounts, sims)?;
    println!(
        "\ntree: {sims} SIMs in {accounts} accounts, made in {:.0} s; beside one company with as many, in ms:",
        begun.elapsed().as_secs_f64()
    );
    println!("  {:<60} {:>8} {:>8} {:>7}", "", "tree", "one", "ratio");
    let mut conn = PgConnection::establish(&made.url)?;
    for (what, sort) in PAGES {
        let request = GridRequest { filter: SimFilter::from_query(what)?, sort, ..GridRequest::default() };
        let named = |page: &str| {
            let what = if what.is_empty() { "all" } else { what };
            format!("{what} by {}, {page}", sort.as_str())
        };
        let first =
            |read: Read, conn: &mut PgConnection| time(effort, || read(conn, &made, &request).map(drop));
        tell(&named("first"), first(in_tree, &mut conn)?, first(in_one, &mut conn)?);
        let far = |read: Read, conn: &mut PgConnection| {
            let Some(start) = far(conn, &made, &request, read)? else { return Ok(f64::NAN) };
            let request = GridRequest { start, ..request.clone() };
            time(effort, || read(conn, &made, &request).map(drop))
        };
        tell(&named("far"), far(in_tree, &mut conn)?, far(in_one, &mut conn)?);
        let filter = &request.filter;
        let tree = time(effort, || {
            tenancy::within(&mut conn, &made.tree, |conn| {
                let tree = tenancy::tree(conn, &made.tree, &[])?;
                sims::count_tree_up_to(conn, &tree, filter, COUNTED).map(drop)
            })
        })?;
        let one = time(effort, || {
            tenancy::within(&mut conn, &made.one, |conn| {
                sims::count_up_to(conn, &made.one, filter, COUNTED).map(drop)
            })
        })?;
        tell(&named("counted"), tree, one);
    }
    let tree = made.served(effort, made.tree.company_uid(), "/fleet?tree=1")?;
    let one = made.served(effort, made.one.company_uid(), "/fleet")?;
    tell("all by iccid, first, as a browser gets it", tree, one);
    made.cluster.stop();
    Ok(())
}

fn tell(what: &str, tree: f64, one: f64) {
    println!("  {what:<60} {tree:>8.2} {one:>8.2} {:>7.1}", tree / one);
}

type Read = fn(&mut PgConnection, &Made, &GridRequest) -> fleet::Result<Grid>;

/// A page of the tree, whose accounts each request reads.
fn in_tree(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> fleet::Result<Grid> {
    tenancy::within(conn, &made.tree, |conn| {
        let tree = tenancy::tree(conn, &made.tree, &[])?;
        sims::tree_grid(conn, &tree, request)
    })
}

fn in_one(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> fleet::Result<Grid> {
    tenancy::within(conn, &made.one, |conn| sims::grid(conn, &made.one, request))
}

/// The start of a page after some long ones.
fn far(
    conn: &mut PgConnection,
    made: &Made,
    request: &GridRequest,
    read: Read,
) -> anyhow::Result<Option<Start>> {
    let mut long = GridRequest { size: 250, ..request.clone() };
    for _ in 0..8 {
        let Some(next) = read(conn, made, &long)?.next else { return Ok(None) };
        long.start = Start::After(next);
    }
    Ok(Some(long.start))
}

/// How long it takes in the middle, in milliseconds.
fn time<E: Into<anyhow::Error>>(
    effort: Effort,
    mut work: impl FnMut() -> Result<(), E>,
) -> anyhow::Result<f64> {
    // PostgreSQL keeps a plan after the fifth time, where one serves all values.
    for _ in 0..6 {
        work().map_err(Into::into)?;
    }
    let mut times = Vec::new();
    for _ in 0..effort.rounds.max(5) {
        let begun = Instant::now();
        work().map_err(Into::into)?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(times))
}

impl Made {
    fn build(accounts: i64, sims: i64) -> anyhow::Result<Self> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-tree");
        if directory.exists() {
            std::fs::remove_dir_all(&directory).context("the cluster of an earlier run")?;
        }
        let cluster = PrivateCluster::start(&ClusterOptions::durable(&directory))?;
        let url = cluster.ensure_database("bench")?;
        let mut conn = PgConnection::establish(&url)?;
        fleet::db::migrate(&mut conn)?;
        let (one, one_uid) = testing::company(&mut conn, None, "Bench One")?;
        let (main, main_uid) = testing::company(&mut conn, None, "Bench Main")?;
        for place in 1..accounts {
            testing::company(&mut conn, Some(main), &format!("Bench Account {place}"))?;
        }
        for offer in ["Standard", "Large"] {
            testing::offer(&mut conn, main, offer, SimType::ALL)?;
        }
        let user = testing::person(&mut conn, EMAIL, &bcrypt::hash(PASSWORD, 12)?)?;
        let fill = include_str!("tree.sql")
            .replace("{user}", &user.to_string())
            .replace("{one}", &one.to_string())
            .replace("{main}", &main.to_string())
            .replace("{accounts}", &accounts.to_string())
            .replace("{sims}", &sims.to_string());
        testing::member(&mut conn, user, one, Role::Administrator)?;
        conn.batch_execute(&fill)?;
        conn.batch_execute("VACUUM ANALYZE")?;
        conn.batch_execute("CHECKPOINT")?;
        let tree = testing::scope(&mut conn, user, main_uid)?;
        let one = testing::scope(&mut conn, user, one_uid)?;
        Ok(Self { cluster, url, tree, one })
    }

    /// A page as a browser gets it, with this company in focus.
    fn served(&self, effort: Effort, focus: CompanyUid, path: &str) -> anyhow::Result<f64> {
        PgConnection::establish(&self.url)?.batch_execute(&format!(
            "UPDATE memberships SET last_focused_at = now() \
             WHERE company_id = (SELECT id FROM companies WHERE uid = '{focus}')"
        ))?;
        let portal = Portal::start(&self.url)?;
        time(effort, || portal.get(path, "text/html").map(drop))
    }
}
