//! A gate in the database, that the steps of workers come to.

use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

use super::Fleet;

/// Steps that are done before the gate is shut.
const STEPS_BEFORE: i32 = 6;

/// Holds the work up once some steps are done: each at the end of its transaction.
pub(super) struct Gate(PgConnection);

impl Gate {
    /// Who waits at it does not wait for a lock, which a worker does only for a while.
    pub(super) fn shut(fleet: &Fleet) -> Self {
        let mut keeper = PgConnection::establish(&fleet.database.url).unwrap();
        fleet.run(&format!(
            "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF (SELECT count(*) FROM steps WHERE done) >= {STEPS_BEFORE} THEN \
                     WHILE NOT pg_try_advisory_xact_lock_shared(1) LOOP PERFORM pg_sleep(0.01); END LOOP; \
                 END IF; \
                 RETURN NULL; \
             END $$"
        ));
        fleet.run(
            "CREATE TRIGGER gate BEFORE UPDATE ON steps FOR EACH STATEMENT EXECUTE FUNCTION wait_at_gate()",
        );
        diesel::sql_query("SELECT pg_advisory_lock(1)").execute(&mut keeper).unwrap();
        Self(keeper)
    }

    /// The lock goes with the connection.
    pub(super) fn open(self) {
        drop(self.0);
    }
}
