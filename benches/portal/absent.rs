//! How long it takes to say that there is no such thing: for what is another company's beside what nobody has. Whoever
//! can tell the two apart learns what others have.
//!
//! Each address is asked for beside two that nobody has, round by round and each time in another order, so that neither the
//! machine's moods nor who is asked first count for one of them. What is compared is all of the times, not their middle: how
//! often another company's takes longer than nobody's, which is one time in two where they can't be told apart. The two of
//! nobody say what that number is worth.

use std::time::Instant;

use anyhow::ensure;
use fleet::testing;

use crate::portal::Portal;
use crate::world::World;
use crate::{median, quantile};

/// Rounds that count, and those before them, which warm up.
const ROUNDS: usize = 2_000;
const WARMING: usize = 50;

pub(crate) fn measure(world: &World, portal: &Portal) -> anyhow::Result<()> {
    println!(
        "\nnot found, another company's beside nobody's:   p50 ms              p90 ms        takes longer (aim: 50 %)   of two nobody's"
    );
    for (what, asked) in addresses(world)? {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for round in 0..WARMING + ROUNDS {
            for turn in 0..asked.len() {
                // Each begins a round as often as the others, and follows each of them as often.
                let step = if round % 2 == 0 { turn } else { asked.len() - turn };
                let place = (round / 2 + step) % asked.len();
                let taken = time(portal, &asked[place])?;
                if round >= WARMING {
                    times[place].push(taken);
                }
            }
        }
        let [others, nobodys, control] = times;
        let margin = margin(ROUNDS);
        println!(
            "  {what:<40} {:>9.3} {:>9.3} {:>9.3} {:>9.3} {:>9.1} % +- {margin:.1} {:>15.1} %",
            median(others.clone()),
            median(nobodys.clone()),
            quantile(others.clone(), 0.9),
            quantile(nobodys.clone(), 0.9),
            longer(&others, &nobodys),
            longer(&control, &nobodys),
        );
    }
    Ok(())
}

/// Of all pairs of one of each, in how many percent the first takes longer.
fn longer(times: &[f64], beside: &[f64]) -> f64 {
    let mut sorted = beside.to_vec();
    sorted.sort_by(f64::total_cmp);
    let shorter: usize = times.iter().map(|time| sorted.partition_point(|other| other < time)).sum();
    100.0 * count(shorter) / (count(times.len()) * count(beside.len()))
}

/// How far from 50 % chance alone leads, 997 times of 1,000, if `rounds` of each are compared (the rank test of Mann and
/// Whitney): in percent.
fn margin(rounds: usize) -> f64 {
    let rounds = count(rounds);
    3.0 * 100.0 * ((2.0 * rounds + 1.0) / (12.0 * rounds * rounds)).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "some millions at most")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Pages of a thing of the other company, and of two that nobody has.
fn addresses(world: &World) -> anyhow::Result<Vec<(&'static str, [String; 3])>> {
    let conn = &mut world.connect()?;
    let mut number = |sql: &str| testing::number(conn, &format!("SELECT (SELECT {sql}) AS number"));
    let other = number("max(id) FROM companies")?;
    let iccid = number(&format!("max(iccid)::bigint FROM sims WHERE company_id = {other}"))?;
    let offer = number(&format!("max(id) FROM offers WHERE company_id = {other}"))?;
    let member = number(&format!("max(user_id) FROM memberships WHERE company_id = {other}"))?;
    // As long as the real one, and beyond all that there are.
    let three = |id: i64, beyond: i64, path: fn(i64) -> String| [id, id + beyond, id + 2 * beyond].map(path);
    Ok(vec![
        ("a SIM", three(iccid, 4_000_000_000, |id| format!("/sims/{id}"))),
        ("a SIM to edit", three(iccid, 4_000_000_000, |id| format!("/sims/{id}/edit"))),
        ("an offer", three(offer, 1_000, |id| format!("/administration/offers/{id}/edit"))),
        ("a user", three(member, 1_000, |id| format!("/administration/users/{id}/edit"))),
    ])
}

/// In milliseconds.
fn time(portal: &Portal, path: &str) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let status = portal.status(path)?;
    let taken = begun.elapsed().as_secs_f64() * 1000.0;
    ensure!(status == 404, "{status} for {path}");
    Ok(taken)
}
