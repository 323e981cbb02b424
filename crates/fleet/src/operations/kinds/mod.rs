//! The kinds of operations: for each, which SIMs it can change, and how it changes them.
//!
//! Whether a SIM can be changed is one piece of SQL for each kind, its *verdict*: an
//! expression over `sims` and `act` that is NULL for a SIM that can be changed, and else the
//! [`FailureCode`](super::FailureCode). The preview counts by it, the making of tasks is
//! decided by it, and a step asks it again before it changes anything.

mod answers;
pub(super) mod edit;
pub(super) mod hand_over;
mod judge;
mod later;
pub(super) mod recall;
mod reconcile;
pub(super) mod service;
pub(super) mod transfer;
pub(super) mod with_network;

use std::sync::LazyLock;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};

use super::OperationKind;
use super::counters::{self, Counters};
use super::step::{Running, Step};
use crate::error::Result;
use crate::ids::CompanyId;
use service::Service;

/// The rules of one kind.
pub(super) struct Kind {
    /// The verdict.
    pub(super) verdict: &'static str,
    /// What the network is asked to do; none where PostgreSQL alone decides.
    pub(super) service: Option<&'static Service>,
    /// What is joined to `sims` and `act` for the sake of the verdict.
    pub(super) join: &'static str,
}

/// The rules of `kind`, for a recall those of undoing the kind `undone`; none for an import, whose SIMs
/// are there when it is.
pub(super) const fn of(kind: OperationKind, undone: Option<OperationKind>) -> Option<Kind> {
    let (verdict, service) = match kind {
        OperationKind::Import => return None,
        OperationKind::Recall => return undoing(undone),
        OperationKind::Transfer => (transfer::VERDICT, None),
        OperationKind::HandOver => (hand_over::VERDICT, Some(&service::ACTIVATE)),
        OperationKind::Activate => (service::ACTIVATE.verdict, Some(&service::ACTIVATE)),
        OperationKind::Suspend => (service::SUSPEND.verdict, Some(&service::SUSPEND)),
        OperationKind::Resume => (service::RESUME.verdict, Some(&service::RESUME)),
        OperationKind::ChangeOffer => (service::CHANGE_OFFER.verdict, Some(&service::CHANGE_OFFER)),
        OperationKind::Edit => (edit::VERDICT, None),
        OperationKind::Terminate => (service::TERMINATE.verdict, Some(&service::TERMINATE)),
        OperationKind::Reconcile => (service::RECONCILE.verdict, Some(&service::RECONCILE)),
        OperationKind::Mend => (service::MEND.verdict, Some(&service::MEND)),
    };
    Some(Kind { verdict, service, join: "" })
}

/// The rules of undoing `kind`; none for what can't be undone.
const fn undoing(kind: Option<OperationKind>) -> Option<Kind> {
    let (verdict, service) = match kind {
        Some(OperationKind::Transfer) => (recall::TRANSFER, None),
        Some(OperationKind::Suspend) => (recall::SUSPEND.verdict, Some(&recall::SUSPEND)),
        Some(OperationKind::Resume) => (recall::RESUME.verdict, Some(&recall::RESUME)),
        Some(OperationKind::ChangeOffer) => (recall::CHANGE_OFFER.verdict, Some(&recall::CHANGE_OFFER)),
        _ => return None,
    };
    Some(Kind { verdict, service, join: recall::WAS })
}

/// A condition on `operations o`: a network carries it out.
pub(super) static ASKS_NETWORK: LazyLock<String> = LazyLock::new(|| {
    let words = |rules: &dyn Fn(OperationKind) -> Option<Kind>| {
        let asks = |kind: &&OperationKind| rules(**kind).is_some_and(|rules| rules.service.is_some());
        let words: Vec<_> =
            OperationKind::ALL.iter().filter(asks).map(|kind| format!("'{}'", kind.as_str())).collect();
        words.join(", ")
    };
    format!(
        "(CASE o.kind WHEN 'recall' \
         THEN (SELECT undone.kind FROM operations undone WHERE undone.id = o.recall_of_id) IN ({recalled}) \
         ELSE o.kind IN ({done}) END)",
        recalled = words(&|kind| undoing(Some(kind))),
        done = words(&|kind| of(kind, None)),
    )
});

/// The beginning of the common table expression `act` that verdicts refer to: what is to be
/// done, and what about target and offer matters for it; for a recall, what about the operation that it
/// undoes.
///
/// What follows is a table `o` with the columns company, target, offer, `keep_labels`, `recall_of_id` and `changes`.
pub(super) const ACT: &str = "act AS MATERIALIZED (SELECT o.company_id, o.target_company_id, o.offer_id, \
    o.keep_labels, o.recall_of_id, \
    (SELECT undone.target_company_id FROM operations undone WHERE undone.id = o.recall_of_id) AS source_company_id, \
    (SELECT undone.offer_id FROM operations undone WHERE undone.id = o.recall_of_id) AS left_on_offer_id, \
    ARRAY(SELECT a.offer_id FROM offer_assignments a WHERE a.company_id = o.company_id) AS own_offers, \
    EXISTS (SELECT FROM companies c WHERE c.id = o.target_company_id \
            AND c.suspended_at IS NOT NULL) AS target_suspended, \
    ARRAY(SELECT a.offer_id FROM offer_assignments a \
          WHERE a.company_id = o.target_company_id) AS target_offers, \
    EXISTS (SELECT FROM offer_assignments a WHERE a.offer_id = o.offer_id \
            AND a.company_id = coalesce(o.target_company_id, o.company_id)) AS offer_assigned, \
    coalesce((SELECT f.sim_types FROM offers f WHERE f.id = o.offer_id), '{}') AS offer_types, \
    ARRAY(SELECT other.id FROM offers f JOIN offers other ON other.company_id = f.company_id \
          AND other.network = f.network WHERE f.id = o.offer_id) AS offers_of_network, \
    ARRAY(SELECT (label ->> 'id')::bigint FROM jsonb_array_elements(coalesce(o.changes -> 'add_labels', '[]')) AS label) \
        AS added_labels, \
    ARRAY(SELECT (label ->> 'id')::bigint FROM jsonb_array_elements(coalesce(o.changes -> 'remove_labels', '[]')) AS label) \
        AS removed_labels \
    FROM ";

/// A task that has failed with the statement that says so.
#[derive(QueryableByName)]
struct Failed {
    #[diesel(sql_type = Integer)]
    position: i32,
}

/// Ends the pending tasks of a step that PostgreSQL alone has carried out, and counts them with those that have
/// failed; says how many have succeeded. `moved_to` is the company that their SIMs have gone to, if they have.
fn end_pending(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    moved_to: Option<CompanyId>,
    failed: usize,
) -> Result<i32> {
    const SQL: &str = "UPDATE tasks SET state = 'success', finished_at = now(), moved_to_company_id = $4 \
         WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND state = 'pending'";
    let ended = diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Nullable<BigInt>, _>(moved_to)
        .execute(conn)?;
    let (success, failure) = (counted(ended), counted(failed));
    let change = Counters { pending: -(success + failure), success, failure, ..Counters::default() };
    counters::add(conn, operation.id, operation.company_id, &change)?;
    Ok(success)
}

/// A count of tasks of one step: at most some thousand.
fn counted(tasks: usize) -> i32 {
    i32::try_from(tasks).unwrap_or(i32::MAX)
}
