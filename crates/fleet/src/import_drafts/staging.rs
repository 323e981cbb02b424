//! The rows of a file, good and bad, into the table of its draft.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, BufWriter, Read, Write};

use diesel::dsl::copy_from;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::{ImportProblem, check};
use crate::error::{Error, Result};
use crate::ids::ImportDraftId;
use crate::numbers::count;
use crate::schema::import_lines;
use crate::sim_files::{Column, DuplicateFinder, Entry, LabelName, LineProblem, RowProblem, SimFile, SimRow};

/// How many rows go in at once, each time with a note of how many there are.
const ROWS_AT_ONCE: u32 = 50_000;
/// The most labels that one file may bring: more is a column in the wrong place.
const LABEL_LIMIT: usize = 1_000;

/// What has been read.
pub(super) struct Staged {
    pub(super) rows: u32,
    pub(super) blank_lines: u32,
}

/// Reads the whole file into the lines of `draft`, and tells each time how many rows there are.
pub(super) fn stage<R: Read>(
    conn: &mut PgConnection,
    draft: ImportDraftId,
    file: SimFile<R>,
    row_limit: u32,
    mut progress: impl FnMut(u32),
) -> Result<Staged> {
    let mut pouring = Pouring {
        draft,
        file,
        row_limit,
        rows: 0,
        labels: HashSet::new(),
        duplicates: DuplicateFinder::default(),
        ended: false,
        failure: None,
    };
    while !pouring.ended {
        conn.transaction(|conn| {
            copy(conn, &mut pouring)?;
            check::seen(conn, draft, pouring.rows)
        })?;
        progress(pouring.rows);
    }
    let Pouring { file, rows, duplicates, .. } = pouring;
    mark_repeated(conn, draft, &duplicates.finish())?;
    Ok(Staged { rows, blank_lines: file.blank_lines() })
}

fn copy<R: Read>(conn: &mut PgConnection, pouring: &mut Pouring<R>) -> Result<()> {
    // Diesel may call the function more than once, as far as its type says; it does not.
    let shared = RefCell::new(&mut *pouring);
    let copied = copy_from(import_lines::table)
        .from_raw_data(import_lines::all_columns, |copy| shared.borrow_mut().pour(copy))
        .execute(conn);
    // When the file is to blame, the server's own error only says that COPY was broken off.
    if let Some(failure) = pouring.failure.take() {
        return Err(failure);
    }
    copied?;
    Ok(())
}

struct Pouring<R> {
    draft: ImportDraftId,
    file: SimFile<R>,
    row_limit: u32,
    rows: u32,
    /// In small letters.
    labels: HashSet<String>,
    duplicates: DuplicateFinder,
    ended: bool,
    failure: Option<Error>,
}

impl<R: Read> Pouring<R> {
    fn pour(&mut self, copy: &mut dyn Write) -> Result<()> {
        let mut copy = BufWriter::with_capacity(64 * 1024, copy);
        let poured = self.pour_rows(&mut copy).and_then(|()| copy.flush().map_err(|error| broken(&error)));
        poured.map_err(|failure| {
            let broken_off = Error::refused(failure.to_string());
            self.failure = Some(failure);
            broken_off
        })
    }

    fn pour_rows(&mut self, copy: &mut impl Write) -> Result<()> {
        for _ in 0..ROWS_AT_ONCE {
            let Some(entry) = self.file.next() else {
                self.ended = true;
                return Ok(());
            };
            if self.rows == self.row_limit {
                return Err(Error::invalid(
                    "file",
                    format!(
                        "The file has more than {} rows: split it, and import the parts one after the other.",
                        count(self.row_limit.into())
                    ),
                ));
            }
            self.rows += 1;
            let draft = self.draft;
            match entry.map_err(|problem| check::unreadable(&problem))? {
                Entry::Sim(row) => {
                    write_sim(copy, draft, &row).map_err(|error| broken(&error))?;
                    self.note_label(row.label.as_ref())?;
                    self.duplicates.note(&row);
                }
                Entry::Problem(problem) => {
                    let written = |column| self.file.written(column);
                    write_problem(copy, draft, &problem, written).map_err(|error| broken(&error))?;
                }
            }
        }
        Ok(())
    }

