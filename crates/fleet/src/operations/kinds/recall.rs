//! Recall: what an earlier operation has changed is as it was before, where nobody has changed it since.
//!
//! A transfer is undone by PostgreSQL alone, the others by the network, with the opposite of what was asked
//! of it. What a SIM goes back to is the before-image in its task of the operation that is undone.
//!
//! What another operation has changed since stays as that one has left it, even if it looks as if nothing
//! had happened: suspended for another reason, sent back and transferred again.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use super::Kind;
use super::judge;
use super::service::{Asks, Service};
use crate::error::Result;
use crate::ids::{CompanyId, OperationId};
use crate::network::Action;
use crate::operations::OperationKind;
use crate::operations::counters::{self, Counters};
use crate::operations::step::{Running, Step};
use crate::schema::operations;

/// The operation that a recall undoes.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = operations, check_for_backend(diesel::pg::Pg))]
pub(in crate::operations) struct Undone {
    pub(in crate::operations) kind: OperationKind,
    /// Where it moved its SIMs to, and where a recall takes them from.
    #[diesel(column_name = target_company_id)]
    pub(in crate::operations) source: Option<CompanyId>,
}

/// Reads what the recall `recall_of` undoes; none for what is no recall.
pub(in crate::operations) fn undone(
    conn: &mut PgConnection,
    recall_of: Option<OperationId>,
) -> Result<Option<Undone>> {
    let Some(number) = recall_of else { return Ok(None) };
    Ok(Some(operations::table.find(number).select(Undone::as_select()).first(conn)?))
}

/// What the verdicts below refer to as `was`: the task of the SIM in the operation that is undone.
///
/// The limit keeps it one look into an index for each SIM of a chunk or step, whatever the planner
/// knows about the tasks.
pub(super) const WAS: &str = " LEFT JOIN LATERAL (SELECT undone.state, undone.finished_at, undone.before_state, undone.before_offer_id \
    FROM tasks undone WHERE undone.sim_id = sims.id AND undone.operation_id = act.recall_of_id LIMIT 1) was ON true";

/// What another operation has done to a SIM since the one that is undone: a condition on tasks `later`, as it
/// follows `FROM tasks later WHERE`.
///
/// By the time and not by the number: what was scheduled early may have happened late. An edit changes nothing that
/// a recall brings back, nor does a comparison with the network.
macro_rules! later {
    ($since:literal) => {
        concat!(
            "later.finished_at > ",
            $since,
            " AND (later.state = 'success' OR later.moved_to_company_id IS NOT NULL) \
               AND NOT EXISTS (SELECT FROM operations other WHERE other.id = later.operation_id \
                   AND other.kind IN ('edit', 'reconcile', 'mend'))"
        )
    };
}

/// The last verdict on a SIM that is where, and how, the undone operation left it: one more look into the index, for
/// a SIM that has changed at all since that transaction.
macro_rules! changed_since {
    () => {
        concat!(
            " WHEN sims.changed_at > was.finished_at AND EXISTS (SELECT FROM tasks later WHERE later.sim_id = sims.id AND ",
            later!("was.finished_at"),
            ") THEN 'changed_since'"
        )
    };
}

/// Notes in the tasks of a recall whose SIMs another operation has changed since which one it was, where both the
/// company that recalls and the one that the SIM is in see it.
pub(in crate::operations) fn name_later_operations(
    conn: &mut PgConnection,
    recall: OperationId,
    tasks_made: i32,
) -> Result<()> {
    const SQL: &str = concat!(
        "UPDATE tasks SET blocking_operation_id = (SELECT latest.operation_id FROM ( \
             SELECT later.operation_id FROM tasks later WHERE later.sim_id = tasks.sim_id AND ",
        later!(
            "(SELECT was.finished_at FROM tasks was \
              WHERE was.sim_id = tasks.sim_id AND was.operation_id = o.recall_of_id)"
        ),
        " ORDER BY later.operation_id DESC LIMIT 1) latest \
             WHERE (SELECT count(*) FROM operation_companies seen WHERE seen.operation_id = latest.operation_id \
                 AND seen.company_id = ANY(ARRAY[o.company_id, tasks.before_company_id])) \
             = CASE WHEN o.company_id = tasks.before_company_id THEN 1 ELSE 2 END) \
         FROM operations o WHERE o.id = $1 AND o.kind = 'recall' \
         AND tasks.operation_id = $1 AND tasks.position > $2 AND tasks.code = 'changed_since'"
    );
    diesel::sql_query(SQL).bind::<BigInt, _>(recall).bind::<Integer, _>(tasks_made).execute(conn)?;
    Ok(())
}

