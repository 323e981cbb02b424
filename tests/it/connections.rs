//! Connections that the server has ended: no request may meet the same dead one twice.

use diesel::RunQueryDsl as _;

use crate::support::TestDb;

#[test]
fn a_connection_that_was_ended_is_replaced_after_one_failure() {
    let db = TestDb::new();
    let pool = fleet::db::pool(&db.url, 1).unwrap();
    let look = || fleet::db::with(&pool, |conn| Ok(diesel::sql_query("SELECT 1").execute(conn)?));
    look().unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    diesel::sql_query(end).execute(&mut db.connect()).unwrap();
    // The first may meet the dead connection, trusted for what it did a moment ago.
    let first = look();
    look().unwrap_or_else(|error| panic!("the second met a dead connection ({first:?}): {error}"));
}
