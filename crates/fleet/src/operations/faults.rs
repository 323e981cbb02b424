//! Faults: an operation that meets an error of its own is put off, and after some in a row it pauses.
//!
//! Put off in the database, so that every worker leaves it alone meanwhile and the other operations do not
//! suffer. What concerns the database rather than one operation is the worker's own business.

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection as _;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, SmallInt};

use super::{OperationState, ending, step};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::schema::{operation_faults, operations};
use crate::tenancy;

/// How many faults in a row pause an operation.
const LIMIT: i16 = 5;
/// What a person reads of it. The cause is in the log.
pub(super) const BECAUSE: &str = "It met an internal error and was stopped after 5 attempts. \
    Nothing is lost: resume it to try again, or cancel it.";

/// Whether an error concerns the database, or the way to it, rather than the operation that met it.
pub(super) fn concerns_the_database(error: &Error) -> bool {
    match error {
        Error::Database(DieselError::DatabaseError(kind, information)) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            DatabaseErrorKind::Unknown => is_lack_of_resources(information.message()),
            _ => false,
        },
        Error::Pool(_)
        | Error::Database(
            DieselError::BrokenTransactionManager
            | DieselError::RollbackErrorOnCommit { .. }
            | DieselError::AlreadyInTransaction
            | DieselError::NotInTransaction,
        ) => true,
        _ => false,
    }
}

/// Whether the operation was kept waiting too long by what somebody else holds: no fault of its own.
///
/// The server's code for that does not reach this program, only the words.
pub(super) fn is_kept_waiting(error: &Error) -> bool {
    matches!(error, Error::Database(DieselError::DatabaseError(_, information))
        if information.message().contains("lock timeout"))
}

/// What the server says when it lacks something that operations share. Its code for that does not reach this
/// program, only the words; a server that says it in another language makes operations pause.
fn is_lack_of_resources(message: &str) -> bool {
    const WORDS: [&str; 6] = [
        "No space left on device",
        "Disk quota exceeded",
        "Input/output error",
        "out of memory",
        "out of shared memory",
        "deadlock detected",
    ];
    WORDS.iter().any(|words| message.contains(words))
}

/// Puts the operation off, each time longer, and pauses it after the last attempt.
///
/// What is being cancelled, and what is paused already, is put off only.
pub(super) fn note(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    const SQL: &str = "INSERT INTO operation_faults AS f (operation_id, not_before) \
             VALUES ($1, clock_timestamp() + interval '1 second') \
         ON CONFLICT (operation_id) DO UPDATE SET in_a_row = least(f.in_a_row + 1, 1000), \
             not_before = clock_timestamp() + least(interval '1 second' * 2 ^ least(f.in_a_row, 10), interval '5 minutes') \
         RETURNING in_a_row";
    leave_transaction(conn)?;
    conn.transaction(|conn| {
        let row = operations::table.find(operation);
        let state: OperationState = row.select(operations::state).for_no_key_update().first(conn)?;
        let faults: Faults = diesel::sql_query(SQL).bind::<BigInt, _>(operation).get_result(conn)?;
        if faults.in_a_row >= LIMIT && may_pause(state) {
            tracing::warn!(%operation, "paused after {LIMIT} errors in a row");
            diesel::update(row)
                .set((
                    operations::state.eq(OperationState::Paused),
                    operations::paused_at.eq(step::clock().nullable()),
                ))
                .execute(conn)?;
            diesel::update(operation_faults::table.find(operation))
                .set(operation_faults::stopped_in.eq(state))
                .execute(conn)?;
            ending::tell_paused(conn, operation, true)?;
        }
        Ok(())
    })
}

#[derive(QueryableByName)]
struct Faults {
    #[diesel(sql_type = SmallInt)]
    in_a_row: i16,
}

const fn may_pause(state: OperationState) -> bool {
    matches!(state, OperationState::Initializing | OperationState::Scheduled | OperationState::InProgress)
}

/// Leaves the transaction that a panic has left open.
fn leave_transaction(conn: &mut PgConnection) -> Result<()> {
    while conn.is_broken() {
        AnsiTransactionManager::rollback_transaction(conn)?;
    }
    Ok(())
}

/// The operation has got on: what follows counts anew. One that was paused for its faults stays so.
pub(super) fn forget(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    let tried_again = operation_faults::table.find(operation).filter(operation_faults::stopped_in.is_null());
    diesel::delete(tried_again).execute(conn)?;
    Ok(())
}

/// A person has spoken: the operation is resumed or cancelled.
pub(super) fn clear(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    let faults = operation_faults::table.find(operation);
    tenancy::beyond(conn, |conn| diesel::delete(faults).execute(conn))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_after_how_many_attempts_it_stopped() {
        assert!(BECAUSE.contains(&format!("after {LIMIT} attempts")));
    }
}
