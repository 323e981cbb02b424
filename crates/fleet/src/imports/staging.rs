//! The rows of the file, checked, in a temporary table.

use std::cell::RefCell;
use std::io::{self, BufWriter, Read, Write};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::dsl::copy_from;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer};

use super::Progress;
use super::report::Problems;
use crate::error::{Error, Result};
use crate::sim_files::{DuplicateFinder, Entry, FileProblem, LineProblem, SimFile, SimRow};

/// Progress is told each time this many rows have been read.
const ROWS_PER_REPORT: u64 = 10_000;

diesel::table! {
    /// Dropped at the end of the transaction.
    import_rows (line) {
        line -> Integer,
        iccid -> Text,
        imsi -> Text,
        msisdn -> Nullable<Text>,
        eid -> Nullable<Text>,
        sim_type -> Text,
        label -> Nullable<Text>,
    }
}

/// What is in the temporary table, and what is not.
pub(super) struct Staged {
    pub(super) rows: u64,
    pub(super) good: u64,
    pub(super) blank_lines: u32,
    pub(super) problems: Problems,
}

/// Reads the whole file. Lines with problems, and those that repeat an earlier line, are not in the table afterwards.
pub(super) fn stage<R: Read>(
    conn: &mut PgConnection,
    file: SimFile<R>,
    problem_limit: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Staged> {
    conn.batch_execute(
        "CREATE TEMPORARY TABLE import_rows (
             line integer NOT NULL,
             iccid text COLLATE \"C\" NOT NULL,
             imsi text COLLATE \"C\" NOT NULL,
             msisdn text COLLATE \"C\",
             eid text COLLATE \"C\",
             sim_type sim_type NOT NULL,
             label text
         ) ON COMMIT DROP",
    )?;
    // Diesel may call the function more than once, as far as its type says; it does not.
    let reading = RefCell::new(Reading {
        file,
        rows: 0,
        problems: Problems::up_to(problem_limit),
        duplicates: DuplicateFinder::default(),
        failure: None,
        progress,
    });
    let copied = copy_from(import_rows::table)
        .from_raw_data(import_rows::all_columns, |copy| reading.borrow_mut().pour(copy))
        .execute(conn);

    let Reading { file, rows, mut problems, duplicates, failure, .. } = reading.into_inner();
    // When the file is to blame, the server's own error only says that COPY was broken off.
    if let Some(problem) = failure {
        return Err(Error::refused(problem.to_string()));
    }
    copied?;
    let duplicates = duplicates.finish();
    remove(conn, &duplicates)?;
    problems.add(duplicates);
    Ok(Staged { rows, good: rows - problems.count(), blank_lines: file.blank_lines(), problems })
}

/// Takes the lines of `problems` out of the temporary table.
pub(super) fn remove(conn: &mut PgConnection, problems: &[LineProblem]) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<i32> = problems.iter().map(|problem| problem.line.cast_signed()).collect();
    diesel::sql_query("DELETE FROM import_rows WHERE line = ANY($1)")
        .bind::<Array<Integer>, _>(lines)
        .execute(conn)?;
    Ok(())
}

struct Reading<'a, R> {
    file: SimFile<R>,
    rows: u64,
    problems: Problems,
    duplicates: DuplicateFinder,
    failure: Option<FileProblem>,
    progress: &'a mut dyn FnMut(Progress),
}

impl<R: Read> Reading<'_, R> {
    fn pour(&mut self, copy: &mut dyn Write) -> Result<()> {
        let mut copy = BufWriter::with_capacity(64 * 1024, copy);
        for entry in self.file.by_ref() {
            match entry {
                Err(problem) => {
                    let broken_off = Error::refused(problem.to_string());
                    self.failure = Some(problem);
                    return Err(broken_off);
                }
                Ok(Entry::Sim(row)) => {
                    write_row(&mut copy, &row).map_err(copy_failed)?;
                    self.duplicates.note(&row);
                }
                Ok(Entry::Problem(problem)) => self.problems.push(problem),
            }
            self.rows += 1;
            if self.rows.is_multiple_of(ROWS_PER_REPORT) {
                (self.progress)(Progress::Reading { rows: self.rows });
            }
        }
        (self.progress)(Progress::Reading { rows: self.rows });
        copy.flush().map_err(copy_failed)
    }
}

/// Writes a row in the text format of `COPY`.
fn write_row(copy: &mut impl Write, row: &SimRow) -> io::Result<()> {
    write!(copy, "{}\t", row.line.cast_signed())?;
    for text in [
        Some(row.iccid.as_str()),
        Some(row.imsi.as_str()),
        row.msisdn.as_ref().map(AsRef::as_ref),
        row.eid.as_ref().map(AsRef::as_ref),
        Some(row.sim_type.as_str()),
    ] {
        copy.write_all(text.unwrap_or("\\N").as_bytes())?;
        copy.write_all(b"\t")?;
    }
    match &row.label {
        // A label has no control characters, so the backslash alone means something to COPY.
        Some(label) if label.as_str().contains('\\') => {
            copy.write_all(label.as_str().replace('\\', "\\\\").as_bytes())?;
        }
        Some(label) => copy.write_all(label.as_str().as_bytes())?,
        None => copy.write_all(b"\\N")?,
    }
    copy.write_all(b"\n")
}

fn copy_failed(error: io::Error) -> Error {
    Error::Internal(format!("COPY: {error}"))
}
