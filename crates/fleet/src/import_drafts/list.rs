//! The files that a company has sent.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid};

use super::{BROKEN_OFF, Check};
use crate::error::Result;
use crate::ids::{ImportDraftUid, OperationId};
use crate::operations::{LAUNCHED_BY, OperationState, Outcome, Page};
use crate::schema::sql_types;
use crate::tenancy::{CompanyScope, Permission};

/// A file, and what has become of it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Listed {
    /// Its draft, which is the key of the page after it.
    #[diesel(sql_type = Uuid)]
    pub uid: ImportDraftUid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub file_name: String,
    /// The name of whoever sent it.
    #[diesel(sql_type = Text)]
    pub sent_by: String,
    /// When it was sent.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// How many rows it has, or how many of them have been read so far.
    #[diesel(sql_type = Integer)]
    pub rows: i32,
    /// How many of them can become SIMs.
    #[diesel(sql_type = Integer)]
    pub ready: i32,
    /// The operation that loads it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub operation: Option<OperationId>,
    /// The state of that.
    #[diesel(sql_type = Nullable<sql_types::OperationState>)]
    pub operation_state: Option<OperationState>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<Outcome>,
    #[diesel(sql_type = Bool)]
    is_checked: bool,
    #[diesel(sql_type = Nullable<Text>)]
    failed_because: Option<String>,
    #[diesel(sql_type = Bool)]
    broken_off: bool,
}

impl Listed {
    /// How far its check has come.
    pub fn check(&self) -> Check {
        Check::of(self.is_checked, self.failed_because.clone(), self.broken_off)
    }

    /// What became of the operation that loads it; none while that is unfinished.
    pub const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }
}

/// The files of the active company, the newest first, from after `after` on.
///
/// [`crate::Error::Forbidden`] for whoever can't import.
pub fn list(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    after: Option<ImportDraftUid>,
    limit: i64,
) -> Result<Page<Listed>> {
    read(conn, scope, ("<", "DESC"), after, limit)
}

/// The page of the list that ends right before `before`: for the way back. Newest first, as [`list`].
pub fn list_before(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    before: ImportDraftUid,
    limit: i64,
) -> Result<Page<Listed>> {
    let mut page = read(conn, scope, (">", "ASC"), Some(before), limit)?;
    page.rows.reverse();
    Ok(page)
}

fn read(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    (beyond, order): (&'static str, &'static str),
    key: Option<ImportDraftUid>,
    limit: i64,
) -> Result<Page<Listed>> {
    scope.require(Permission::SimsImport)?;
    let sql = format!(
        "SELECT d.uid, d.file_name, {LAUNCHED_BY} AS sent_by, d.created_at, d.rows, d.ready, \
             d.operation_id AS operation, o.state AS operation_state, {outcome} AS outcome, \
             d.checked_at IS NOT NULL AS is_checked, d.failed_because, {BROKEN_OFF} AS broken_off \
         FROM import_drafts d LEFT JOIN users person ON person.id = d.created_by \
         LEFT JOIN operations o ON o.id = d.operation_id \
         LEFT JOIN operation_companies c ON c.operation_id = o.id AND c.company_id = d.company_id \
         WHERE d.company_id = $1 AND ($2 IS NULL OR d.uid {beyond} $2) ORDER BY d.uid {order} LIMIT $3",
        outcome = Outcome::SQL,
    );
    let rows = diesel::sql_query(sql)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Nullable<Uuid>, _>(key)
        .bind::<BigInt, _>(limit.saturating_add(1))
        .load(conn)?;
    Ok(Page::of(rows, limit))
}
