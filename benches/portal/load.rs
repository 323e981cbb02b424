//! The load generators: `wrk` for pages, `pgbench` for SQL.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// What a load generator found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// Requests or scripts a second.
    pub(crate) per_second: f64,
    /// Half of them took at most this long, in milliseconds; `NaN` where it is not told.
    pub(crate) p50_ms: f64,
    /// 99 of 100 took at most this long, in milliseconds; `NaN` where it is not told.
    pub(crate) p99_ms: f64,
}

/// Loads `url` over `connections` for `period`. `script` is Lua for `wrk`.
pub(crate) fn wrk(
    url: &str,
    cookie: &str,
    connections: u32,
    period: Duration,
    script: Option<&Path>,
) -> anyhow::Result<Rate> {
    let mut command = Command::new("wrk");
    command.args(["--latency", "--timeout", "10s", "-t", if connections > 1 { "2" } else { "1" }]);
    command.args(["-c", &connections.to_string(), "-d", &format!("{}s", period.as_secs())]);
    command.args(["-H", &format!("Cookie: {cookie}"), "-H", "Accept-Encoding: br"]);
    if let Some(script) = script {
        command.arg("-s").arg(script);
    }
    let output = command.arg(url).output().context("wrk is needed: apt-get install wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk: {}", String::from_utf8_lossy(&output.stderr));
    ensure!(script.is_some() || !text.contains("Non-2xx"), "pages failed under load: {text}");
    let word = |label: &str| {
        text.lines()
            .map(str::trim)
            .find_map(|line| line.strip_prefix(label))
            .map(str::trim)
            .map(str::to_owned)
    };
    let rate = word("Requests/sec:").context("wrk gave no rate")?.parse()?;
    let milliseconds = |label| word(label).as_deref().and_then(milliseconds).unwrap_or(f64::NAN);
    Ok(Rate { per_second: rate, p50_ms: milliseconds("50%"), p99_ms: milliseconds("99%") })
}

/// `1.23ms`, `450.00us` or `2.01s` in milliseconds.
fn milliseconds(text: &str) -> Option<f64> {
    let split = text.find(|c: char| c.is_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().ok()?;
    match unit {
        "us" => Some(number / 1000.0),
        "ms" => Some(number),
        "s" => Some(number * 1000.0),
        _ => None,
    }
}

/// Runs `script` over `connections` for `period`, each statement prepared once.
pub(crate) fn pgbench(
    program: &Path,
    database_url: &str,
    script: &Path,
    connections: u32,
    period: Duration,
) -> anyhow::Result<Rate> {
    let output = Command::new(program)
        .args(["-n", "-M", "prepared", "-j", if connections > 1 { "2" } else { "1" }])
        .args(["-c", &connections.to_string(), "-T", &period.as_secs().to_string()])
        .arg("-f")
        .arg(script)
        .arg(database_url)
        .output()
        .context("pgbench is needed: it comes with the PostgreSQL server or client package")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("pgbench gave no rate: {text}"))?
        .parse()?;
    Ok(Rate { per_second: rate, p50_ms: f64::NAN, p99_ms: f64::NAN })
}
