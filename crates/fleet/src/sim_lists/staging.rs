//! The entries that were sent, in a temporary table.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, BufWriter, Write};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::dsl::copy_from;
use diesel::prelude::*;

use super::ENTRY_LIMIT;
use super::detail_rows::{self, Read};
use super::details::Detail;
use super::entry::{Entry, Kind, shortened};
use super::range::Range;
use super::split::{Layout, Written, entries};
use crate::error::{Error, Result};
use crate::numbers::count;

diesel::table! {
    /// Dropped at the end of the transaction.
    list_entries (entry) {
        entry -> Integer,
        line -> Integer,
        kind -> Text,
        number -> Text,
        other -> Nullable<Text>,
        written -> Nullable<Text>,
        reason -> Nullable<Text>,
        details -> Nullable<Jsonb>,
    }
}

/// The most ranges of which it is said how they were read.
const NOTES: usize = 100;

/// What is in the temporary table.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) entries: usize,
    /// Words, and numbers that are no identifiers, around the entries.
    pub(super) passed_over: usize,
    /// How ranges were read, a sentence each.
    pub(super) notes: Vec<String>,
    /// Whether some may name several SIMs.
    pub(super) has_chips: bool,
    /// Which details the rows have, as they are stored.
    pub(super) details: Vec<String>,
}

/// Fills the temporary table `list_entries` from `source`, of which `details` can be columns.
pub(super) fn stage<R: io::Read>(
    conn: &mut PgConnection,
    source: R,
    layout: Layout,
    details: &[Detail],
) -> Result<Staged> {
    conn.batch_execute(
        "CREATE TEMPORARY TABLE list_entries (
             entry integer NOT NULL,
             line integer NOT NULL,
             kind text NOT NULL,
             number text COLLATE \"C\" NOT NULL,
             other text COLLATE \"C\",
             written text,
             reason text,
             details jsonb
         ) ON COMMIT DROP",
    )?;
    // Diesel may call the function more than once, as far as its type says; it does not.
    let pouring = RefCell::new(Pouring { source: Some(source), staged: Staged::default(), failure: None });
    let copied = copy_from(list_entries::table)
        .from_raw_data(list_entries::all_columns, |copy| pouring.borrow_mut().pour(copy, layout, details))
        .execute(conn);
    let Pouring { staged, failure, .. } = pouring.into_inner();
    // When the text is to blame, the server's own error only says that COPY was broken off.
    if let Some(failure) = failure {
        return Err(failure);
    }
    copied?;
    conn.batch_execute("ANALYZE list_entries")?;
    Ok(staged)
}

struct Pouring<R> {
    source: Option<R>,
    staged: Staged,
    failure: Option<Error>,
}

impl<R: io::Read> Pouring<R> {
    fn pour(&mut self, copy: &mut dyn Write, layout: Layout, details: &[Detail]) -> Result<()> {
        let Some(source) = self.source.take() else { return Ok(()) };
        let mut filling =
            Filling { copy: BufWriter::with_capacity(64 * 1024, copy), staged: &mut self.staged };
        let take = |line: u32, written: Written<'_>| filling.take(line, written);
        let read = match layout {
            Layout::Details => detail_rows::rows(source, details, take),
            Layout::Words | Layout::Table => entries(source, layout, take).map(|()| Read::default()),
        };
        let poured = read.and_then(|read| {
            filling.copy.flush().map_err(|error| broken(&error))?;
            self.staged.details = read.details;
            self.staged.notes.extend(read.note);
            Ok(())
        });
        poured.map_err(|failure| {
            let broken_off = Error::refused(failure.to_string());
            self.failure = Some(failure);
            broken_off
        })
    }
}

struct Filling<'a, W: Write> {
    copy: BufWriter<W>,
    staged: &'a mut Staged,
}

impl<W: Write> Filling<'_, W> {
    fn take(&mut self, line: u32, written: Written<'_>) -> Result<()> {
        match written {
            Written::Word => {
                self.staged.passed_over += 1;
                Ok(())
            }
            Written::Entry(text) => self.add(line, text, &Entry::read(text), None),
            Written::Row(text, details) => self.add(line, text, &Entry::read(text), Some(details)),
            Written::Unreadable(text, reason) => {
                self.add(line, text, &Entry::nothing(text, reason.to_owned()), None)
            }
            Written::Range(range) => self.add_range(line, range),
        }
    }

    fn add_range(&mut self, line: u32, range: Range) -> Result<()> {
        if self.staged.notes.len() < NOTES {
            self.staged.notes.push(format!("Line {}: {}", count(line.into()), range.words()));
        }
        range.numbers().try_for_each(|number| self.add(line, &number, &Entry::of_range(&number), None))
    }

    fn add(&mut self, line: u32, text: &str, entry: &Entry, details: Option<&str>) -> Result<()> {
        if self.staged.entries == ENTRY_LIMIT {
            return Err(Error::invalid(
                "identifiers",
                "A list can name at most 1,000,000 SIMs. Split it, or use the filters of the fleet.",
            ));
        }
        self.staged.entries += 1;
        self.staged.has_chips |= entry.kind == Kind::Chip;
        let written = write_row(&mut self.copy, self.staged.entries, line, text, entry).and_then(|()| {
            let details = details.map_or(Cow::Borrowed("\\N"), |details| Cow::Owned(escaped(details)));
            writeln!(self.copy, "\t{details}")
        });
        written.map_err(|error| broken(&error))
    }
}

/// Writes a row in the text format of `COPY`, but for its last column.
fn write_row(copy: &mut impl Write, place: usize, line: u32, text: &str, entry: &Entry) -> io::Result<()> {
    write!(copy, "{place}\t{}\t{}\t{}\t", line.cast_signed(), entry.kind.letter(), escaped(&entry.number))?;
    write!(copy, "{}\t", entry.other.as_deref().unwrap_or("\\N"))?;
    // Most are written as they are looked up: those words are not kept twice.
    let written = shortened(text);
    let written = if written == entry.number { "\\N".to_owned() } else { escaped(&written) };
    let reason = entry.reason.as_deref().map_or_else(|| "\\N".to_owned(), escaped);
    write!(copy, "{written}\t{reason}")
}

/// Control characters are gone by now; the backslash alone means something to `COPY`.
fn escaped(text: &str) -> String {
    if text.contains('\\') { text.replace('\\', "\\\\") } else { text.to_owned() }
}

fn broken(error: &io::Error) -> Error {
    Error::Internal(format!("COPY: {error}"))
}
