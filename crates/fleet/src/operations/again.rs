//! Trying again: what a retry of the failed tasks of an operation would be, and whether there can be one.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Uuid};

use super::act::Act;
use super::{OperationKind, OperationState};
use crate::error::{Error, Result};
use crate::ids::{CompanyUid, OfferId, OperationId};
use crate::schema::{operations, sql_types};
use crate::sims::Selection;
use crate::tenancy::CompanyScope;

/// What a retry of an operation does, as far as it can be told before an offer is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Again {
    /// The kind that the retry is of.
    #[diesel(sql_type = sql_types::OperationKind)]
    pub kind: OperationKind,
    /// Where SIMs go.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub target: Option<CompanyUid>,
    /// The offer that they were to go on.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub offer: Option<OfferId>,
    /// Whether name, note, labels and custom fields go along.
    #[diesel(sql_type = Bool)]
    pub keep_labels: bool,
    /// The operation that is undone, for a recall.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub recalls: Option<OperationId>,
}

/// What a retry of the failed tasks of operation `number` does, launched in the active company.
///
/// The same again, in the company that it was launched in. In the subaccount that SIMs were handed
/// over to they have been moved already: what is left there is to activate them.
/// [`Error::NotFound`] anywhere else.
pub fn again(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<Again> {
    const SQL: &str = "SELECT CASE WHEN o.company_id = $1 THEN o.kind ELSE 'activate' END AS kind, \
             CASE WHEN o.company_id = $1 THEN target.uid END AS target, o.offer_id AS offer, \
             o.keep_labels, o.recall_of_id AS recalls \
         FROM operation_companies c JOIN operations o ON o.id = c.operation_id \
         LEFT JOIN companies target ON target.id = o.target_company_id \
         WHERE c.company_id = $1 AND c.operation_id = $2 AND o.kind <> 'import' \
         AND (o.company_id = $1 OR (o.kind = 'hand_over' AND o.target_company_id = $1))";
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(number)
        .get_result(conn)?)
}

/// Checks that the SIMs of `selection` may be taken from the tasks of an earlier operation, if they are.
pub(super) fn check(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    act: &Act,
    selection: &Selection,
) -> Result<()> {
    let Some(source) = selection.source() else { return Ok(()) };
    if selection.retries().is_some() {
        let again = again(conn, scope, source)?;
        // What a comparison has found is put right by another kind.
        let mends = (again.kind, act.kind()) == (OperationKind::Reconcile, OperationKind::Mend);
        if again.kind != act.kind() && !mends {
            return Err(Error::refused(format!(
                "Operation #{source} cannot be tried again by another kind of operation. Nothing was done."
            )));
        }
    } else {
        own(conn, scope, source)?;
    }
    require_ended(conn, source)
}

/// Fails with [`Error::NotFound`] unless the operation was launched in the active company.
fn own(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<()> {
    operations::table
        .find(number)
        .filter(operations::company_id.eq(scope.company_id()))
        .select(operations::id)
        .first::<OperationId>(conn)?;
    Ok(())
}

/// Which tasks an operation changes and fails is certain once it has ended.
pub(super) fn require_ended(conn: &mut PgConnection, number: OperationId) -> Result<()> {
    let state: OperationState = operations::table.find(number).select(operations::state).first(conn)?;
    if state == OperationState::Finished {
        return Ok(());
    }
    Err(Error::refused(format!(
        "Operation #{number} has not ended. Wait until it has, or cancel what has not started."
    )))
}
