//! Which SQL a page really runs, read from the server's own log: what it is measured against can't
//! fall behind the code.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use diesel::connection::SimpleConnection as _;

use crate::portal::Portal;
use crate::world::World;

/// Writes a `pgbench` script of the statements that a view of `path` runs, with their values.
pub(crate) fn script_of(world: &World, path: &str) -> anyhow::Result<PathBuf> {
    let mut admin = world.connect()?;
    admin.batch_execute("ALTER DATABASE bench SET log_min_duration_statement = 0")?;
    // Connections read the setting when they begin: a portal of its own, and a first view that
    // prepares what the second one shows in its settled form.
    let portal = Portal::start(&world.url)?;
    portal.get(path, "text/html")?;
    let log = world.cluster.directory().join("server.log");
    let begin = fs::metadata(&log).with_context(|| format!("the server's log {}", log.display()))?.len();
    portal.get(path, "text/html")?;
    drop(portal);
    admin.batch_execute("ALTER DATABASE bench RESET log_min_duration_statement")?;
    script(&log, begin, "page")
}

/// Writes a `pgbench` script of the statements that `log` tells of from a byte on.
pub(crate) fn script(log: &Path, begin: u64, name: &str) -> anyhow::Result<PathBuf> {
    let mut file = fs::File::open(log)?;
    file.seek(SeekFrom::Start(begin))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let statements = parse(&text);
    ensure!(statements.iter().any(|sql| sql.contains("\"sims\"")), "the log shows no query of SIMs: {text}");
    let mut script = String::new();
    for statement in &statements {
        writeln!(script, "{statement};")?;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pgbench.sql"));
    fs::write(&file, script)?;
    Ok(file)
}

/// The statements of the portal's pooled connections, values put in place of `$1`, `$2` ...
fn parse(log: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        // Entries begin with a date; other lines continue the one before.
        if line.starts_with("20") {
            entries.push(line.to_owned());
        } else if let Some(last) = entries.last_mut() {
            last.push(' ');
            last.push_str(line.trim());
        }
    }
    for entry in entries {
        if let Some((_, sql)) = entry.split_once(" execute ").and_then(|(_, rest)| rest.split_once(": ")) {
            statements.push(sql.to_owned());
        } else if let Some((_, values)) = entry.split_once("DETAIL:  parameters: ")
            && let Some(sql) = statements.last_mut()
        {
            *sql = with_values(sql, values);
        }
    }
    // What the worker's and the pool's own housekeeping asks is not the page's.
    let housekeeping = ["SKIP LOCKED", "\"steps\"", "LISTEN", "SELECT 1"];
    statements.retain(|sql| !housekeeping.iter().any(|words| sql.contains(words)));
    statements
}

fn with_values(sql: &str, values: &str) -> String {
    let mut pairs: Vec<(&str, &str)> =
        values.split(", $").filter_map(|pair| pair.trim_start_matches('$').split_once(" = ")).collect();
    // $12 before $1.
    pairs.sort_by_key(|(number, _)| std::cmp::Reverse(number.len()));
    pairs.into_iter().fold(sql.to_owned(), |sql, (number, value)| sql.replace(&format!("${number}"), value))
}
