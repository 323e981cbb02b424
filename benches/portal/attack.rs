//! The grid page while somebody guesses passwords over eight connections.

use std::path::PathBuf;
use std::thread;

use crate::load;
use crate::portal::Portal;
use crate::{Effort, median};

const PATH: &str = "/fleet";

/// Each request guesses for another address, so that the limit per person does not answer for the hashing.
const GUESSES: &str = r#"
local n = 0
request = function()
  n = n + 1
  local body = "_csrf=" .. token .. "&email=guess" .. n .. "%40bench.example&password=wrong-" .. n
  return wrk.format("POST", "/sign-in", {
    ["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = "simyard_form=" .. token }, body)
end
"#;

pub(crate) fn measure(portal: &Portal, effort: Effort) -> anyhow::Result<()> {
    let token = "0123456789abcdefghijklmnopqrstuvwxyz0123456789";
    let script = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guesses.lua");
    std::fs::write(&script, format!("token = \"{token}\"\n{GUESSES}"))?;
    let url = format!("{}{PATH}", portal.address);
    let (mut quiet, mut attacked, mut guesses) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        quiet.push(load::wrk(&url, &portal.cookie, 4, effort.period, None)?.p99_ms);
        let sign_in = format!("{}/sign-in", portal.address);
        let (page, guess) = thread::scope(|scope| {
            let attack = scope.spawn(|| load::wrk(&sign_in, "", 8, effort.period, Some(&script)));
            let page = load::wrk(&url, &portal.cookie, 4, effort.period, None);
            (page, attack.join())
        });
        attacked.push(page?.p99_ms);
        guesses.push(guess.map_err(|_| anyhow::anyhow!("the attack broke off"))??.per_second);
    }
    let (quiet, attacked) = (median(quiet), median(attacked));
    println!("\nsign-in under attack (8 connections, {:.0} guesses/s answered)", median(guesses));
    println!(
        "  grid page p99: {quiet:.2} ms alone, {attacked:.2} ms attacked: {:.2} times (aim: at most 3)",
        attacked / quiet
    );
    Ok(())
}
