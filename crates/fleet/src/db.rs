//! Connections, the pool, statements put together by hand, and the migrations that are built into the program.

mod connections;
mod statement;
mod turns;

use std::time::Duration;

use diesel::{PgConnection, RunQueryDsl as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use self::connections::{Connection, Connections};
pub(crate) use self::statement::statements;
pub(crate) use self::turns::{Limited, one_at_a_time};
use crate::error::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The pool of database connections.
pub type Pool = diesel::r2d2::Pool<Connections>;
/// A connection lent by the [`Pool`].
pub type PooledConnection = diesel::r2d2::PooledConnection<Connections>;

/// Opens a pool of at most `size` connections to `url` (a libpq URL, which may name several hosts).
///
/// Connections are made when first needed; one is made here, so that a wrong URL fails now.
pub fn pool(url: &str, size: u32) -> Result<Pool> {
    Ok(diesel::r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(Duration::from_secs(5))
        .test_on_check_out(true)
        .build(Connections::new(url))?)
}

/// Runs `work` on a connection of the pool.
pub fn with<T>(pool: &Pool, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    let mut conn = pool.get()?;
    let value = work(&mut conn)?;
    conn.prove();
    Ok(value)
}

/// Whether the server is reached by the network, on an address that is not loopback.
pub fn is_elsewhere(conn: &mut PgConnection) -> Result<bool> {
    const SQL: &str =
        "NOT coalesce(inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', true)";
    Ok(diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(SQL)).get_result(conn)?)
}

/// Brings the database to the newest schema. Two at once are fine: one waits for the other.
pub fn migrate(conn: &mut PgConnection) -> Result<()> {
    // Any number that nothing else in this database uses as an advisory lock.
    const LOCK: i64 = 0x51_4D_59_41_52_44;
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(LOCK)
        .execute(conn)?;
    let outcome = conn.run_pending_migrations(MIGRATIONS).map(drop);
    diesel::sql_query("SELECT pg_advisory_unlock($1)")
        .bind::<diesel::sql_types::BigInt, _>(LOCK)
        .execute(conn)?;
    outcome.map_err(|cause| Error::Internal(format!("migration failed: {cause}")))?;
    require_roles(conn)
}

/// Under row-level security, whoever is not the owner of the tables would find nothing where all is asked for; and who
/// may not become the role of requests would serve none.
fn require_roles(conn: &mut PgConnection) -> Result<()> {
    use diesel::sql_types::{Bool, Text};
    #[derive(diesel::QueryableByName)]
    struct Standing {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        sees_all: bool,
        #[diesel(sql_type = Bool)]
        may_serve: bool,
    }
    // Since 16, to be a member is not yet to may become it.
    const SQL: &str = "SELECT current_user::text AS name, NOT row_security_active('sims') AS sees_all, \
         pg_has_role('simyard_tenant', CASE WHEN current_setting('server_version_num')::integer >= 160000 \
             THEN 'SET' ELSE 'MEMBER' END) AS may_serve";
    let Standing { name, sees_all, may_serve } = diesel::sql_query(SQL).get_result(conn)?;
    let missing = match (sees_all, may_serve) {
        (true, true) => return Ok(()),
        (false, _) => format!("ALTER ROLE \"{name}\" BYPASSRLS"),
        (true, false) => format!("GRANT simyard_tenant TO \"{name}\""),
    };
    Err(Error::Internal(format!(
        "the role {name} of the database lacks a right; run as a superuser: {missing};"
    )))
}

/// Whether all migrations known to this program have been run.
pub fn is_migrated(conn: &mut PgConnection) -> Result<bool> {
    conn.has_pending_migration(MIGRATIONS)
        .map(|pending| !pending)
        .map_err(|cause| Error::Internal(cause.to_string()))
}
