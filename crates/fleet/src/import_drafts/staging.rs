//! The rows of a file, good and bad, into the table of its draft.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::io::{self, BufWriter, Read, Write};

use diesel::dsl::copy_from;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::{ImportProblem, check, told};
use crate::characters::lower_case;
use crate::error::{Error, Result};
use crate::ids::ImportDraftId;
use crate::numbers::count;
use crate::schema::import_lines;
use crate::sim_files::{
    BadRow, Column, DuplicateFinder, Entry, LabelName, LineProblem, RoundedFinder, SimFile, SimRow,
};

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
    let rounded = RoundedFinder::of(file.iccid_form());
    let mut pouring = Pouring {
        draft,
        file,
        row_limit,
        rows: 0,
        labels: HashSet::new(),
        rounded,
        duplicates: DuplicateFinder::default(),
        kinds: Vec::new(),
        ended: false,
        failure: None,
    };
    while !pouring.ended {
        conn.transaction(|conn| {
            copy(conn, &mut pouring)?;
            note_kinds(conn, draft, std::mem::take(&mut pouring.kinds))?;
            check::seen(conn, draft, pouring.rows)
        })?;
        progress(pouring.rows);
    }
    let Pouring { file, rows, rounded, duplicates, .. } = pouring;
    mark(conn, draft, rows, ImportProblem::Spreadsheet, &rounded.finish())?;
    mark(conn, draft, rows, ImportProblem::Duplicate, &duplicates.finish())?;
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
    rounded: RoundedFinder,
    duplicates: DuplicateFinder,
    /// The kinds of problems of the rows that were poured last, each with its line.
    kinds: Vec<(u32, ImportProblem)>,
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
                    self.rounded.note(&row);
                    self.duplicates.note(&row);
                }
                Entry::Problem(row) => {
                    self.write_problem(copy, &row).map_err(|error| broken(&error))?;
                    self.rounded.note_bad(&row);
                    self.duplicates.note_bad(&row);
                }
            }
        }
        Ok(())
    }

    /// Writes a row that can't be taken: what can be read of it, and of the rest what was written, so that it can be
    /// corrected and sent again.
    fn write_problem(&mut self, copy: &mut impl Write, row: &BadRow) -> io::Result<()> {
        let BadRow { line, problems, iccid, imsi, msisdn, eid } = row;
        let cells = Column::ALL.map(|column| (column, self.file.written(column)));
        let read = [
            iccid.as_ref().map(AsRef::as_ref),
            imsi.as_ref().map(AsRef::as_ref),
            msisdn.as_ref().map(AsRef::as_ref),
            eid.as_ref().map(AsRef::as_ref),
            None,
            None,
        ];
        write!(copy, "{}\t{line}", self.draft)?;
        for ((column, cell), read) in cells.iter().zip(read) {
            let unread = if *column == Column::Iccid { None } else { told::written(cell) };
            write_cell(copy, read.or(unread))?;
        }
        let kinds: BTreeSet<ImportProblem> =
            problems.iter().map(|problem| ImportProblem::from(&problem.reason)).collect();
        write_cell(copy, kinds.first().map(|kind| kind.as_str()))?;
        self.kinds.extend(kinds.into_iter().map(|kind| (*line, kind)));
        write_cell(copy, Some(&told::all(problems, &cells)))?;
        let [(_, as_iccid), ..] = &cells;
        write_cell(copy, if iccid.is_none() { told::written(as_iccid) } else { None })?;
        copy.write_all(b"\n")
    }

    /// Refuses files in which nearly every row has a label of its own.
    fn note_label(&mut self, label: Option<&LabelName>) -> Result<()> {
        let Some(label) = label.map(LabelName::as_str) else { return Ok(()) };
        if !self.labels.contains(label) {
            self.labels.insert(lower_case(label));
        }
        if self.labels.len() <= LABEL_LIMIT {
            return Ok(());
        }
        Err(Error::invalid(
            "column",
            "The file has more than 1,000 different labels. Is another column taken as the label?",
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
    copy.write_all(b"\t\\N\t\\N\t\\N\n")
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

/// Notes which kinds of problems rows have.
fn note_kinds(conn: &mut PgConnection, draft: ImportDraftId, kinds: Vec<(u32, ImportProblem)>) -> Result<()> {
    const SQL: &str = "INSERT INTO import_problems (draft_id, problem, line) \
         SELECT $1, problem::import_problem, line FROM unnest($2, $3) AS kinds (line, problem)";
    if kinds.is_empty() {
        return Ok(());
    }
    let (lines, problems): (Vec<i32>, Vec<&str>) =
        kinds.into_iter().map(|(line, kind)| (line.cast_signed(), kind.as_str())).unzip();
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(draft)
        .bind::<Array<Integer>, _>(lines)
        .bind::<Array<Text>, _>(problems)
        .execute(conn)?;
    Ok(())
}

/// Marks the rows with a problem that is seen across lines only, beside what else is wrong with them; of all `rows`, some at
/// a time.
fn mark(
    conn: &mut PgConnection,
    draft: ImportDraftId,
    rows: u32,
    kind: ImportProblem,
    found: &[LineProblem],
) -> Result<()> {
    const SQL: &str = "WITH found AS (SELECT line, string_agg(reason, ' ' ORDER BY place) AS reason \
             FROM unnest($2, $3) WITH ORDINALITY AS each (line, reason, place) GROUP BY line), \
         noted AS (INSERT INTO import_problems (draft_id, problem, line) \
             SELECT $1, $4::import_problem, line FROM found ON CONFLICT DO NOTHING) \
         UPDATE import_lines l SET problem = coalesce(l.problem, $4::import_problem), \
             reason = concat_ws(' ', l.reason, f.reason) \
         FROM found f WHERE l.draft_id = $1 AND l.line = f.line";
    for some in found.chunks(MARKED_AT_ONCE) {
        let lines: Vec<i32> = some.iter().map(|problem| problem.line.cast_signed()).collect();
        let reasons: Vec<String> = some.iter().map(told::across_lines).collect();
        diesel::sql_query(SQL)
            .bind::<BigInt, _>(draft)
            .bind::<Array<Integer>, _>(lines)
            .bind::<Array<Text>, _>(reasons)
            .bind::<Text, _>(kind.as_str())
            .execute(conn)?;
        check::seen(conn, draft, rows)?;
    }
    Ok(())
}

/// How many problems are marked by one statement.
const MARKED_AT_ONCE: usize = 50_000;

fn broken(error: &io::Error) -> Error {
    Error::Internal(format!("COPY: {error}"))
}
