//! The timeline of one SIM: what operations did with it, as far as a company may see.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};

use super::failure::Reason;
use super::list::LAUNCHED_BY;
use super::{FailureCode, OperationKind, Page, TaskState};
use crate::error::Result;
use crate::ids::{OperationId, SimId};
use crate::schema::sql_types;
use crate::sims::SimState;
use crate::tenancy::{self, CompanyScope, Permission};

/// Which part of a timeline to read; the default is all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimelineFilter {
    /// Operations of this kind.
    pub kind: Option<OperationKind>,
    /// Those that have come so far with the SIM.
    pub state: Option<TaskState>,
    /// Launched at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Launched before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// What one operation did, or tried to do, with the SIM.
#[derive(Debug, Clone, QueryableByName)]
pub struct Event {
    /// The operation; the key of the page after it.
    #[diesel(sql_type = BigInt)]
    pub operation: OperationId,
    /// What it does.
    #[diesel(sql_type = sql_types::OperationKind)]
    pub kind: OperationKind,
    /// How far it has come with this SIM.
    #[diesel(sql_type = sql_types::TaskState)]
    pub state: TaskState,
    /// When it was launched.
    #[diesel(sql_type = Timestamptz)]
    pub launched_at: DateTime<Utc>,
    /// When it was over for this SIM.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    /// The name of the person who launched it.
    #[diesel(sql_type = Text)]
    pub launched_by: String,
    /// The name of the company that the SIM was in before.
    #[diesel(sql_type = Text)]
    pub before_company: String,
    /// The name of the company that it was moved to, if it was moved.
    #[diesel(sql_type = Nullable<Text>)]
    pub moved_to: Option<String>,
    /// Whether it was moved into the active company.
    #[diesel(sql_type = Bool)]
    pub moved_here: bool,
    /// The state that the SIM was in before.
    #[diesel(sql_type = sql_types::SimState)]
    pub before_state: SimState,
    /// The name of the offer that the SIM was on before.
    #[diesel(sql_type = Nullable<Text>)]
    pub before_offer: Option<String>,
    /// Why it failed.
    #[diesel(sql_type = Nullable<sql_types::FailureCode>)]
    pub code: Option<FailureCode>,
    #[diesel(sql_type = Nullable<BigInt>)]
    blocking_operation: Option<OperationId>,
    #[diesel(sql_type = Nullable<Text>)]
    network_message: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    target: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    offer: Option<String>,
    #[diesel(sql_type = Nullable<sql_types::OperationKind>)]
    undone: Option<OperationKind>,
    /// The state and the offer that a recall has brought back.
    #[diesel(sql_type = Nullable<sql_types::SimState>)]
    former_state: Option<SimState>,
    #[diesel(sql_type = Nullable<Text>)]
    former_offer: Option<String>,
}

impl Event {
    /// The state that the SIM was in afterwards.
    pub fn after_state(&self) -> SimState {
        if self.state != TaskState::Success {
            return self.before_state;
        }
        match self.kind {
            OperationKind::Import => SimState::Inventory,
            OperationKind::Transfer
            | OperationKind::ChangeOffer
            | OperationKind::Edit
            | OperationKind::Reconcile
            | OperationKind::Mend => self.before_state,
            OperationKind::HandOver | OperationKind::Activate | OperationKind::Resume => SimState::Active,
            OperationKind::Suspend => SimState::Suspended,
            OperationKind::Terminate => SimState::Retired,
            OperationKind::Recall => self.former_state.unwrap_or(self.before_state),
        }
    }

    /// The name of the offer that the SIM was on afterwards.
    pub fn after_offer(&self) -> Option<&str> {
        match self.kind {
            _ if self.state != TaskState::Success => self.before_offer.as_deref(),
            OperationKind::HandOver | OperationKind::Activate | OperationKind::ChangeOffer => {
                self.offer.as_deref()
            }
            OperationKind::Terminate => None,
            OperationKind::Recall => self.former_offer.as_deref(),
            _ => self.before_offer.as_deref(),
        }
    }

