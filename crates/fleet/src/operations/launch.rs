//! Launching: the order is checked, the selection frozen, and the workers are told. The
//! tasks are made later, so that this takes a short time for any number of SIMs.

use diesel::prelude::*;
use uuid::Uuid;

use super::act::{self, Act, NewOperation, Order};
use super::conduct::{Moment, PauseRule, Start};
use super::{OperationKind, OperationState, again, counters, frozen, noted, schedule};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{OfferId, OperationId};
use crate::schema::{offer_assignments, operation_tokens, operations};
use crate::sims::Selection;
use crate::tenancy::{self, CompanyScope};

/// The channel on which workers hear of new work.
pub(super) const CHANNEL: &str = "simyard_operations";

/// Launches an operation in the active company.
///
/// [`Error::Forbidden`] without the permission that the kind needs, [`Error::NotFound`] for a
/// target or an offer out of reach, [`Error::Refused`] where a suspension or an empty
/// selection is in the way, [`Error::Invalid`] for a start or a pause rule that can't be.
pub fn launch(conn: &mut PgConnection, scope: &CompanyScope, new: &NewOperation) -> Result<OperationId> {
    insert(conn, scope, new, None)
}

/// As [`launch()`], but once for each `key` in the active company: launched again with the same
/// key, it says which operation there is.
pub fn launch_once(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewOperation,
    key: Uuid,
) -> Result<OperationId> {
    for permission in new.act.kind().permissions() {
        scope.require(*permission)?;
    }
    if let Some(launched) = launched_with(conn, scope, key)? {
        return Ok(launched);
    }
    match insert(conn, scope, new, Some(key)) {
        // Somebody was faster, in the moment since the look above.
        Err(Error::Database(cause)) if broken_constraint(&cause) == Some("operations_launch_key") => {
            launched_with(conn, scope, key)?.ok_or(Error::NotFound)
        }
        other => other,
    }
}

/// The operation of the active company that was launched with `key`, if there is one.
pub fn launched_with(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    key: Uuid,
) -> Result<Option<OperationId>> {
    Ok(operations::table
        .filter(operations::company_id.eq(scope.company_id()))
        .filter(operations::launch_key.eq(key))
        .select(operations::id)
        .first(conn)
        .optional()?)
}

fn insert(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewOperation,
    key: Option<Uuid>,
) -> Result<OperationId> {
    conn.transaction(|conn| {
        let order = act::check(conn, scope, &new.act)?;
        again::check(conn, scope, &new.act, &new.selection)?;
        new.selection.check(conn, scope)?;
        hold_offer(conn, &order)?;
        schedule::check(conn, scope, &new.conduct)?;
        let selection = serde_json::to_value(&new.selection)
            .map_err(|cause| Error::Internal(format!("selection: {cause}")))?;
        let (after, moment) = match new.conduct.start {
            Start::Now => (None, None),
            Start::At(moment) => (None, Some(moment)),
            Start::After(first) => (Some(first), None),
        };
        // What a comparison finds are no failures of its own.
        let pause = match order.kind {
            OperationKind::Reconcile => PauseRule::Never,
            _ => new.conduct.pause,
        };
        let changes = order.edit.clone().map(|edit| edit.store(conn, scope)).transpose()?;
        let id: OperationId = diesel::insert_into(operations::table)
            .values((
                operations::company_id.eq(order.company),
                operations::kind.eq(order.kind),
                operations::target_company_id.eq(order.target_id()),
                operations::offer_id.eq(order.offer_id()),
                operations::keep_labels.eq(order.keep_labels),
                operations::selection.eq(selection),
                operations::launched_by.eq(scope.user()),
                operations::launch_key.eq(key),
                operations::retry_of_id.eq(new.selection.retries()),
                operations::state.eq(match new.conduct.start {
                    Start::Now => OperationState::Initializing,
                    Start::At(_) | Start::After(_) => OperationState::Scheduled,
                }),
                operations::after_id.eq(after),
                operations::scheduled_for.eq(moment.map(Moment::at)),
                operations::scheduled_zone.eq(moment.map(Moment::zone)),
                operations::pause_at_percent.eq(pause.percent()),
                operations::pause_at_failures.eq(pause.failures()),
                operations::recall_of_id.eq(order.recall_of()),
                operations::changes.eq(changes),
            ))
            .returning(operations::id)
            .get_result(conn)?;
        if let Some(token) = scope.token() {
            diesel::insert_into(operation_tokens::table)
                .values((operation_tokens::operation_id.eq(id), operation_tokens::token_id.eq(token.id())))
                .execute(conn)?;
        }
        freeze(conn, scope, id, &new.selection)?;
        counters::show_to(conn, id, order.company)?;
        noted::note_launch(conn, scope, id)?;
        wake_workers(conn)?;
        Ok(id)
    })
}

impl Act {
    /// Whether this person may launch this act in the active company, with what it names.
    ///
    /// The errors are those of [`launch()`], which asks the same.
    pub fn check(&self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
        act::check(conn, scope, self).map(drop)
    }
}

/// Keeps the offer from being withdrawn until the operation is there for all to see.
///
/// A recall of a change of offer may need any offer of the company.
fn hold_offer(conn: &mut PgConnection, order: &Order) -> Result<()> {
    if order.undone_kind() == Some(OperationKind::ChangeOffer) {
        let all = offer_assignments::table
            .filter(offer_assignments::company_id.eq(order.company))
            .order(offer_assignments::offer_id)
            .for_key_share()
            .select(offer_assignments::offer_id);
        tenancy::beyond(conn, |conn| all.load::<OfferId>(conn))?;
    }
    if let Some(offer) = order.offer_id() {
        let one = offer_assignments::table
            .find((order.company, offer))
            .for_key_share()
            .select(offer_assignments::offer_id);
        tenancy::beyond(conn, |conn| one.first::<OfferId>(conn))?;
    }
    Ok(())
}

/// Writes down which SIMs are selected, and refuses a selection of none.
fn freeze(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
    selection: &Selection,
) -> Result<()> {
    let selected = frozen::freeze(conn, operation, scope.company_id(), selection)?;
    if selected == 0 {
        return Err(Error::refused(
            "No SIM is selected, or those that were have left the company. Select some and try again.",
        ));
    }
    diesel::update(operations::table.find(operation)).set(operations::selected.eq(selected)).execute(conn)?;
    Ok(())
}

/// Tells the workers, when the transaction commits, that there is something to do.
pub(crate) fn wake_workers(conn: &mut PgConnection) -> Result<()> {
    diesel::sql_query("SELECT pg_notify($1, '')")
        .bind::<diesel::sql_types::Text, _>(CHANNEL)
        .execute(conn)?;
    Ok(())
}
