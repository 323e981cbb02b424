//! Pausing: an operation that fails too often stops, until a person lets it go on or cancels it. One that
//! meets errors of its own does too ([`super::faults`]), perhaps before it has begun.
//!
//! What counts are tasks that were tried. SIMs that could not be changed from the beginning, which
//! the preview had told, are left out. What has been asked of the network is carried through.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use super::conduct::PauseRule;
use super::counters::Counters;
use super::{OperationState, ending, faults, launch, noted};
use crate::audit::Action;
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::schema::operations;
use crate::tenancy::{CompanyScope, Permission};

/// Pauses the operation if its rule says so, as long as there is something left to begin.
///
/// To be called in the transaction that changed the counters: their row is then locked.
pub(super) fn pause_if_failing(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    const SQL: &str = "UPDATE operations o SET state = 'paused', paused_at = clock_timestamp() \
         FROM operation_companies c \
         WHERE o.id = $1 AND o.state = 'in_progress' AND c.operation_id = o.id AND c.company_id = o.company_id \
         AND c.pending > 0 AND (c.failure - o.failed_before >= o.pause_at_failures \
             OR (c.success + c.failure - o.ended_before >= $2 \
                 AND (c.failure - o.failed_before)::bigint * 100 \
                     >= (c.success + c.failure - o.ended_before)::bigint * o.pause_at_percent))";
    let paused = diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(PauseRule::AT_LEAST)
        .execute(conn)?;
    if paused > 0 {
        tracing::warn!(%operation, "paused: too many of its tasks have failed");
        ending::tell_paused(conn, operation, false)?;
    }
    Ok(())
}

/// Leaves out of the rule what has failed when the tasks were made.
pub(super) fn count_from(conn: &mut PgConnection, operation: OperationId, made: &Counters) -> Result<()> {
    diesel::update(operations::table.find(operation))
        .set((operations::ended_before.eq(made.failure), operations::failed_before.eq(made.failure)))
        .execute(conn)?;
    Ok(())
}

/// Lets a paused operation of the active company go on where it was. Its rule counts anew from here. Once
/// more is fine.
///
/// [`Error::NotFound`] for one that was launched elsewhere; [`Error::Refused`] where a suspension is
/// in the way, and for one that is not paused.
pub fn resume(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<()> {
    const SQL: &str = "UPDATE operations o SET paused_at = NULL, state = coalesce( \
                 (SELECT f.stopped_in FROM operation_faults f WHERE f.operation_id = o.id), 'in_progress'), \
             ended_before = c.success + c.failure, failed_before = c.failure \
         FROM operation_companies c WHERE o.id = $1 AND c.operation_id = o.id AND c.company_id = o.company_id";
    conn.transaction(|conn| {
        let state: OperationState = operations::table
            .find(number)
            .filter(operations::company_id.eq(scope.company_id()))
            .select(operations::state)
            .for_no_key_update()
            .first(conn)?;
        scope.require_to_launch(Permission::OperationsCancel)?;
        match state {
            OperationState::InProgress | OperationState::Initializing => Ok(()),
            OperationState::Paused => {
                diesel::sql_query(SQL).bind::<BigInt, _>(number).execute(conn)?;
                faults::clear(conn, number)?;
                noted::note(conn, scope, Action::OperationResumed, number)?;
                launch::wake_workers(conn)
            }
            _ => Err(Error::refused("This operation is not paused: there is nothing to resume.")),
        }
    })
}
