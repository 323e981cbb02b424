//! Imports: SIMs from a vendor's file into the inventory of a company.
//!
//! The file is read once, as a stream: each good row goes by `COPY` into a temporary table, each bad line into the report.
//! Then the rows move to the SIMs in large pieces, all in one transaction. Identifiers that are loaded already show as a broken
//! unique constraint; only then are they looked for, so that the usual import does not pay for the search.

mod load;
mod report;
mod staging;

use std::io::Read;

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::console::Console;
use crate::error::{Error, Result};
use crate::ids::CompanyId;
use crate::schema::companies;
use crate::sim_files::{ReadOptions, SimFile};

pub use report::ImportReport;

/// What the person who imports decides.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// How the file departs from the usual.
    pub read: ReadOptions,
    /// Load the good lines although there are bad ones.
    pub skip_bad: bool,
    /// How many problems the report lists; all are counted.
    pub problem_limit: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { read: ReadOptions::default(), skip_bad: false, problem_limit: 100 }
    }
}

/// How far an import has come. Given every few thousand rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The file is being read and checked.
    Reading {
        /// Lines with something on them, so far.
        rows: u64,
    },
    /// The rows become SIMs.
    Loading {
        /// SIMs so far.
        rows: u64,
        /// SIMs in all.
        of: u64,
    },
}

/// Loads a SIM file into the inventory of `company`, whole or, without [`ImportOptions::skip_bad`], not at all.
///
/// A file that cannot be read at all is [`Error::Refused`]; bad lines are in the report, whose [`ImportReport::refused`] says
/// whether they kept the file out.
pub fn import<R: Read>(
    console: &mut Console,
    company: CompanyId,
    source: R,
    options: &ImportOptions,
    progress: impl FnMut(Progress),
) -> Result<ImportReport> {
    load_file(console, company, source, options, progress)
}

/// As [`import`]. Who may do so is the caller's business.
pub(crate) fn load_file<R: Read>(
    conn: &mut PgConnection,
    company: CompanyId,
    source: R,
    options: &ImportOptions,
    mut progress: impl FnMut(Progress),
) -> Result<ImportReport> {
    let file =
        SimFile::open(source, options.read.clone()).map_err(|problem| Error::refused(problem.to_string()))?;
    let ignored_columns = file.ignored_columns();
    let report = conn.transaction(|conn| {
        let staged = staging::stage(conn, file, options.problem_limit, &mut progress)?;
        let mut problems = staged.problems;
        let loaded = if problems.is_empty() || options.skip_bad {
            load::load(conn, company, options.skip_bad, staged.good, &mut problems, &mut progress)?
        } else {
            problems.add(load::find_loaded_already(conn)?);
            0
        };
        Ok::<_, Error>(ImportReport {
            rows: staged.rows,
            blank_lines: u64::from(staged.blank_lines),
            loaded,
            refused: !problems.is_empty() && !options.skip_bad,
            bad: problems.count(),
            problems: problems.into_first(),
            ignored_columns,
        })
    })?;
    load::refresh_statistics(conn, report.loaded)?;
    Ok(report)
}

/// The company of this name, in any letter case, or with this public id.
///
/// [`Error::Refused`] when there is none, and when companies in different places of the tree share the name.
pub fn company_named(console: &mut Console, name: &str) -> Result<CompanyId> {
    let name = name.trim();
    if let Ok(uid) = name.parse::<uuid::Uuid>() {
        let found = companies::table
            .filter(companies::uid.eq(uid))
            .select(companies::id)
            .first(&mut **console)
            .optional()?;
        return found.ok_or_else(|| Error::refused(format!("There is no company with the id {name}.")));
    }
    let found: Vec<CompanyId> = companies::table
        .filter(lower(companies::name).eq(lower(name)))
        .select(companies::id)
        .limit(2)
        .load(&mut **console)?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::refused(format!("There is no company named “{name}”."))),
        _ => Err(Error::refused(format!(
            "Several companies are named “{name}”: give the id of the one you mean."
        ))),
    }
}

diesel::define_sql_function! {
    /// SQL `lower`.
    fn lower(text: Text) -> Text;
}
