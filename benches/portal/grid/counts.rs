//! How many SIMs match: as far as the grid has them counted, and to the last one.

use std::collections::BTreeMap;

use diesel::PgConnection;
use fleet::sims::{self, SimFilter};
use fleet::tenancy;

use super::made::Made;
use super::{Asking, in_numbers, named, timed};
use crate::median;

/// How many of the slowest are told.
const TOLD: usize = 5;

/// Says how long counts take, and gives the middle of each that the grid asks for by its filter's name.
pub(super) fn measure(conn: &mut PgConnection, asking: Asking<'_>) -> anyhow::Result<BTreeMap<String, f64>> {
    let Asking { made, portal, rounds, .. } = asking;
    let (mut shown, mut whole) = (Vec::new(), Vec::new());
    for what in asking.filters().into_iter().chain(asking.threes()) {
        let filter = SimFilter::from_query(&what)?;
        let address = format!("/fleet/selection/count?{what}");
        shown.push((what.clone(), timed(rounds, || portal.get(&address, "application/json"))?));
        let mut count =
            || Ok(tenancy::within(conn, &made.scope, |conn| sims::count(conn, &made.scope, &filter))?);
        whole.push((what, timed(rounds, &mut count)?));
    }
    tell("as far as the grid has them counted", made, &mut shown);
    tell("to the last one", made, &mut whole);
    Ok(shown.into_iter().map(|(what, times)| (named(made, &what), median(times))).collect())
}

fn tell(how: &str, made: &Made, all: &mut [(String, Vec<f64>)]) {
    let times: Vec<f64> = all.iter().flat_map(|(_, times)| times.iter().copied()).collect();
    println!("  {} counts, {how}: {}", all.len(), in_numbers(&times));
    all.sort_by(|(_, one), (_, other)| median(other.clone()).total_cmp(&median(one.clone())));
    for (what, times) in all.iter().take(TOLD) {
        println!("    {:>8.2} ms   {}", median(times.clone()), named(made, what));
    }
}
