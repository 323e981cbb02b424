//! SIMs in service that could not be moved because the other company lacks their offer: the offer is assigned,
//! and what failed is done again, in one go.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use uuid::Uuid;

use super::act::{Act, NewOperation};
use super::{FailureCode, OperationKind, again, launch};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, OfferId, OperationId};
use crate::offers;
use crate::schema::operations;
use crate::sims::Selection;
use crate::tenancy::{CompanyScope, Permission};

/// An offer that the target of a transfer lacks.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MissingOffer {
    /// The offer.
    #[diesel(sql_type = BigInt)]
    pub id: OfferId,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// The offers for the lack of which SIMs of the transfer `number` failed, that the active company has and its
/// target, a company below it, still lacks; by name.
pub fn missing_offers(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    number: OperationId,
) -> Result<Vec<MissingOffer>> {
    const SQL: &str = "SELECT f.id, f.name FROM operations o \
         JOIN companies target ON target.id = o.target_company_id AND target.lineage @> ARRAY[o.company_id] \
         CROSS JOIN LATERAL (SELECT DISTINCT t.before_offer_id AS id FROM tasks t \
             WHERE t.operation_id = o.id AND t.state = 'failure' AND t.code = 'offer_not_assigned') needed \
         JOIN offers f ON f.id = needed.id \
         JOIN offer_assignments ours ON ours.company_id = o.company_id AND ours.offer_id = f.id \
         WHERE o.id = $1 AND o.company_id = $2 AND o.kind = 'transfer' \
         AND NOT EXISTS (SELECT FROM offer_assignments theirs \
                         WHERE theirs.company_id = target.id AND theirs.offer_id = f.id) \
         ORDER BY lower(f.name), f.id";
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(number).bind::<BigInt, _>(scope.company_id()).load(conn)?)
}

/// Assigns the [`missing_offers`] of a transfer to its target, and launches the retry of what failed for the
/// lack of them; once for each `key`.
///
/// [`Error::NotFound`] unless the transfer was launched in the active company, [`Error::Forbidden`] without the
/// rights to assign and to transfer, [`Error::Refused`] where nothing failed so. Either all is done or nothing.
pub fn assign_and_retry(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    number: OperationId,
    key: Uuid,
) -> Result<OperationId> {
    let again = again::again(conn, scope, number)?;
    let (OperationKind::Transfer, Some(target)) = (again.kind, again.target) else {
        return Err(Error::refused(
            "No offer can be assigned for the SIMs of this operation. Nothing was done.",
        ));
    };
    scope.require(Permission::SimsTransfer)?;
    scope.require_to_change(Permission::OffersAssign)?;
    if let Some(launched) = launch::launched_with(conn, scope, key)? {
        return Ok(launched);
    }
    let code = Some(FailureCode::OfferNotAssigned);
    let new = NewOperation::new(
        Act::Transfer { target, keep_labels: again.keep_labels },
        Selection::FailedOf { operation: number, code },
    );
    conn.transaction(|conn| {
        for offer in missing_offers(conn, scope, number)? {
            assign(conn, scope, number, offer.id)?;
        }
        launch::launch_once(conn, scope, &new, key)
    })
}

/// Gives the target of the transfer an offer of the active company, which holds it meanwhile.
fn assign(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId, offer: OfferId) -> Result<()> {
    let target: Option<CompanyId> =
        operations::table.find(number).select(operations::target_company_id).first(conn)?;
    offers::give(conn, scope, target.ok_or(Error::NotFound)?, offer)?;
    Ok(())
}
