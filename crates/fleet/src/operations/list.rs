//! The list of operations, and those under way.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use super::counters::{Counters, Outcome};
use super::{Moment, OperationKind, OperationState, Page};
use crate::characters::lower_case;
use crate::error::Result;
use crate::ids::OperationId;
use crate::schema::sql_types;
use crate::tenancy::{CompanyScope, Permission};

/// Which operations to list; the default lists all that the company sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Of this kind.
    pub kind: Option<OperationKind>,
    /// In this state.
    pub state: Option<OperationState>,
    /// Finished, with this outcome.
    pub outcome: Option<Outcome>,
    /// Launched by somebody whose name or address contains this, in any letter case.
    pub person: Option<String>,
    /// Launched at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Launched before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// An operation as a row of the list.
#[derive(Debug, Clone, QueryableByName)]
pub struct Summary {
    /// The number that people see.
    #[diesel(sql_type = BigInt)]
    pub number: OperationId,
    /// What it does.
    #[diesel(sql_type = sql_types::OperationKind)]
    pub kind: OperationKind,
    /// How far it has come.
    #[diesel(sql_type = sql_types::OperationState)]
    pub state: OperationState,
    /// The tasks that this company sees, by state.
    #[diesel(embed)]
    pub counters: Counters,
    /// How many SIMs were selected at launch, if it was launched in this company.
    #[diesel(sql_type = Nullable<Integer>)]
    pub selected: Option<i32>,
    /// When it was launched.
    #[diesel(sql_type = Timestamptz)]
    pub launched_at: DateTime<Utc>,
    /// When its tasks had been made and the first of them could begin.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When its last task had ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    /// The name of the person who launched it.
    #[diesel(sql_type = Text)]
    pub launched_by: String,
    /// The name of the company that it was launched in.
    #[diesel(sql_type = Text)]
    pub company: String,
    /// Whether that is the company in focus. If not, SIMs came to this company by it.
    #[diesel(sql_type = Bool)]
    pub is_own: bool,
    /// The name of the company that SIMs go to.
    #[diesel(sql_type = Nullable<Text>)]
    pub target: Option<String>,
    /// The name of the offer that SIMs go on.
    #[diesel(sql_type = Nullable<Text>)]
    pub offer: Option<String>,
    /// What is undone, for a recall.
    #[diesel(sql_type = Nullable<sql_types::OperationKind>)]
    pub undone: Option<OperationKind>,
    /// The name of the company that a recall takes SIMs from.
    #[diesel(sql_type = Nullable<Text>)]
    pub source: Option<String>,
    /// The operation that it begins after, if it was launched in this company.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub after: Option<OperationId>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<Outcome>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    scheduled_for: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    scheduled_zone: Option<String>,
}

impl Summary {
    /// The moment that it was scheduled for, if it was launched in this company.
    pub fn scheduled_for(&self) -> Option<Moment> {
        Some(Moment::stored(self.scheduled_for?, self.scheduled_zone.as_deref()?))
    }

    /// How many SIMs it is for: as many as were selected, or as came to this company.
    pub fn sims(&self) -> i32 {
        self.selected.unwrap_or_else(|| self.counters.total())
    }

    /// How many of them nothing has begun for yet.
    pub fn not_begun(&self) -> i32 {
        self.sims() - self.counters.total() + self.counters.pending
    }

    /// Whether nothing moves until somebody says so, or its time comes.
    pub fn waits(&self) -> bool {
        match self.state {
            OperationState::Paused => self.counters.in_progress == 0,
            OperationState::Scheduled => {
                self.scheduled_for.is_none_or(|moment| moment > Utc::now() + TimeDelta::minutes(1))
            }
            _ => false,
        }
    }

    /// What became of it; none while it is unfinished.
    pub const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Whether it is a comparison that has found differences, or could not compare everything: it has done its work
    /// all the same.
    pub fn differs(&self) -> bool {
        self.kind == OperationKind::Reconcile
            && matches!(self.outcome, Some(Outcome::PartlyFailed | Outcome::Failed))
    }

    /// Its status in words: the outcome of a finished one, else the state.
    pub fn status(&self) -> &'static str {
        if self.differs() {
            return "Differences";
        }
        self.outcome().map_or(self.state.label(), Outcome::label)
    }
}

/// The columns of a [`Summary`], for the tables of [`SUMMARY_FROM`]. `$1` is the company in focus.
pub(super) fn summary() -> String {
    format!(
        "SELECT o.id AS number, o.kind, o.state, c.pending, c.in_progress, c.success, c.failure, c.cancelled, \
            CASE WHEN o.company_id = $1 THEN o.selected END AS selected, \
            o.launched_at, o.started_at, o.finished_at, {LAUNCHED_BY} AS launched_by, launching.name AS company, \
            o.company_id = $1 AS is_own, target.name AS target, offer.name AS offer, \
            CASE WHEN o.company_id = $1 THEN o.after_id END AS after, \
            CASE WHEN o.company_id = $1 THEN o.scheduled_for END AS scheduled_for, \
            CASE WHEN o.company_id = $1 THEN o.scheduled_zone END AS scheduled_zone, undone.kind AS undone, source.name AS source, {outcome} AS outcome",
        outcome = Outcome::SQL,
    )
}

/// Who launched an operation: a person, and by which token of the company `$1`, where it was neither the command line nor a schedule.
pub(crate) const LAUNCHED_BY: &str = "coalesce(person.name || coalesce((SELECT ' by token ' || t.name \
        FROM operation_tokens ot JOIN api_tokens t ON t.id = ot.token_id WHERE ot.operation_id = o.id AND t.company_id = $1), ''), \
    CASE WHEN o.kind IN ('reconcile', 'mend') THEN 'The portal' ELSE 'Command line' END)";

