//! How the pool makes connections, and when it tests them.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::r2d2::{ConnectionManager, Error, ManageConnection};

/// How long work that went well speaks for a connection. A test before each use would be a fifth
/// of the statements of a page; none at all would hand out what a restarted server has dropped.
const TRUSTED: Duration = Duration::from_secs(1);

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
        Self(ConnectionManager::new(url))
    }
}

impl ManageConnection for Connections {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection, Error> {
        Ok(Connection { inner: self.0.connect()?, proven: None })
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
