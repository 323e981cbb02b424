//! Two hundred open Operations pages, each asking again every two seconds, and the grid meanwhile.

use std::path::PathBuf;
use std::thread;

use crate::portal::Portal;
use crate::{Effort, load, median};

const PAGES: u32 = 200;

/// Each connection is one open page: `templates/operations/index.html` asks every two seconds.
const POLLING: &str = r#"
function delay() return math.random(1500, 2500) end
request = function()
  return wrk.format("GET", "/operations", { ["Cookie"] = cookie, ["HX-Request"] = "true", ["HX-Trigger"] = "poll-operations" })
end
"#;

pub(crate) fn measure(portal: &Portal, effort: Effort) -> anyhow::Result<()> {
    let script = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("polling.lua");
    std::fs::write(&script, format!("cookie = \"{}\"\n{POLLING}", portal.cookie))?;
    let grid = format!("{}/fleet", portal.address);
    let list = format!("{}/operations", portal.address);
    let (mut quiet, mut watched, mut polls) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        quiet.push(load::wrk(&grid, &portal.cookie, 4, effort.period, None)?);
        let (page, poll) = thread::scope(|scope| {
            let pages = scope.spawn(|| load::wrk(&list, "", PAGES, effort.period, Some(&script)));
            let page = load::wrk(&grid, &portal.cookie, 4, effort.period, None);
            (page, pages.join())
        });
        watched.push(page?);
        polls.push(poll.map_err(|_| anyhow::anyhow!("the polling broke off"))??.per_second);
    }
    let of = |rates: &[load::Rate], read: fn(&load::Rate) -> f64| median(rates.iter().map(read).collect());
    println!("\n{PAGES} open Operations pages ({:.0} polls/s)", median(polls));
    println!(
        "  grid: {:.0} pages/s and p99 {:.2} ms without them, {:.0} pages/s and p99 {:.2} ms with them: {:.2} of the rate, {:.2} times the p99",
        of(&quiet, |rate| rate.per_second),
        of(&quiet, |rate| rate.p99_ms),
        of(&watched, |rate| rate.per_second),
        of(&watched, |rate| rate.p99_ms),
        of(&watched, |rate| rate.per_second) / of(&quiet, |rate| rate.per_second),
        of(&watched, |rate| rate.p99_ms) / of(&quiet, |rate| rate.p99_ms),
    );
    Ok(())
}
