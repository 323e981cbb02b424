//! What it costs that the database keeps companies apart by itself: the rows of the grid's pages in the transaction of a
//! request, which is under row-level security, beside the same without; and what that is of a page as a browser gets it.

use std::time::Instant;

use diesel::{Connection as _, PgConnection};
use fleet::sims::{self, GridRequest, SimFilter, Sort};
use fleet::tenancy::{self, CompanyScope};
use fleet::testing;

use crate::portal::Portal;
use crate::world::World;
use crate::{Effort, median};

/// The most that it is to cost, as a share of the time of a page.
const AIM: f64 = 0.10;
/// Pages that are read in turn, so that a busy moment of the machine concerns both ways.
const IN_TURN: u32 = 20;

const PAGES: [(&str, Sort); 6] = [
    ("", Sort::Iccid),
    ("", Sort::Msisdn),
    ("", Sort::Changed),
    ("state=active", Sort::Activated),
    ("state=inventory&state=suspended", Sort::Imsi),
    ("q=8988", Sort::Iccid),
];

/// How the page is read.
type Way = fn(&mut PgConnection, &CompanyScope, &GridRequest) -> fleet::Result<()>;

const WAYS: [Way; 3] = [
    |conn, scope, request| sims::grid(conn, scope, request).map(drop),
    |conn, scope, request| conn.transaction(|conn| sims::grid(conn, scope, request).map(drop)),
    |conn, scope, request| tenancy::within(conn, scope, |conn| sims::grid(conn, scope, request).map(drop)),
];

pub(crate) fn measure(world: &World, portal: &Portal, effort: Effort) -> anyhow::Result<()> {
    // One each: a plan is made anew whenever the role changes.
    let mut conns = [world.connect()?, world.connect()?, world.connect()?];
    let scope = testing::scope(&mut conns[0], world.user, world.company)?;
    println!(
        "\ncompanies kept apart by the database    no transaction   one, open   one, closed      page   share of it (aim: at most {AIM:.2})",
    );
    for (query, sort) in PAGES {
        let request = GridRequest { filter: SimFilter::from_query(query)?, sort, ..GridRequest::default() };
        let address = format!("/fleet?{query}&sort={}", sort.as_str());
        let mut times = [const { Vec::new() }; WAYS.len()];
        let mut pages = Vec::new();
        let begun = Instant::now();
        while begun.elapsed() < effort.period {
            for ((way, conn), times) in WAYS.iter().zip(&mut conns).zip(&mut times) {
                let begun = Instant::now();
                for _ in 0..IN_TURN {
                    way(conn, &scope, &request)?;
                }
                times.push(in_turn(begun));
            }
            let begun = Instant::now();
            for _ in 0..IN_TURN {
                portal.get(&address, "text/html")?;
            }
            pages.push(in_turn(begun));
        }
        let [bare, open, closed] = times.map(median);
        let named = format!("{} by {}", if query.is_empty() { "all" } else { query }, sort.as_str());
        let page = median(pages);
        println!(
            "  {named:<38} {bare:>12.3} ms {open:>8.3} ms {closed:>10.3} ms {page:>6.2} ms {:>7.2}",
            // Without a transaction no plan is forced, which may take longer than to begin one: beside the faster.
            (closed - bare.min(open)) / page
        );
    }
    Ok(())
}

/// How long one page took, of those that were read in turn since `begun`.
fn in_turn(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(IN_TURN)
}