/// See [`summary`].
pub(super) const SUMMARY_FROM: &str = " FROM operation_companies c JOIN operations o ON o.id = c.operation_id \
     LEFT JOIN users person ON person.id = o.launched_by \
     JOIN companies launching ON launching.id = o.company_id \
     LEFT JOIN companies target ON target.id = o.target_company_id \
     LEFT JOIN offers offer ON offer.id = o.offer_id \
     LEFT JOIN operations undone ON undone.id = o.recall_of_id \
     LEFT JOIN companies source ON source.id = undone.target_company_id \
     WHERE c.company_id = $1 ";

/// The condition that an operation is unfinished, from the few that are: a join may read all of the company instead.
const UNFINISHED: &str =
    "c.operation_id = ANY(ARRAY(SELECT moving.id FROM operations moving WHERE moving.state <> 'finished'))";

/// The operations that the active company sees, the newest first, from before `before` on.
pub fn list(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: &ListFilter,
    before: Option<OperationId>,
    limit: i64,
) -> Result<Page<Summary>> {
    scope.require(Permission::FleetView)?;
    read(conn, scope, filter, ("<", "DESC"), before, limit)
}

/// The page of the list that ends right before `after`: for the way back. Newest first, as [`list`].
pub fn list_after(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: &ListFilter,
    after: OperationId,
    limit: i64,
) -> Result<Page<Summary>> {
    scope.require(Permission::FleetView)?;
    let mut page = read(conn, scope, filter, (">", "ASC"), Some(after), limit)?;
    page.rows.reverse();
    Ok(page)
}

fn read(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: &ListFilter,
    (beyond, order): (&'static str, &'static str),
    key: Option<OperationId>,
    limit: i64,
) -> Result<Page<Summary>> {
    // What is not asked for stands in no condition: a plan for any value would walk all operations.
    let of_kind = if filter.kind.is_some() { "c.of_kind = $3" } else { "$3 IS NULL" };
    let in_state = match filter.state {
        None => "$4 IS NULL",
        Some(OperationState::Finished) => "o.state = $4",
        Some(_) => &format!("o.state = $4 AND {UNFINISHED}"),
    };
    let sql = format!(
        "{summary} {SUMMARY_FROM} AND ($2 IS NULL OR c.operation_id {beyond} $2) AND {of_kind} AND {in_state} \
         AND ($5 IS NULL OR ({outcome}) = $5) \
         AND ($6 IS NULL OR strpos(lower({LAUNCHED_BY}), $6) > 0 OR strpos(lower(person.email), $6) > 0) \
         AND ($8 IS NULL OR o.launched_at >= $8) AND ($9 IS NULL OR o.launched_at < $9) \
         ORDER BY c.operation_id {order} LIMIT $7",
        summary = summary(),
        outcome = Outcome::SQL,
    );
    let person = filter.person.as_deref().map(|text| lower_case(text.trim())).filter(|text| !text.is_empty());
    let rows = diesel::sql_query(sql)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Nullable<BigInt>, _>(key)
        .bind::<Nullable<Text>, _>(filter.kind.map(OperationKind::as_str))
        .bind::<Nullable<sql_types::OperationState>, _>(filter.state)
        .bind::<Nullable<Text>, _>(filter.outcome.map(Outcome::as_str))
        .bind::<Nullable<Text>, _>(person)
        .bind::<BigInt, _>(limit.saturating_add(1))
        .bind::<Nullable<Timestamptz>, _>(filter.since)
        .bind::<Nullable<Timestamptz>, _>(filter.until)
        .load(conn)?;
    Ok(Page::of(rows, limit))
}

/// The unfinished operations that the active company sees, the newest first, at most `limit`.
pub fn unfinished(conn: &mut PgConnection, scope: &CompanyScope, limit: i64) -> Result<Vec<Summary>> {
    scope.require(Permission::FleetView)?;
    let sql = format!(
        "{summary} {SUMMARY_FROM} AND o.state <> 'finished' AND {UNFINISHED} ORDER BY c.operation_id DESC LIMIT $2",
        summary = summary(),
    );
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(scope.company_id()).bind::<BigInt, _>(limit).load(conn)?)
}

/// How many unfinished operations the active company sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct UnderWay {
    /// Those that something is being done for.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Those that wait for a person's word.
    #[diesel(sql_type = BigInt)]
    pub paused: i64,
    /// Those that wait for their time, or for another operation.
    #[diesel(sql_type = BigInt)]
    pub scheduled: i64,
}

/// Counts the unfinished operations that the active company sees.
pub fn under_way(conn: &mut PgConnection, scope: &CompanyScope) -> Result<UnderWay> {
    // From the few that are, as [`UNFINISHED`].
    const SQL: &str = "SELECT count(*) FILTER (WHERE o.state NOT IN ('paused', 'scheduled')) AS running, \
             count(*) FILTER (WHERE o.state = 'paused') AS paused, \
             count(*) FILTER (WHERE o.state = 'scheduled') AS scheduled \
         FROM operations o WHERE o.state <> 'finished' \
         AND (SELECT true FROM operation_companies c WHERE c.company_id = $1 AND c.operation_id = o.id)";
    // Asked for by the frame of each page, also for whoever may not look at operations.
    if !scope.allows(Permission::FleetView) {
        return Ok(UnderWay::default());
    }
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(scope.company_id()).get_result(conn)?)
}
