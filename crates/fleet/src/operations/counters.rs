//! How many tasks are in each state, kept as tasks move, and what is read from that.

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::worker::Settings;
use super::{ending, frozen, launch};
use crate::error::Result;
use crate::ids::{CompanyId, OperationId};
use crate::schema::operation_companies;

/// How many tasks of an operation are in each state, as far as one company sees them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = operation_companies, check_for_backend(diesel::pg::Pg))]
pub struct Counters {
    /// Not started.
    #[diesel(sql_type = Integer)]
    pub pending: i32,
    /// Asked of the network and not confirmed yet.
    #[diesel(sql_type = Integer)]
    pub in_progress: i32,
    /// Done.
    #[diesel(sql_type = Integer)]
    pub success: i32,
    /// Not done, for a reason.
    #[diesel(sql_type = Integer)]
    pub failure: i32,
    /// Not done, because of a cancellation.
    #[diesel(sql_type = Integer)]
    pub cancelled: i32,
}

/// What became of a finished operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, FromSqlRow)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every task succeeded.
    Succeeded,
    /// Some tasks succeeded and some failed.
    PartlyFailed,
    /// Every task failed, or it was not allowed to start.
    Failed,
    /// It was cancelled before every task had started.
    Cancelled,
}

impl Outcome {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Self] = &[Self::Succeeded, Self::PartlyFailed, Self::Failed, Self::Cancelled];

    /// The word as written in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::PartlyFailed => "partly_failed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The word as shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::PartlyFailed => "Partly failed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// What became of an operation, over `operation_companies c` and `operations o`; NULL while it is unfinished.
    pub(crate) const SQL: &'static str = "CASE WHEN o.state <> 'finished' THEN NULL \
         WHEN o.not_started_because IS NOT NULL THEN 'failed' \
         WHEN c.cancelled > 0 OR c.success + c.failure = 0 THEN 'cancelled' \
         WHEN c.failure = 0 THEN 'succeeded' WHEN c.success = 0 THEN 'failed' ELSE 'partly_failed' END";
}

impl FromSql<Text, Pg> for Outcome {
    fn from_sql(bytes: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(std::str::from_utf8(bytes.as_bytes())?.parse()?)
    }
}

impl std::str::FromStr for Outcome {
    type Err = crate::words::UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|outcome| outcome.as_str() == text).ok_or(crate::words::UnknownWord)
    }
}

impl Counters {
    /// All tasks that have been made.
    pub const fn total(&self) -> i32 {
        self.unfinished() + self.ended()
    }

    /// The tasks that have not ended.
    pub const fn unfinished(&self) -> i32 {
        self.pending + self.in_progress
    }

    /// The tasks that have ended, well or not.
    pub const fn ended(&self) -> i32 {
        self.success + self.failure + self.cancelled
    }

    /// What has changed since they were `earlier`.
    pub(super) const fn since(&self, earlier: &Self) -> Self {
        Self {
            pending: self.pending - earlier.pending,
            in_progress: self.in_progress - earlier.in_progress,
            success: self.success - earlier.success,
            failure: self.failure - earlier.failure,
            cancelled: self.cancelled - earlier.cancelled,
        }
    }

    /// How many of a hundred tasks have ended.
    pub fn percent(&self) -> u8 {
        let (ended, total) = (i64::from(self.ended()), i64::from(self.total()));
        if total == 0 { 0 } else { u8::try_from(ended * 100 / total).unwrap_or(100) }
    }
}

/// Adds `change` to the counters of `company`, and says what they are now.
///
/// A company that SIMs arrive in gets its row with the first of them.
pub(super) fn add(
    conn: &mut PgConnection,
    operation: OperationId,
    company: CompanyId,
    change: &Counters,
) -> Result<Counters> {
    const SQL: &str = "UPDATE operation_companies SET pending = pending + $3, in_progress = in_progress + $4, \
             success = success + $5, failure = failure + $6, cancelled = cancelled + $7 \
         WHERE company_id = $1 AND operation_id = $2 \
         RETURNING pending, in_progress, success, failure, cancelled";
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(company)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(change.pending)
        .bind::<Integer, _>(change.in_progress)
        .bind::<Integer, _>(change.success)
        .bind::<Integer, _>(change.failure)
        .bind::<Integer, _>(change.cancelled)
        .get_result(conn)?)
}

/// Gives `company` a row of counters, with which it sees the operation.
pub(super) fn show_to(conn: &mut PgConnection, operation: OperationId, company: CompanyId) -> Result<()> {
    const SQL: &str = "INSERT INTO operation_companies (company_id, operation_id, of_kind) \
         SELECT $1, id, kind FROM operations WHERE id = $2 ON CONFLICT DO NOTHING";
    diesel::sql_query(SQL).bind::<BigInt, _>(company).bind::<BigInt, _>(operation).execute(conn)?;
    Ok(())
}

/// Ends the operation if nothing of it is left to do, tells whoever launched it, and says
/// whether it has ended.
///
/// One that paused before all its tasks were made has something left, which no counter knows.
///
/// To be called in the transaction that changed the counters: their row is then locked, and
/// the last of several workers sees that it is the last. Only one can be: it alone tells.
pub(super) fn finish_if_done(
    conn: &mut PgConnection,
    settings: &Settings,
    operation: OperationId,
) -> Result<bool> {
    const SQL: &str = "UPDATE operations o SET state = 'finished', finished_at = clock_timestamp() \
         WHERE o.id = $1 AND o.state IN ('in_progress', 'paused', 'cancelling') \
         AND (o.state <> 'paused' OR o.started_at IS NOT NULL) AND EXISTS \
             (SELECT FROM operation_companies c WHERE c.operation_id = o.id AND c.company_id = o.company_id \
              AND c.pending = 0 AND c.in_progress = 0)";
    let ended = diesel::sql_query(SQL).bind::<BigInt, _>(operation).execute(conn)? == 1;
    if ended {
        frozen::discard(conn, operation)?;
        ending::tell(conn, settings, operation)?;
        // What follows it begins in another loop.
        launch::wake_workers(conn)?;
    }
    Ok(ended)
}
