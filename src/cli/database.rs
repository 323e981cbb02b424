//! Which database a command works on: the one of `DATABASE_URL`, or the private one.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use fleet::console::Console;

use crate::cluster::{ClusterError, ClusterOptions, PrivateCluster};

/// The database in a private cluster.
const NAME: &str = "simyard";
/// How long, in seconds, a host may take to answer before the next one is tried.
const CONNECT_TIMEOUT: u32 = 10;

/// The options of every command that needs the database.
#[derive(Debug, Args)]
pub(super) struct DatabaseOptions {
    /// Directory of the private PostgreSQL, which is used when `DATABASE_URL` is not set
    #[arg(long, value_name = "DIR", env = "SIMYARD_DATA_DIR", default_value = "var/postgres")]
    data_dir: PathBuf,
}

/// The database of this command; dropping it stops a private server that was started for it.
pub(super) struct Database {
    url: String,
    cluster: Option<PrivateCluster>,
}

impl DatabaseOptions {
    /// Whether a database was given, so that the private one is not used.
    pub(super) fn is_given() -> bool {
        given_url().is_some()
    }

    /// Does `work` on the database, after bringing its schema up to date. `keep_running` is for a command that stays:
    /// it starts a private server again that has ended.
    pub(super) fn run<T>(
        &self,
        keep_running: bool,
        work: impl FnOnce(&Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let database = match given_url() {
            Some(url) => Database { url: with_timeout(&url), cluster: None },
            None => self.open_private(keep_running)?,
        };
        let work = |()| {
            if keep_running && !database.is_private() {
                database.warn_if_in_clear()?;
            }
            work(&database)
        };
        database.migrate().and_then(work).map_err(|error| database.explain(error))
    }

    fn open_private(&self, keep_running: bool) -> anyhow::Result<Database> {
        let cluster = PrivateCluster::start(&ClusterOptions::durable(&self.data_dir).restart(keep_running))?;
        if let Some(asked) = cluster.moved_from() {
            eprintln!(
                "The database lies in {}, because the user that PostgreSQL runs as cannot reach {}.",
                cluster.directory().display(),
                asked.display()
            );
        }
        let url = cluster.ensure_database(NAME)?;
        Ok(Database { url, cluster: Some(cluster) })
    }
}

impl Database {
    fn migrate(&self) -> anyhow::Result<()> {
        let mut console = self.connect()?;
        fleet::db::migrate(&mut console).context("cannot bring the database up to date")
    }

    /// Says what whoever is between this machine and the database's could read, or change.
    fn warn_if_in_clear(&self) -> anyhow::Result<()> {
        let mode = env::var("PGSSLMODE").unwrap_or_default();
        if !insists_on_tls(&self.url, &mode) && fleet::db::is_elsewhere(&mut *self.connect()?)? {
            eprintln!(
                "The database of DATABASE_URL is on another machine, and nothing says that it is spoken to by TLS alone: \
                 add sslmode=verify-full, or sslmode=require, to the URL."
            );
        }
        Ok(())
    }

    /// A server whose disk is full may end without having said so to anybody: its log knows.
    fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.cluster {
            Some(cluster) if cluster.is_out_of_space() => {
                ClusterError::NoSpace { dir: cluster.directory().to_owned() }.into()
            }
            _ => error,
        }
    }

    /// The libpq URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The directory of the private one.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.cluster.as_ref().map(PrivateCluster::directory)
    }

    /// Whether it is the private one, where alone the demo fleet may be.
    pub(super) fn is_private(&self) -> bool {
        self.cluster.is_some()
    }

    /// A new connection.
    pub(super) fn connect(&self) -> anyhow::Result<Console> {
        #[expect(clippy::disallowed_methods, reason = "this is the command line")]
        match Console::open(&self.url) {
            Ok(console) => Ok(console),
            Err(error) if self.is_private() => Err(error).context("cannot connect to the private PostgreSQL"),
            Err(error) => {
                bail!("cannot connect to the database of DATABASE_URL: {}", without_url(&error, &self.url))
            }
        }
    }
}

fn given_url() -> Option<String> {
    env::var("DATABASE_URL").ok().filter(|url| !url.trim().is_empty())
}

/// Whether libpq refuses a server that speaks no TLS. `mode`: what the environment says, where the URL says nothing.
fn insists_on_tls(url: &str, mode: &str) -> bool {
    const INSISTING: [&str; 3] = ["require", "verify-ca", "verify-full"];
    let said = url.rsplit_once("sslmode").map(|(_, rest)| rest.trim_start_matches([' ', '=', '\'']));
    let said = said.map_or(mode, |rest| rest.split(['&', ' ', '\'']).next().unwrap_or_default());
    INSISTING.contains(&said)
}

/// libpq waits for minutes for a host that does not answer, unless it is told otherwise.
fn with_timeout(url: &str) -> String {
    let is_url = url.starts_with("postgresql://") || url.starts_with("postgres://");
    if !is_url || url.contains("connect_timeout=") {
        return url.to_owned();
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}connect_timeout={CONNECT_TIMEOUT}")
}

/// libpq quotes what it cannot parse, and that may hold the password.
fn without_url(error: &diesel::ConnectionError, url: &str) -> String {
    let message = match error {
        diesel::ConnectionError::BadConnection(message) => message.clone(),
        other => other.to_string(),
    };
    let about_its_form = ["connection info string", "connection option", "URI", "percent-encoded"];
    if message.contains(url) || about_its_form.iter().any(|words| message.contains(words)) {
        return "it is not written as postgresql://user:password@host:port/database".to_owned();
    }
    // Indented lines are hints such as "Is the server running?".
    message.lines().filter(|line| !line.starts_with('\t')).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, PgConnection};

    use super::*;

    #[test]
    fn a_timeout_is_added_where_there_is_none() {
        assert_eq!(with_timeout("postgres://h/d"), "postgres://h/d?connect_timeout=10");
        assert_eq!(
            with_timeout("postgres://h/d?sslmode=require"),
            "postgres://h/d?sslmode=require&connect_timeout=10"
        );
        for unchanged in ["postgres://h/d?connect_timeout=3", "host=h dbname=d"] {
            assert_eq!(with_timeout(unchanged), unchanged);
        }
    }

    #[test]
    fn it_is_known_which_urls_insist_on_tls() {
        for (url, mode) in [
            ("postgres://h/d?sslmode=require", ""),
            ("postgres://h/d?sslmode=verify-full&connect_timeout=10", "disable"),
            ("host=h sslmode = 'verify-ca' dbname=d", ""),
            ("postgres://h/d", "require"),
        ] {
            assert!(insists_on_tls(url, mode), "{url}");
        }
        for (url, mode) in [
            ("postgres://h/d", ""),
            ("postgres://h/d?sslmode=prefer", "require"),
            ("host=h sslmode=allow dbname=require", ""),
        ] {
            assert!(!insists_on_tls(url, mode), "{url}");
        }
    }

    #[test]
    fn a_password_in_a_malformed_url_is_not_repeated() {
        for url in [
            "postgres//me:secret@host/db",
            "postgresql://me:secret@[host/db",
            "postgresql://me:sec%ret@host/db",
        ] {
            let error = PgConnection::establish(url).err().unwrap();
            let words = without_url(&error, url);
            assert!(!words.contains("sec"), "{words}");
        }
    }
}
