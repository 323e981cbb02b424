//! One operation: what, who, when, and what came of it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz};

use super::changes::Edit;
use super::list::{SUMMARY_FROM, Summary, summary};
use super::{OperationState, PauseRule, faults};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::schema::operations;
use crate::sims::Selection;
use crate::tenancy::{CompanyScope, Permission};

/// An operation with all that its page shows of it, except its tasks.
#[derive(Debug, Clone, QueryableByName)]
pub struct Operation {
    /// What the list shows of it.
    #[diesel(embed)]
    pub summary: Summary,
    /// Whether name, note, labels and custom fields go along.
    #[diesel(sql_type = Bool)]
    pub keep_labels: bool,
    /// When it was cancelled.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// The name of the person who cancelled it.
    #[diesel(sql_type = Nullable<Text>)]
    pub cancelled_by: Option<String>,
    /// The operation whose failed tasks this one does again, if the active company sees it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub retry_of: Option<OperationId>,
    /// The operations that do the failed tasks of this one again, as far as the active company sees them.
    #[diesel(sql_type = Array<BigInt>)]
    pub retried_by: Vec<OperationId>,
    /// When it paused, if it is paused.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paused_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    stopped_by_faults: bool,
    /// Why it ended without having begun.
    #[diesel(sql_type = Nullable<Text>)]
    pub not_started_because: Option<String>,
    /// Whether it moved no SIM, or down the tree: from above nothing is recalled.
    #[diesel(sql_type = Bool)]
    pub went_down: bool,
    /// The operation that this one undoes, if the active company sees it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub recall_of: Option<OperationId>,
    /// The operations that undo this one, as far as the active company sees them.
    #[diesel(sql_type = Array<BigInt>)]
    pub recalled_by: Vec<OperationId>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    pause_at_percent: Option<i16>,
    #[diesel(sql_type = Nullable<Integer>)]
    pause_at_failures: Option<i32>,
    /// What an edit changes, if it was launched in the active company.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub edit: Option<Edit>,
}

impl Operation {
    /// Why it is paused, if not because too much of it has failed.
    pub fn paused_because(&self) -> Option<&'static str> {
        (self.stopped_by_faults && self.summary.state == OperationState::Paused).then_some(faults::BECAUSE)
    }

    /// When it pauses by itself.
    pub fn pause_rule(&self) -> PauseRule {
        PauseRule::of(self.pause_at_percent, self.pause_at_failures)
    }
}

/// The operation with this number.
///
/// [`Error::NotFound`] unless it was launched in the active company or moved SIMs into it.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<Operation> {
    scope.require(Permission::FleetView)?;
    // A long list of SIMs is not read for nothing: nobody shows it.
    let sql = format!(
        "{summary}, o.keep_labels, o.cancelled_at, o.paused_at, o.not_started_because, \
         o.pause_at_percent, o.pause_at_failures, \
         CASE WHEN o.company_id = $1 THEN o.changes END AS edit, \
         (SELECT u.name FROM users u WHERE u.id = o.cancelled_by) AS cancelled_by, \
         (SELECT v.operation_id FROM operation_companies v \
          WHERE v.company_id = $1 AND v.operation_id = o.retry_of_id) AS retry_of, \
         EXISTS (SELECT FROM operation_faults f \
                 WHERE f.operation_id = o.id AND f.stopped_in IS NOT NULL) AS stopped_by_faults, \
         ARRAY(SELECT v.operation_id FROM operations later JOIN operation_companies v \
               ON v.operation_id = later.id AND v.company_id = $1 \
               WHERE later.retry_of_id = o.id ORDER BY later.id) AS retried_by, \
         coalesce(target.lineage @> ARRAY[o.company_id], true) AS went_down, \
         (SELECT v.operation_id FROM operation_companies v \
          WHERE v.company_id = $1 AND v.operation_id = o.recall_of_id) AS recall_of, \
         ARRAY(SELECT v.operation_id FROM operations later JOIN operation_companies v \
               ON v.operation_id = later.id AND v.company_id = $1 \
               WHERE later.recall_of_id = o.id ORDER BY later.id) AS recalled_by \
         {SUMMARY_FROM} AND c.operation_id = $2",
        summary = summary(),
    );
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(number)
        .get_result(conn)?)
}

/// Which SIMs the operation was launched on. It may be a long list: not to be read for nothing.
///
/// [`Error::NotFound`] unless it was launched in the active company.
pub fn selection(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<Selection> {
    scope.require(Permission::FleetView)?;
    let selection: serde_json::Value = operations::table
        .find(number)
        .filter(operations::company_id.eq(scope.company_id()))
        .select(operations::selection)
        .first(conn)?;
    serde_json::from_value(selection)
        .map_err(|cause| Error::Internal(format!("selection of operation {number}: {cause}")))
}

/// Whether the active company sees the operation as the one that it was launched in.
pub(super) fn sees_all(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<bool> {
    use crate::schema::operation_companies;
    Ok(operation_companies::table
        .inner_join(operations::table)
        .filter(operation_companies::company_id.eq(scope.company_id()))
        .filter(operation_companies::operation_id.eq(number))
        .select(operations::company_id.eq(scope.company_id()))
        .first(conn)?)
}