    /// What it came upon in the network, if it succeeded.
    pub fn note(&self) -> Option<&str> {
        self.network_message.as_deref().filter(|_| self.state == TaskState::Success)
    }

    /// Why it failed, in plain words.
    pub fn sentence(&self) -> Option<String> {
        let reason = Reason {
            target: self.target.as_deref(),
            offer: self.offer.as_deref(),
            state: Some(self.before_state),
            sim_offer: self.before_offer.as_deref(),
            blocking: self.blocking_operation,
            network_message: self.network_message.as_deref(),
            moved: self.moved_to.is_some(),
            undone: self.undone,
            ..Reason::new(self.kind, self.code?)
        };
        Some(reason.sentence())
    }
}

/// What operations did with a SIM while it was in the active company, came to it or left it;
/// the newest first, from before the operation `before` on.
///
/// What happened to the SIM elsewhere is no business of this company and is left out; so is what another
/// company tried with the SIM in vain, also by an operation that this company sees for other SIMs. A recall
/// alone is of the company's own SIMs, launched elsewhere.
pub fn timeline(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    sim: SimId,
    filter: &TimelineFilter,
    before: Option<OperationId>,
    limit: i64,
) -> Result<Page<Event>> {
    scope.require(Permission::FleetView)?;
    let sql = format!(
        "SELECT t.operation_id AS operation, o.kind, t.state, o.launched_at, t.finished_at, \
             {LAUNCHED_BY} AS launched_by, origin.name AS before_company, moved.name AS moved_to, \
             coalesce(t.moved_to_company_id = $1, false) AS moved_here, t.before_state, \
             was.name AS before_offer, t.code, t.blocking_operation_id AS blocking_operation, t.network_message, \
             coalesce(target.name, source.name) AS target, offer.name AS offer, undone.kind AS undone, \
             former.before_state AS former_state, former_offer.name AS former_offer \
         FROM tasks t JOIN operations o ON o.id = t.operation_id LEFT JOIN users person ON person.id = o.launched_by \
         JOIN companies origin ON origin.id = t.before_company_id \
         LEFT JOIN companies moved ON moved.id = t.moved_to_company_id \
         LEFT JOIN companies target ON target.id = o.target_company_id \
         LEFT JOIN offers was ON was.id = t.before_offer_id \
         LEFT JOIN offers offer ON offer.id = o.offer_id \
         LEFT JOIN operations undone ON undone.id = o.recall_of_id \
         LEFT JOIN companies source ON source.id = undone.target_company_id \
         LEFT JOIN tasks former ON former.operation_id = o.recall_of_id AND former.sim_id = t.sim_id \
         LEFT JOIN offers former_offer ON former_offer.id = former.before_offer_id \
         WHERE t.sim_id = $2 AND ($3 IS NULL OR t.operation_id < $3) \
         AND (t.moved_to_company_id = $1 OR (t.before_company_id = $1 \
              AND (o.company_id = $1 OR t.moved_to_company_id IS NOT NULL OR o.kind = 'recall'))) \
         AND EXISTS (SELECT FROM operation_companies c WHERE c.company_id = $1 AND c.operation_id = t.operation_id) \
         AND ($5 IS NULL OR o.kind = $5) AND ($6 IS NULL OR t.state = $6) \
         AND ($7 IS NULL OR o.launched_at >= $7) AND ($8 IS NULL OR o.launched_at < $8) \
         ORDER BY t.operation_id DESC LIMIT $4"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(sim)
        .bind::<Nullable<BigInt>, _>(before)
        .bind::<BigInt, _>(limit.saturating_add(1))
        .bind::<Nullable<sql_types::OperationKind>, _>(filter.kind)
        .bind::<Nullable<sql_types::TaskState>, _>(filter.state)
        .bind::<Nullable<Timestamptz>, _>(filter.since)
        .bind::<Nullable<Timestamptz>, _>(filter.until);
    // Under the policy of the tasks, states are no condition for an index.
    Ok(Page::of(tenancy::beyond(conn, |conn| query.load(conn))?, limit))
}
