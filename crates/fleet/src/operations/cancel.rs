//! Cancelling: what has not started is not done; what is under way ends.

use diesel::prelude::*;

use super::{OperationState, faults, launch, noted, step};
use crate::audit::Action;
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::schema::operations;
use crate::tenancy::{CompanyScope, Permission};

/// Cancels an operation of the active company. Once more is fine.
///
/// [`Error::NotFound`] for one that was launched elsewhere, also if this company sees it;
/// [`Error::Refused`] when it has ended.
pub fn cancel(conn: &mut PgConnection, scope: &CompanyScope, operation: OperationId) -> Result<()> {
    scope.require(Permission::OperationsCancel)?;
    conn.transaction(|conn| {
        let state: OperationState = operations::table
            .find(operation)
            .filter(operations::company_id.eq(scope.company_id()))
            .select(operations::state)
            .for_no_key_update()
            .first(conn)?;
        match state {
            OperationState::Cancelling => return Ok(()),
            OperationState::Finished => {
                return Err(Error::refused("This operation has ended: there is nothing to cancel."));
            }
            OperationState::Initializing
            | OperationState::Scheduled
            | OperationState::InProgress
            | OperationState::Paused => {}
        }
        diesel::update(operations::table.find(operation))
            .set((
                operations::state.eq(OperationState::Cancelling),
                operations::cancelled_by.eq(scope.user()),
                operations::cancelled_at.eq(step::clock().nullable()),
            ))
            .execute(conn)?;
        faults::clear(conn, operation)?;
        step::unhold(conn, operation)?;
        noted::note(conn, scope, Action::OperationCancelled, operation)?;
        launch::wake_workers(conn)
    })
}