    /// Refuses files in which nearly every row has a label of its own.
    fn note_label(&mut self, label: Option<&LabelName>) -> Result<()> {
        let Some(label) = label.map(LabelName::as_str) else { return Ok(()) };
        if !self.labels.contains(label) {
            self.labels.insert(label.to_lowercase());
        }
        if self.labels.len() <= LABEL_LIMIT {
            return Ok(());
        }
        Err(Error::invalid(
            "file",
            "The file has more than 1,000 different labels. Is another column named “label”?",
        ))
    }
}

/// Writes a row in the text format of `COPY`.
fn write_sim(copy: &mut impl Write, draft: ImportDraftId, row: &SimRow) -> io::Result<()> {
    write!(copy, "{draft}\t{}", row.line)?;
    let label = row.label.as_ref().map(LabelName::as_str);
    for cell in [
        Some(row.iccid.as_str()),
        Some(row.imsi.as_str()),
        row.msisdn.as_ref().map(AsRef::as_ref),
        row.eid.as_ref().map(AsRef::as_ref),
        Some(row.sim_type.as_str()),
        label,
    ] {
        write_cell(copy, cell)?;
    }
    copy.write_all(b"\t\\N\t\\N\n")
}

fn write_problem(
    copy: &mut impl Write,
    draft: ImportDraftId,
    problem: &LineProblem,
    written: impl Fn(Column) -> Option<String>,
) -> io::Result<()> {
    write!(copy, "{draft}\t{}", problem.line)?;
    for column in Column::ALL {
        let cell = written(column);
        // Programs for tables take a plus for the beginning of a formula.
        let cell = cell.as_deref().map(|cell| cell.strip_prefix('+').unwrap_or(cell));
        write_cell(copy, cell)?;
    }
    write_cell(copy, Some(ImportProblem::from(&problem.reason).as_str()))?;
    write_cell(copy, Some(&sentence(problem)))?;
    copy.write_all(b"\n")
}

/// What is wrong, with the column where the sentence does not name it.
fn sentence(problem: &LineProblem) -> String {
    match (&problem.reason, problem.column) {
        (RowProblem::OutsideHeader | RowProblem::NotUtf8, Some(column)) => {
            format!("Column {column}: {}", problem.reason)
        }
        _ => problem.reason.to_string(),
    }
}

/// Cells have no control characters, so the backslash alone means something to `COPY`.
fn write_cell(copy: &mut impl Write, cell: Option<&str>) -> io::Result<()> {
    copy.write_all(b"\t")?;
    match cell {
        Some(cell) if cell.contains('\\') => copy.write_all(cell.replace('\\', "\\\\").as_bytes()),
        Some(cell) => copy.write_all(cell.as_bytes()),
        None => copy.write_all(b"\\N"),
    }
}

/// Marks the rows that repeat an identifier of an earlier one.
fn mark_repeated(conn: &mut PgConnection, draft: ImportDraftId, repeated: &[LineProblem]) -> Result<()> {
    const SQL: &str = "UPDATE import_lines l SET problem = 'duplicate', reason = r.reason \
         FROM unnest($2, $3) AS r (line, reason) WHERE l.draft_id = $1 AND l.line = r.line";
    if repeated.is_empty() {
        return Ok(());
    }
    for some in repeated.chunks(REPEATED_AT_ONCE) {
        let lines: Vec<i32> = some.iter().map(|problem| problem.line.cast_signed()).collect();
        let reasons: Vec<String> = some.iter().map(where_first).collect();
        diesel::sql_query(SQL)
            .bind::<BigInt, _>(draft)
            .bind::<Array<Integer>, _>(lines)
            .bind::<Array<Text>, _>(reasons)
            .execute(conn)?;
    }
    Ok(())
}

/// How many repeated rows are marked by one statement.
const REPEATED_AT_ONCE: usize = 50_000;

fn where_first(problem: &LineProblem) -> String {
    let column = problem.column.map_or("value", Column::label);
    match problem.reason {
        RowProblem::Duplicate { first_line } => {
            format!("The same {column} stands in line {first_line} already.")
        }
        _ => problem.reason.to_string(),
    }
}

fn broken(error: &io::Error) -> Error {
    Error::Internal(format!("COPY: {error}"))
}
