//! Making a draft of what somebody has sent.

use std::io::{Read, Seek, SeekFrom};

use diesel::prelude::*;

use super::check::Checking;
use super::{DraftColumn, Importer, check, kept};
use crate::error::{Error, Result};
use crate::identifiers::IccidForm;
use crate::ids::{ImportDraftId, ImportDraftUid};
use crate::schema::import_drafts;
use crate::sim_files::{self, Column, FileProblem, FoundColumn, Layout, ReadOptions, SimFile};
use crate::sim_lists::origin;

/// What is sent.
pub struct Source<R> {
    /// The file.
    pub file: R,
    /// What it is called.
    pub name: String,
    /// How it is to be read.
    pub options: ReadOptions,
    /// What the columns are called that `options` names. They are not meant for a file with others; empty: for any.
    pub columns_of: Vec<String>,
}

/// What came of a look at the head of a file.
pub enum Begun<R> {
    /// Its rows can be checked. The draft is there.
    Checking(Checking<R>),
    /// Nothing was kept: somebody has to say what the columns are.
    Unclear {
        /// What is missing, as a sentence.
        sentence: String,
        /// The columns, with a guess.
        columns: Vec<FoundColumn>,
    },
}

/// Looks at the head of a file, and makes a draft whose rows are to be checked.
///
/// [`Error::Invalid`] for the field `file` with what can't be read at all.
pub fn begin<R: Read + Seek>(
    conn: &mut PgConnection,
    importer: Importer,
    source: Source<R>,
) -> Result<Begun<R>> {
    let Source { mut file, name, mut options, columns_of } = source;
    let size = file.seek(SeekFrom::End(0)).map_err(|error| check::lost(&error))?;
    if !columns_of.is_empty() && !has_columns(&mut file, &columns_of)? {
        options.columns = None;
    }
    check::rewind(&mut file)?;
    let iccid_form = options.iccid_form;
    let opened = match SimFile::open(&mut file, options.clone()) {
        Ok(opened) => opened,
        Err(problem) => return unclear(file, &problem, options.columns.as_deref()),
    };
    let columns = opened.columns().to_vec();
    let (id, uid) = conn.transaction(|conn| {
        kept::require_turn(conn, importer.company)?;
        kept::make_room(conn, importer.company)?;
        insert(conn, importer, &name, iccid_form, &opened)
    })?;
    Ok(Begun::Checking(Checking { id, uid, file, size, options, columns, row_limit: importer.row_limit }))
}

/// As [`begin`], and checks the rows at once. Of a file that nothing can come of, nothing is kept.
pub fn create<R: Read + Seek>(
    conn: &mut PgConnection,
    importer: Importer,
    source: Source<R>,
    progress: impl FnMut(u32),
) -> Result<Drafted> {
    match begin(conn, importer, source)? {
        Begun::Unclear { sentence, columns } => Ok(Drafted::Unclear { sentence, columns }),
        Begun::Checking(checking) => checking.at_once(conn, progress).map(Drafted::Made),
    }
}

/// What came of [`create`].
#[derive(Debug)]
pub enum Drafted {
    /// It is there.
    Made(ImportDraftUid),
    /// See [`Begun::Unclear`].
    Unclear {
        /// What is missing, as a sentence.
        sentence: String,
        /// The columns, with a guess.
        columns: Vec<FoundColumn>,
    },
}

/// Whether the columns of a file are called so, as it says itself or as they are asked for.
fn has_columns<R: Read + Seek>(file: &mut R, names: &[String]) -> Result<bool> {
    check::rewind(file)?;
    let asked = sim_files::columns(&mut *file);
    check::rewind(file)?;
    let said = SimFile::open(file, ReadOptions::default()).map(|opened| opened.columns().to_vec());
    let mut found = asked.into_iter().chain(said);
    Ok(found.any(|columns| columns.iter().map(|column| &column.name).eq(names)))
}

/// Asks what the columns are, where nothing else is wrong. What was chosen and is not enough stays chosen.
fn unclear<R: Read + Seek>(
    mut file: R,
    problem: &FileProblem,
    chosen: Option<&[Option<Column>]>,
) -> Result<Begun<R>> {
    let refused = || check::unreadable(problem);
    let is_about_columns = matches!(
        problem,
        FileProblem::NoHeader | FileProblem::MissingColumn(_) | FileProblem::ColumnTwice(_)
    );
    if !is_about_columns {
        return Err(refused());
    }
    check::rewind(&mut file)?;
    let mut columns = sim_files::columns(file).map_err(|problem| check::unreadable(&problem))?;
    if columns.len() < 2 {
        return Err(refused());
    }
    if let Some(chosen) = chosen.filter(|chosen| chosen.len() == columns.len()) {
        for (column, taken_as) in columns.iter_mut().zip(chosen) {
            column.taken_as = *taken_as;
        }
    }
    Ok(Begun::Unclear { sentence: problem.to_string(), columns })
}

fn insert<R: Read>(
    conn: &mut PgConnection,
    importer: Importer,
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
            import_drafts::company_id.eq(importer.company),
            import_drafts::created_by.eq(importer.by),
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
        Layout::Table('|') => "Table, separated by vertical bars",
        Layout::Table(_) => "Table, separated by commas",
        Layout::Positional => "Vendor’s .out file, a line of numbers above the rows",
        Layout::Sections => "Vendor’s .out file with sections",
    }
}
