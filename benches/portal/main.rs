//! Measured work: the portal beside the same work in plain SQL, as ratios in one run.
//!
//! `bin/bench` runs all of it; `bin/bench page` (or `apart`, `attack`, `absent`, `live`, `import`, `operations`, `network`, `tree`, `grid`) one part. Everything runs on this machine:
//! load generator, portal and database share its cores, so only the ratios mean something.
//!
//! `SIMYARD_BENCH_SECONDS` sets how long each rate is measured (10; a second for each of the grid's many pages), `SIMYARD_BENCH_ROUNDS` how often (3; the median counts).

mod absent;
mod apart;
mod asking;
mod attack;
mod grid;
mod import;
mod live;
mod load;
mod network;
mod operations;
mod page;
mod portal;
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "it is that of the tests, which look into it and kill it as well"
)]
#[path = "../../tests/it/osmo_hlr/register.rs"]
mod register;
mod statements;
mod tree;
mod world;

use std::time::Duration;

use crate::portal::Portal;
use crate::world::{Size, World};

/// How long and how often each rate is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) period: Duration,
    pub(crate) rounds: usize,
}

fn main() -> anyhow::Result<()> {
    // Cargo passes its own flags; whatever is no flag names a part.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|word| word == part);
    let effort = Effort {
        period: Duration::from_secs(number("SIMYARD_BENCH_SECONDS", 10)?),
        rounds: number("SIMYARD_BENCH_ROUNDS", 3)?,
    };
    if ["page", "apart", "attack", "absent", "live"].into_iter().any(wants) {
        let world = World::build(Size { sims: 100_000, all_in_inventory: false })?;
        let portal = Portal::start(&world.url)?;
        if wants("page") {
            page::measure(&world, &portal, effort)?;
        }
        if wants("apart") {
            apart::measure(&world, &portal, effort)?;
        }
        if wants("attack") {
            attack::measure(&portal, effort)?;
        }
        if wants("absent") {
            absent::measure(&world, &portal)?;
        }
        if wants("live") {
            live::measure(&portal, effort)?;
        }
        println!("\npeak memory of the portal: {:.1} MB (aim: at most 64)", portal.peak_memory_mb()?);
    }
    if wants("import") {
        import::measure()?;
    }
    if wants("operations") {
        operations::measure(effort)?;
    }
    if wants("network") {
        network::measure(effort)?;
    }
    if wants("tree") {
        tree::measure(effort)?;
    }
    if wants("grid") {
        grid::measure(effort)?;
    }
    Ok(())
}

pub(crate) fn number<T: std::str::FromStr>(name: &str, default: T) -> anyhow::Result<T> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| anyhow::anyhow!("{name} is not a number: {text}")),
        Err(_) => Ok(default),
    }
}

/// The middle one of some measurements.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

/// The one that `share` of some measurements do not exceed.
pub(crate) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among them"
    )]
    let place = (values.len() as f64 * share) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
