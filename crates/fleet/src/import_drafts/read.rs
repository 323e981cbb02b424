//! A draft, and its rows with problems.

use diesel::prelude::*;

use super::{ImportDraft, ImportProblem, Importer, Stored};
use crate::error::Result;
use crate::identifiers::{Iccid, IccidForm};
use crate::ids::{CompanyId, ImportDraftUid, OperationId};
use crate::schema::{import_drafts, import_lines, import_problems};
use crate::tenancy::{CompanyScope, Permission};

/// A row that can't become a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its line in the file.
    pub line: i32,
    /// What was written as its ICCID, in the form in which the file has them; nothing where it may be a key. So are the others.
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
    /// All that is wrong, in sentences.
    pub reason: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = import_lines, check_for_backend(diesel::pg::Pg))]
struct StoredLine {
    line: i32,
    iccid: Option<Iccid>,
    unread_iccid: Option<String>,
    imsi: Option<String>,
    msisdn: Option<String>,
    eid: Option<String>,
    sim_type: Option<String>,
    label: Option<String>,
    reason: Option<String>,
}

impl StoredLine {
    fn into_bad_line(self, form: IccidForm) -> BadLine {
        let Self { line, iccid, unread_iccid, imsi, msisdn, eid, sim_type, label, reason } = self;
        let iccid = iccid.map(|iccid| iccid.written_as(form)).or(unread_iccid);
        BadLine { line, iccid, imsi, msisdn, eid, sim_type, label, reason }
    }
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
    let lines = import_lines::table
        .filter(import_lines::draft_id.eq(draft.id))
        .filter(import_lines::problem.is_not_null())
        .filter(import_lines::line.gt(after))
        .order(import_lines::line)
        .limit(limit)
        .select(StoredLine::as_select())
        .load(conn)?;
    Ok(as_in_file(draft, lines))
}

/// The first rows with one problem, and perhaps others.
pub fn first_bad_lines(
    conn: &mut PgConnection,
    draft: &ImportDraft,
    problem: ImportProblem,
    limit: i64,
) -> Result<Vec<BadLine>> {
    let first: Vec<i32> = import_problems::table
        .filter(import_problems::draft_id.eq(draft.id))
        .filter(import_problems::problem.eq(problem))
        .order(import_problems::line)
        .limit(limit)
        .select(import_problems::line)
        .load(conn)?;
    let lines = import_lines::table
        .filter(import_lines::draft_id.eq(draft.id))
        .filter(import_lines::line.eq_any(first))
        .order(import_lines::line)
        .select(StoredLine::as_select())
        .load(conn)?;
    Ok(as_in_file(draft, lines))
}

fn as_in_file(draft: &ImportDraft, lines: Vec<StoredLine>) -> Vec<BadLine> {
    lines.into_iter().map(|line| line.into_bad_line(draft.iccid_form)).collect()
}
