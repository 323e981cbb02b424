//! Making a draft of what somebody has sent.

use std::io::{Read, Seek};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{DraftColumn, kept, staging};
use crate::error::{Error, Result};
use crate::identifiers::IccidForm;
use crate::ids::{ImportDraftId, ImportDraftUid};
use crate::schema::import_drafts;
use crate::sim_files::{self, FileProblem, FoundColumn, Layout, ReadOptions, SimFile};
use crate::sim_lists::origin;
use crate::tenancy::{CompanyScope, Permission};

/// The most labels that one file may bring: more is a column in the wrong place.
const LABEL_LIMIT: i64 = 1_000;

/// What is sent.
pub struct Source<R> {
    /// The file.
    pub file: R,
    /// What it is called.
    pub name: String,
    /// How it is to be read.
    pub options: ReadOptions,
}

/// What came of making a draft.
#[derive(Debug)]
pub enum Drafted {
    /// It is there.
    Made(ImportDraftUid),
    /// Nothing was kept: somebody has to say what the columns are.
    Unclear {
        /// What is missing, as a sentence.
        sentence: String,
        /// The columns, with a guess.
        columns: Vec<FoundColumn>,
    },
}

/// Fails unless this person may import SIMs into the active company.
///
/// [`Error::Forbidden`] without the permission, [`Error::Refused`] where a suspension is in the way, and in a subaccount,
/// whose SIMs come from its parent.
pub fn may_import(scope: &CompanyScope) -> Result<()> {
    scope.require_to_launch(Permission::SimsImport)?;
    if scope.is_main_account() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{} is a subaccount: it gets its SIMs by a transfer from its parent company, not from a file.",
        scope.company_name()
    )))
}

/// Reads and checks a file, and keeps what it has found as a draft of the active company.
///
/// The errors of [`may_import`]; [`Error::Invalid`] for the field `file` with what can't be read at all.
pub fn create<R: Read + Seek>(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    source: Source<R>,
) -> Result<Drafted> {
    may_import(scope)?;
    let Source { mut file, name, options } = source;
    let iccid_form = options.iccid_form;
    let opened = match SimFile::open(&mut file, options) {
        Ok(opened) => opened,
        Err(problem) => return unclear(file, &problem),
    };
    let uid = conn.transaction(|conn| {
        conn.batch_execute("SET LOCAL work_mem = '64MB'")?;
        kept::make_room(conn, scope.company_id())?;
        let (id, uid) = insert(conn, scope, &name, iccid_form, &opened)?;
        let staged = staging::stage(conn, id, opened)?;
        if staged.rows == 0 {
            return Err(Error::invalid("file", "There is no row below the header."));
        }
        conn.batch_execute("ANALYZE import_lines")?;
        check_labels(conn, id)?;
        mark_loaded_already(conn, id)?;
        note_counts(conn, id, &staged)?;
        Ok::<_, Error>(uid)
    })?;
    Ok(Drafted::Made(uid))
}

/// Asks what the columns are, where nothing else is wrong.
fn unclear<R: Read + Seek>(mut file: R, problem: &FileProblem) -> Result<Drafted> {
    let refused = || Error::invalid("file", problem.to_string());
    let is_about_columns = matches!(
        problem,
        FileProblem::NoHeader | FileProblem::MissingColumn(_) | FileProblem::ColumnTwice(_)
    );
    if !is_about_columns {
        return Err(refused());
    }
    file.rewind().map_err(|error| Error::Internal(format!("an uploaded file: {error}")))?;
    let columns = sim_files::columns(file).map_err(|problem| Error::invalid("file", problem.to_string()))?;
    if columns.len() < 2 {
        return Err(refused());
    }
    let sentence = format!("{problem} Choose below what the columns are, then check the file again.");
    Ok(Drafted::Unclear { sentence, columns })
}

