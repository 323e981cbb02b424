//! How the pool makes connections, and when it tests them.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, Error, ManageConnection};

/// How long work that went well speaks for a connection. A test before each use would be a fifth
/// of the statements of a page; none at all would hand out what a restarted server has dropped.
const TRUSTED: Duration = Duration::from_secs(1);

/// After half a minute of silence each side asks whether the other is still there, and after another one gives it up.
/// Without that, a host that lost power or network holds its connection for two hours.
const OURS: &str = "keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=60000";
const THE_SERVERS: &str = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; \
    SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000";

/// The libpq URL with [`OURS`], unless it says itself how its connections are kept alive.
fn kept_alive(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else { return url.to_owned() };
    if url.contains("keepalives") || url.contains("tcp_user_timeout") {
        return url.to_owned();
    }
    // As libpq reads it: a question mark in the password begins no parameters.
    let host = match rest.find(['@', '/']) {
        Some(at) if rest.as_bytes()[at] == b'@' => &rest[at..],
        _ => rest,
    };
    match host.split_once('?') {
        // The last of two with the same name is the one that counts.
        Some((_, theirs)) => format!("{}{OURS}&{theirs}", &url[..url.len() - theirs.len()]),
        None => format!("{url}?{OURS}"),
    }
}

/// A connection, and when work on it last went well, if nobody has relied on that since.
#[expect(missing_debug_implementations, reason = "a connection has nothing to show")]
pub struct Connection {
    inner: PgConnection,
    proven: Option<Instant>,
}

impl Connection {
    /// Says that work on it went well just now.
    pub(super) fn prove(&mut self) {
        self.proven = Some(Instant::now());
    }
}

impl Deref for Connection {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// Makes connections, and tests those that nothing speaks for.
#[derive(Debug)]
pub struct Connections(ConnectionManager<PgConnection>);

impl Connections {
    pub(super) fn new(url: &str) -> Self {
        Self(ConnectionManager::new(kept_alive(url)))
    }
}

impl ManageConnection for Connections {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection, Error> {
        let mut inner = self.0.connect()?;
        inner.batch_execute(THE_SERVERS).map_err(Error::QueryError)?;
        Ok(Connection { inner, proven: None })
    }

    /// A proof is good for one use: after work that failed the connection is tested.
    fn is_valid(&self, conn: &mut Connection) -> Result<(), Error> {
        match conn.proven.take() {
            Some(at) if at.elapsed() < TRUSTED => Ok(()),
            _ => self.0.is_valid(&mut conn.inner),
        }
    }

    fn has_broken(&self, conn: &mut Connection) -> bool {
        self.0.has_broken(&mut conn.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gets_keepalives_where_its_parameters_are() {
        for (url, kept) in [
            ("postgres:///simyard", format!("postgres:///simyard?{OURS}")),
            ("postgres://u:p?w@h1,h2/db", format!("postgres://u:p?w@h1,h2/db?{OURS}")),
            ("postgres://h/db?user=a@b", format!("postgres://h/db?{OURS}&user=a@b")),
        ] {
            assert_eq!(kept_alive(url), kept);
        }
        for own in ["postgres://h/db?keepalives=0", "host=h dbname=db"] {
            assert_eq!(kept_alive(own), own);
        }
    }
}
