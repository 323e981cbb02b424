//! A draft, and its rows with problems.

use diesel::prelude::*;

use super::{ImportDraft, ImportProblem, Importer, Stored};
use crate::error::Result;
use crate::ids::{CompanyId, ImportDraftUid, OperationId};
use crate::schema::{import_drafts, import_lines};
use crate::tenancy::{CompanyScope, Permission};

/// A row that can't become a SIM.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = import_lines, check_for_backend(diesel::pg::Pg))]
pub struct BadLine {
    /// Its line in the file.
    pub line: i32,
    /// What was written as its ICCID, where that can't be a key; so are the others.
    pub iccid: Option<String>,
    /// As its IMSI.
    pub imsi: Option<String>,
    /// As its MSISDN.
    pub msisdn: Option<String>,
    /// As its EID.
    pub eid: Option<String>,
    /// As its type.
    pub sim_type: Option<String>,
    /// As its label.
    pub label: Option<String>,
    /// What is wrong, as a sentence.
    pub reason: Option<String>,
}

/// The draft of the active company with this name.
///
/// [`crate::Error::Forbidden`] for whoever can't import.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: ImportDraftUid) -> Result<ImportDraft> {
    scope.require(Permission::SimsImport)?;
    read(conn, scope.company_id(), uid)
}

/// The draft with this name of the company that is imported into.
pub fn of_importer(conn: &mut PgConnection, importer: Importer, uid: ImportDraftUid) -> Result<ImportDraft> {
    read(conn, importer.company, uid)
}

fn read(conn: &mut PgConnection, company: CompanyId, uid: ImportDraftUid) -> Result<ImportDraft> {
    let stored = import_drafts::table
        .filter(import_drafts::uid.eq(uid))
        .filter(import_drafts::company_id.eq(company))
        .select(Stored::as_select())
        .first(conn)?;
    ImportDraft::of(stored)
}

/// The name of the file that an operation of the active company loads, and that of its draft; none if it is not kept
/// any more, or loads none.
pub fn of_operation(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    operation: OperationId,
) -> Result<Option<(ImportDraftUid, String)>> {
    Ok(import_drafts::table
        .filter(import_drafts::operation_id.eq(operation))
        .filter(import_drafts::company_id.eq(scope.company_id()))
        .select((import_drafts::uid, import_drafts::file_name))
        .first(conn)
        .optional()?)
}

/// The rows with problems, from after a line on.
pub fn bad_lines(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: ImportDraftUid,
    after: i32,
    limit: i64,
) -> Result<Vec<BadLine>> {
    let draft = find(conn, scope, uid)?;
    bad_lines_of(conn, &draft, after, limit)
}

/// The same of a draft that has been found.
pub fn bad_lines_of(
    conn: &mut PgConnection,
    draft: &ImportDraft,
    after: i32,
    limit: i64,
) -> Result<Vec<BadLine>> {
    Ok(import_lines::table
        .filter(import_lines::draft_id.eq(draft.id))
        .filter(import_lines::problem.is_not_null())
        .filter(import_lines::line.gt(after))
        .order(import_lines::line)
        .limit(limit)
        .select(BadLine::as_select())
        .load(conn)?)
}

/// The first rows with one problem.
pub fn first_bad_lines(
    conn: &mut PgConnection,
    draft: &ImportDraft,
    problem: ImportProblem,
    limit: i64,
) -> Result<Vec<BadLine>> {
    Ok(import_lines::table
        .filter(import_lines::draft_id.eq(draft.id))
        .filter(import_lines::problem.eq(problem))
        .order(import_lines::line)
        .limit(limit)
        .select(BadLine::as_select())
        .load(conn)?)
}
