//! Which operations can be recalled: undone, as far as nobody has changed their SIMs since.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::{OperationKind, again};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::schema::sql_types;
use crate::tenancy::CompanyScope;

/// An operation that is undone by a recall.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Undone {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub operation: OperationId,
    /// What it did.
    #[diesel(sql_type = sql_types::OperationKind)]
    pub kind: OperationKind,
    /// The name of the company that it moved SIMs to.
    #[diesel(sql_type = Nullable<Text>)]
    pub source: Option<String>,
    #[diesel(sql_type = Bool)]
    downwards: bool,
}

/// Whether operations of this kind can be recalled.
pub const fn recallable(kind: OperationKind) -> bool {
    matches!(
        kind,
        OperationKind::Transfer | OperationKind::Suspend | OperationKind::Resume | OperationKind::ChangeOffer
    )
}

/// Checks that operation `number` can be recalled in the active company, in whole or in part.
///
/// [`Error::NotFound`] unless it was launched here, [`Error::Refused`] for a kind that can't be undone, for one
/// that has not ended, and for SIMs that went to the parent, which nobody takes anything from.
pub(super) fn check(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<Undone> {
    const SQL: &str = "SELECT o.id AS operation, o.kind, target.name AS source, \
             coalesce(target.lineage @> ARRAY[o.company_id], true) AS downwards \
         FROM operations o LEFT JOIN companies target ON target.id = o.target_company_id \
         WHERE o.id = $1 AND o.company_id = $2";
    let undone: Undone = diesel::sql_query(SQL)
        .bind::<BigInt, _>(number)
        .bind::<BigInt, _>(scope.company_id())
        .get_result(conn)?;
    if !recallable(undone.kind) {
        return Err(Error::refused(format!(
            "Operation #{number} cannot be recalled: only a transfer, a suspension, a resumption or a change of offer can."
        )));
    }
    if !undone.downwards {
        return Err(Error::refused(format!(
            "The SIMs of operation #{number} went to {}, above {}: from there nothing is recalled.",
            undone.source.as_deref().unwrap_or("a company"),
            scope.company_name()
        )));
    }
    again::require_ended(conn, number)?;
    Ok(undone)
}