/// A SIM that was moved comes back if it is where it was moved to, in Inventory.
pub(super) const TRANSFER: &str = concat!(
    "CASE WHEN was.state IS DISTINCT FROM 'success' THEN 'not_found' \
    WHEN sims.company_id = act.company_id THEN 'already_there' \
    WHEN sims.company_id IS DISTINCT FROM act.source_company_id THEN 'not_found' \
    WHEN sims.state <> 'inventory' THEN 'wrong_state'",
    changed_since!(),
    " END"
);

/// What was suspended is resumed.
pub(super) const SUSPEND: Service = Service {
    verdict: concat!(
        "CASE WHEN was.state IS DISTINCT FROM 'success' OR sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state = 'active' AND sims.offer_id IS NOT DISTINCT FROM was.before_offer_id THEN 'already_there' \
        WHEN sims.state <> 'suspended' OR sims.offer_id IS DISTINCT FROM was.before_offer_id THEN 'wrong_state'",
        changed_since!(),
        " END"
    ),
    asks: Asks::For(Action::Resume),
    change: ", state = 'active'",
    offer: None,
};

/// What was resumed is suspended.
pub(super) const RESUME: Service = Service {
    verdict: concat!(
        "CASE WHEN was.state IS DISTINCT FROM 'success' OR sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state = 'suspended' AND sims.offer_id IS NOT DISTINCT FROM was.before_offer_id THEN 'already_there' \
        WHEN sims.state <> 'active' OR sims.offer_id IS DISTINCT FROM was.before_offer_id THEN 'wrong_state'",
        changed_since!(),
        " END"
    ),
    asks: Asks::For(Action::Suspend),
    change: ", state = 'suspended'",
    offer: None,
};

/// What changed its offer goes back to its own former one.
pub(super) const CHANGE_OFFER: Service = Service {
    verdict: concat!(
        "CASE WHEN was.state IS DISTINCT FROM 'success' OR sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state = 'active' AND sims.offer_id = was.before_offer_id THEN 'already_there' \
        WHEN sims.state <> 'active' OR sims.offer_id IS DISTINCT FROM act.left_on_offer_id THEN 'wrong_state'",
        changed_since!(),
        " WHEN NOT was.before_offer_id = ANY(act.own_offers) THEN 'offer_not_assigned' END"
    ),
    asks: Asks::For(Action::ChangeOffer),
    change: "",
    offer: Some(
        "(SELECT was.before_offer_id FROM tasks was \
          WHERE was.sim_id = tasks.sim_id AND was.operation_id = act.recall_of_id)",
    ),
};

/// Takes the SIMs of a step back, in the transaction that has claimed it. What the other company has
/// named and labelled them stays its own business. Says which tasks have failed.
pub(in crate::operations) fn run(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    kind: &Kind,
) -> Result<Vec<i32>> {
    const BACK: &str = "UPDATE sims SET company_id = $4, changed_at = now(), name = NULL, note = NULL, label_ids = '{}', \
             fields = '{}' FROM tasks \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
         AND sims.id = tasks.sim_id";
    let failed = judge::fail_unable(conn, operation, step, kind)?;
    diesel::sql_query(BACK)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<BigInt, _>(operation.company_id)
        .execute(conn)?;
    super::end_pending(conn, operation, step, Some(operation.company_id), failed.len())?;
    Ok(failed)
}

/// Does `work` on tasks of a recall, and brings the counters of the company that the SIMs are taken
/// from up to date with it: that company sees the tasks of SIMs that are its own.
pub(in crate::operations) fn counting_at_source<T>(
    conn: &mut PgConnection,
    operation: OperationId,
    source: Option<CompanyId>,
    positions: (i32, i32),
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    let Some(source) = source else { return work(conn) };
    let before = at_source(conn, operation, source, positions)?;
    let done = work(conn)?;
    let after = at_source(conn, operation, source, positions)?;
    if before != after {
        counters::show_to(conn, operation, source)?;
        counters::add(conn, operation, source, &after.since(&before))?;
    }
    Ok(done)
}

fn at_source(
    conn: &mut PgConnection,
    operation: OperationId,
    source: CompanyId,
    (first, last): (i32, i32),
) -> Result<Counters> {
    const SQL: &str = "SELECT count(*) FILTER (WHERE state = 'pending')::integer AS pending, \
             count(*) FILTER (WHERE state = 'in_progress')::integer AS in_progress, \
             count(*) FILTER (WHERE state = 'success')::integer AS success, \
             count(*) FILTER (WHERE state = 'failure')::integer AS failure, \
             count(*) FILTER (WHERE state = 'cancelled')::integer AS cancelled \
         FROM tasks WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND before_company_id = $4";
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(first)
        .bind::<Integer, _>(last)
        .bind::<BigInt, _>(source)
        .get_result(conn)?)
}
