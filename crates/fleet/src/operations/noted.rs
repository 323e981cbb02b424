//! What the audit log tells of operations.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::OperationKind;
use crate::audit::{Action, Note};
use crate::error::Result;
use crate::ids::{CompanyId, OperationId, UserId};
use crate::schema::sql_types;
use crate::tenancy::CompanyScope;

#[derive(QueryableByName)]
struct Launched {
    #[diesel(sql_type = sql_types::OperationKind)]
    kind: OperationKind,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    selected: i32,
    #[diesel(sql_type = Nullable<Text>)]
    target: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    offer: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    undone: Option<OperationId>,
}

/// Notes that an operation was launched, once all is there to be told.
pub(super) fn note_launch(conn: &mut PgConnection, scope: &CompanyScope, id: OperationId) -> Result<()> {
    launched(conn, id)?.write(conn, scope)
}

/// The same for one that was launched where there is no scope.
pub(super) fn note_launch_by(
    conn: &mut PgConnection,
    (company, by): (CompanyId, Option<UserId>),
    id: OperationId,
) -> Result<()> {
    launched(conn, id)?.write_as(conn, company, by, None)
}

/// Notes what was done with an operation of the active company.
pub(super) fn note(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    action: Action,
    id: OperationId,
) -> Result<()> {
    let kind = launched(conn, id)?;
    kind.doing(action).write(conn, scope)
}

fn launched(conn: &mut PgConnection, id: OperationId) -> Result<Note> {
    const SQL: &str = "SELECT o.kind, o.selected, t.name AS target, f.name AS offer, o.recall_of_id AS undone \
         FROM operations o LEFT JOIN companies t ON t.id = o.target_company_id \
         LEFT JOIN offers f ON f.id = o.offer_id WHERE o.id = $1";
    let one: Launched = diesel::sql_query(SQL).bind::<BigInt, _>(id).get_result(conn)?;
    let told = [
        ("to", one.target),
        ("offer", one.offer),
        ("recalls", one.undone.map(|undone| format!("#{undone}"))),
    ];
    let note = Note::of(Action::OperationLaunched, format!("{} #{id}", one.kind.label()))
        .operation(id)
        .with("SIMs", one.selected);
    Ok(told
        .into_iter()
        .filter_map(|(what, value)| Some((what, value?)))
        .fold(note, |note, (what, value)| note.with(what, value)))
}
