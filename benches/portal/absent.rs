//! How long it takes to say that there is no such thing: for what is another company's beside what nobody has. Whoever
//! can tell the two apart learns what others have.

use std::time::Instant;

use anyhow::ensure;
use fleet::testing;

use crate::portal::Portal;
use crate::world::World;
use crate::{median, quantile};

/// How often each address is asked for, turn by turn.
const TIMES: usize = 500;

pub(crate) fn measure(world: &World, portal: &Portal) -> anyhow::Result<()> {
    println!(
        "\nnot found, another company's beside nobody's:   p50 ms              p90 ms        ratio of p50 (aim: 1)"
    );
    for (what, foreign, nobodys) in addresses(world)? {
        let (mut of_others, mut of_nobody) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            of_others.push(time(portal, &foreign)?);
            of_nobody.push(time(portal, &nobodys)?);
        }
        let (there, not) = (median(of_others.clone()), median(of_nobody.clone()));
        println!(
            "  {what:<40} {there:>9.3} {not:>9.3} {:>9.3} {:>9.3} {:>9.3}",
            quantile(of_others, 0.9),
            quantile(of_nobody, 0.9),
            there / not,
        );
    }
    Ok(())
}

/// Pages of things of the other company, and of none.
fn addresses(world: &World) -> anyhow::Result<Vec<(&'static str, String, String)>> {
    let conn = &mut world.connect()?;
    let mut number = |sql: &str| testing::number(conn, &format!("SELECT (SELECT {sql}) AS number"));
    let other = number("max(id) FROM companies")?;
    let iccid = number(&format!("max(iccid)::bigint FROM sims WHERE company_id = {other}"))?;
    let offer = number(&format!("max(id) FROM offers WHERE company_id = {other}"))?;
    let member = number(&format!("max(user_id) FROM memberships WHERE company_id = {other}"))?;
    // As long as the real one, and beyond all that there are.
    let nobodys = iccid + 5_000_000_000;
    Ok(vec![
        ("a SIM", format!("/sims/{iccid}"), format!("/sims/{nobodys}")),
        ("a SIM to edit", format!("/sims/{iccid}/edit"), format!("/sims/{nobodys}/edit")),
        (
            "an offer",
            format!("/administration/offers/{offer}/edit"),
            format!("/administration/offers/{}/edit", offer + 1_000),
        ),
        (
            "a user",
            format!("/administration/users/{member}/edit"),
            format!("/administration/users/{}/edit", member + 1_000),
        ),
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