fn insert<R: Read>(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    name: &str,
    iccid_form: IccidForm,
    file: &SimFile<R>,
) -> Result<(ImportDraftId, ImportDraftUid)> {
    let columns: Vec<DraftColumn> = file
        .columns()
        .iter()
        .map(|column| DraftColumn {
            name: column.name.clone(),
            taken_as: column.taken_as.map(|column| column.name().to_owned()),
            secret: column.secret,
        })
        .collect();
    let json = |cause: serde_json::Error| Error::Internal(format!("import draft: {cause}"));
    let form = serde_json::to_value(iccid_form).map_err(json)?;
    let uid = ImportDraftUid(uuid::Uuid::now_v7());
    let announced = file.quantity().map(|quantity| i32::try_from(quantity).unwrap_or(i32::MAX));
    let id = diesel::insert_into(import_drafts::table)
        .values((
            import_drafts::uid.eq(uid),
            import_drafts::company_id.eq(scope.company_id()),
            import_drafts::created_by.eq(scope.user()),
            import_drafts::file_name.eq(origin(name, "File")),
            import_drafts::iccid_form.eq(form.as_str().unwrap_or_default()),
            import_drafts::layout.eq(in_words(file.layout())),
            import_drafts::mapping.eq(serde_json::to_value(columns).map_err(json)?),
            import_drafts::announced.eq(announced),
        ))
        .returning(import_drafts::id)
        .get_result(conn)?;
    Ok((id, uid))
}

const fn in_words(layout: Layout) -> &'static str {
    match layout {
        Layout::Table('\t') => "Table, separated by tabs",
        Layout::Table(';') => "Table, separated by semicolons",
        Layout::Table(_) => "Table, separated by commas",
        Layout::Positional => "Vendor’s .out file, a line of numbers above the rows",
        Layout::Sections => "Vendor’s .out file with sections",
    }
}

/// Refuses files in which nearly every row has a label of its own.
fn check_labels(conn: &mut PgConnection, draft: ImportDraftId) -> Result<()> {
    const SQL: &str = "SELECT count(*) AS labels FROM (SELECT DISTINCT lower(label) FROM import_lines \
         WHERE draft_id = $1 AND problem IS NULL AND label IS NOT NULL) AS labels";
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        labels: i64,
    }
    let Count { labels } = diesel::sql_query(SQL).bind::<BigInt, _>(draft).get_result(conn)?;
    if labels > LABEL_LIMIT {
        return Err(Error::invalid(
            "file",
            format!(
                "The file has {labels} different labels, at most {LABEL_LIMIT} are allowed. Is another column named “label”?"
            ),
        ));
    }
    Ok(())
}

/// Marks the rows with an identifier of a SIM that is loaded already, in whatever company: whose is not said.
fn mark_loaded_already(conn: &mut PgConnection, draft: ImportDraftId) -> Result<()> {
    const SQL: &str = "UPDATE import_lines l SET problem = 'already_loaded', \
             reason = 'A SIM with this ' || found.what || ' is in a fleet already.' \
         FROM (SELECT DISTINCT ON (line) line, what FROM ( \
             SELECT r.line, 1 AS place, 'ICCID' AS what FROM import_lines r JOIN sims s ON s.iccid = r.iccid \
                 WHERE r.draft_id = $1 AND r.problem IS NULL \
             UNION ALL \
             SELECT r.line, 2, 'IMSI' FROM import_lines r JOIN sims s ON s.imsi = r.imsi \
                 WHERE r.draft_id = $1 AND r.problem IS NULL \
             UNION ALL \
             SELECT r.line, 3, 'MSISDN' FROM import_lines r JOIN sims s ON s.msisdn = r.msisdn \
                 WHERE r.draft_id = $1 AND r.problem IS NULL) AS any_of ORDER BY line, place) AS found \
         WHERE l.draft_id = $1 AND l.line = found.line";
    diesel::sql_query(SQL).bind::<BigInt, _>(draft).execute(conn)?;
    Ok(())
}

fn note_counts(conn: &mut PgConnection, draft: ImportDraftId, staged: &staging::Staged) -> Result<()> {
    const SQL: &str = "UPDATE import_drafts SET ready = rows - n.bad, problems = n.problems FROM ( \
             SELECT coalesce(sum(lines), 0) AS bad, coalesce(jsonb_object_agg(problem, lines), '{}') AS problems \
             FROM (SELECT problem, count(*) AS lines FROM import_lines \
                   WHERE draft_id = $1 AND problem IS NOT NULL GROUP BY problem) AS groups) AS n WHERE id = $1";
    diesel::update(import_drafts::table.find(draft))
        .set((
            import_drafts::rows.eq(staged.rows.cast_signed()),
            import_drafts::blank_lines.eq(i32::try_from(staged.blank_lines).unwrap_or(i32::MAX)),
        ))
        .execute(conn)?;
    diesel::sql_query(SQL).bind::<BigInt, _>(draft).execute(conn)?;
    Ok(())
}
