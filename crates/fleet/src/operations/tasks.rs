//! The tasks of an operation, one for each SIM, as far as a company may see them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use super::failure::Reason;
use super::{FailureCode, OperationKind, Page, TaskState, detail};
use crate::companies::escape_like;
use crate::error::Result;
use crate::ids::{OperationId, SimId};
use crate::schema::sql_types;
use crate::sims::SimState;
use crate::tenancy::{self, CompanyScope, Permission};

/// Which tasks to list; the default lists all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// In this state.
    pub state: Option<TaskState>,
    /// Failed for this reason.
    pub code: Option<FailureCode>,
    /// Of SIMs whose ICCID begins with this.
    pub iccid: Option<String>,
}

/// The part of an operation that concerns one SIM.
#[derive(Debug, Clone, QueryableByName)]
pub struct Task {
    /// Its place in the operation; the key of the page after it.
    #[diesel(sql_type = Integer)]
    pub position: i32,
    /// The SIM.
    #[diesel(sql_type = BigInt)]
    pub sim: SimId,
    /// The SIM's ICCID.
    #[diesel(sql_type = Text)]
    pub iccid: String,
    /// How far it has come.
    #[diesel(sql_type = sql_types::TaskState)]
    pub state: TaskState,
    /// The state that the SIM was in before; none where it was out of this company's sight.
    #[diesel(sql_type = Nullable<sql_types::SimState>)]
    pub before_state: Option<SimState>,
    /// The name of the offer that the SIM was on before.
    #[diesel(sql_type = Nullable<Text>)]
    pub before_offer: Option<String>,
    /// Whether this company has the SIM now.
    #[diesel(sql_type = Bool)]
    pub is_here: bool,
    /// Whether the SIM was moved, also if a later part failed.
    #[diesel(sql_type = Bool)]
    pub moved: bool,
    /// Why it failed.
    #[diesel(sql_type = Nullable<sql_types::FailureCode>)]
    pub code: Option<FailureCode>,
    /// The operation that held the SIM.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub blocking_operation: Option<OperationId>,
    /// What the network said.
    #[diesel(sql_type = Nullable<Text>)]
    pub network_message: Option<String>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::OperationKind)]
    kind: OperationKind,
    #[diesel(sql_type = Nullable<Text>)]
    target: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    offer: Option<String>,
    #[diesel(sql_type = Nullable<sql_types::OperationKind>)]
    undone: Option<OperationKind>,
}

impl Task {
    fn reason(&self) -> Option<Reason<'_>> {
        Some(Reason {
            target: self.target.as_deref(),
            offer: self.offer.as_deref(),
            state: self.before_state,
            sim_offer: self.before_offer.as_deref(),
            blocking: self.blocking_operation,
            network_message: self.network_message.as_deref(),
            moved: self.moved,
            undone: self.undone,
            ..Reason::new(self.kind, self.code?)
        })
    }

    /// What it came upon in the network, if it succeeded.
    pub fn note(&self) -> Option<&str> {
        self.network_message.as_deref().filter(|_| self.state == TaskState::Success)
    }

    /// Why it failed, in plain words.
    pub fn sentence(&self) -> Option<String> {
        self.reason().map(|reason| reason.sentence())
    }

    /// What can be done about it, if anything.
    pub fn remedy(&self) -> Option<String> {
        self.reason().and_then(|reason| reason.remedy())
    }
}

/// What a [`Task`] reads, for the company `company`: how a SIM is that another company has, and that this
/// operation has not moved, is that company's own business.
pub(super) fn columns(company: &str) -> String {
    let elsewhere = format!(
        "(t.before_company_id <> {company} AND t.moved_to_company_id IS DISTINCT FROM {company} \
          AND t.code IS NOT NULL)"
    );
    format!(
        "t.position, t.sim_id AS sim, s.iccid, t.state, \
         CASE WHEN NOT {elsewhere} OR t.code <> 'not_found' THEN t.before_state END AS before_state, \
         CASE WHEN NOT {elsewhere} THEN before.name END AS before_offer, \
         s.company_id = {company} AS is_here, t.moved_to_company_id IS NOT NULL AS moved, t.code, \
         t.blocking_operation_id AS blocking_operation, t.network_message, t.finished_at, \
         o.kind, coalesce(target.name, source.name) AS target, offer.name AS offer, undone.kind AS undone"
    )
}

/// The condition that the company `company` sees a task: all of them, or those that moved a SIM into it,
/// and those of a recall that found the SIM there.
pub(super) fn seen(all: &str, company: &str) -> String {
    format!(
        "({all} OR t.moved_to_company_id = {company} OR (o.kind = 'recall' AND t.before_company_id = {company}))"
    )
}

/// Where a [`Task`] is read from.
pub(super) const TASK_FROM: &str = "FROM tasks t JOIN operations o ON o.id = t.operation_id JOIN sims s ON s.id = t.sim_id \
    LEFT JOIN offers before ON before.id = t.before_offer_id \
    LEFT JOIN companies target ON target.id = o.target_company_id \
    LEFT JOIN offers offer ON offer.id = o.offer_id \
    LEFT JOIN operations undone ON undone.id = o.recall_of_id \
    LEFT JOIN companies source ON source.id = undone.target_company_id";

/// The tasks of an operation in the order of the ICCIDs, from after the position `after` on.
///
/// A company that the operation was not launched in sees those that moved a SIM into it, and those of a
/// recall that found the SIM there;
/// [`Error::NotFound`](crate::Error::NotFound) for one that does not see the operation.
pub fn tasks(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
    filter: &TaskFilter,
    after: Option<i32>,
    limit: i64,
) -> Result<Page<Task>> {
    scope.require(Permission::FleetView)?;
    read(conn, scope, operation, filter, (">", "ASC"), after.unwrap_or(0), limit)
}

/// The page that ends right before the position `before`: for the way back. Ordered as [`tasks`].
pub fn tasks_before(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
    filter: &TaskFilter,
    before: i32,
    limit: i64,
) -> Result<Page<Task>> {
    scope.require(Permission::FleetView)?;
    let mut page = read(conn, scope, operation, filter, ("<", "DESC"), before, limit)?;
    page.rows.reverse();
    Ok(page)
}

fn read(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
    filter: &TaskFilter,
    (beyond, order): (&'static str, &'static str),
    key: i32,
    limit: i64,
) -> Result<Page<Task>> {
    let sql = format!(
        "SELECT {task} {TASK_FROM} \
         WHERE t.operation_id = $1 AND t.position {beyond} $2 AND {seen} \
         AND ($5 IS NULL OR t.state = $5) AND ($6 IS NULL OR (t.state = 'failure' AND t.code = $6)) \
         AND ($7 IS NULL OR s.iccid LIKE $7) \
         ORDER BY t.position {order} LIMIT $8",
        task = columns("$4"),
        seen = seen("$3", "$4"),
    );
    let sees_all = detail::sees_all(conn, scope, operation)?;
    let iccid = filter.iccid.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(key)
        .bind::<Bool, _>(sees_all)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Nullable<sql_types::TaskState>, _>(filter.state)
        .bind::<Nullable<sql_types::FailureCode>, _>(filter.code)
        .bind::<Nullable<Text>, _>(iccid.map(|text| format!("{}%", escape_like(text))))
        .bind::<BigInt, _>(limit.saturating_add(1));
    // SIMs may have gone to others since: what the operation did with them is still told.
    Ok(Page::of(tenancy::beyond(conn, |conn| query.load(conn))?, limit))
}
