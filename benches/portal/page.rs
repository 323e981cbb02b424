//! The grid page (50 rows, a company of 100,000 SIMs) beside the same SQL in `pgbench`.

use std::path::PathBuf;

use crate::load::{self, Rate};
use crate::portal::Portal;
use crate::world::World;
use crate::{Effort, median, statements};

const PATH: &str = "/fleet";
/// Connections, and the least share of the SQL's rate that is aimed at.
const AIMS: [(u32, f64); 3] = [(1, 0.5), (16, 0.35), (64, 0.5)];

pub(crate) fn measure(world: &World, portal: &Portal, effort: Effort) -> anyhow::Result<()> {
    let script = statements::script_of(world, PATH)?;
    let pgbench = PathBuf::from("pgbench");
    let url = format!("{}{PATH}", portal.address);
    load::wrk(&url, &portal.cookie, 16, effort.period, None)?; // warms both up
    println!("\ngrid page, 50 of 100,000 SIMs        pages/s   p50 ms   p99 ms    SQL/s   ratio    aim");
    for (connections, aim) in AIMS {
        let mut pages = Vec::new();
        let mut plain = Vec::new();
        for _ in 0..effort.rounds {
            pages.push(load::wrk(&url, &portal.cookie, connections, effort.period, None)?);
            plain.push(load::pgbench(&pgbench, &world.url, &script, connections, effort.period)?);
        }
        let of = |rates: &[Rate], read: fn(&Rate) -> f64| median(rates.iter().map(read).collect());
        let (rate, sql) = (of(&pages, |rate| rate.per_second), of(&plain, |rate| rate.per_second));
        println!(
            "  {connections:>3} connections                    {rate:>8.0} {:>8.2} {:>8.2} {sql:>8.0} {:>7.2} {aim:>6.2}",
            of(&pages, |rate| rate.p50_ms),
            of(&pages, |rate| rate.p99_ms),
            rate / sql,
        );
    }
    Ok(())
}
