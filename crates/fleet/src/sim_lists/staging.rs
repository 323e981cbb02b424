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
use super::shortened::{self, Meant, Shortened};
use super::split::{Layout, Written, entries};
use crate::error::{Error, Result};
use crate::numbers::count;
use crate::tenancy::CompanyScope;

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

/// The most ranges of which it is said how they were read. Of shortened numbers it always is.
const NOTES: usize = 100;

/// What is in the temporary table.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) entries: usize,
    /// Words, and numbers that are no identifiers, around the entries.
    pub(super) passed_over: usize,
    /// How ranges were read, a sentence each.
    pub(super) notes: Vec<String>,
    /// Whether any numbers were shortened, so that entries are not in the order of their lines.
    pub(super) has_shortened: bool,
    /// Shortened numbers as they are written, and their lines, until it is known what they mean.
    shortened: Vec<(u32, String)>,
    /// Whether some may name several SIMs.
    pub(super) has_chips: bool,
    /// Which details the rows have, as they are stored.
    pub(super) details: Vec<String>,
}

impl Staged {
    fn note(&mut self, line: u32, words: &str) {
        self.notes.push(format!("Line {}: {words}", count(line.into())));
    }
}

/// Fills the temporary table `list_entries` from `source`, of which `details` can be columns.
pub(super) fn stage<R: io::Read>(
    conn: &mut PgConnection,
    scope: &CompanyScope,
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
    let mut staged = Staged::default();
    let read = copy(conn, &mut staged, |filling| {
        let take = |line: u32, written: Written<'_>| filling.take(line, written);
        match layout {
            Layout::Details => detail_rows::rows(source, details, take),
            Layout::Words | Layout::Table => entries(source, layout, take).map(|()| Read::default()),
        }
    })?;
    staged.details = read.details;
    staged.notes.extend(read.note);
    if !staged.shortened.is_empty() {
        staged.has_shortened = true;
        resolve_shortened(conn, scope, &mut staged)?;
    }
    conn.batch_execute("ANALYZE list_entries")?;
    Ok(staged)
}

/// Adds what the shortened numbers mean. No query can be asked while a text is copied, so they come after all other entries.
fn resolve_shortened(conn: &mut PgConnection, scope: &CompanyScope, staged: &mut Staged) -> Result<()> {
    let shortened = std::mem::take(&mut staged.shortened);
    let mut meant = Vec::new();
    for (line, written) in &shortened {
        if let Some(shortened) = Shortened::read(written) {
            meant.push((*line, shortened.written, shortened.resolve(conn, scope)?));
        }
    }
    copy(conn, staged, |filling| {
        meant.into_iter().try_for_each(|(line, written, meant)| match meant {
            Meant::Range(range, words) => {
                filling.staged.note(line, &words);
                filling.add_range(line, range)
            }
            Meant::Nothing => filling.add(line, written, &Entry::unknown(written), None),
            Meant::Unclear(reason) => filling.take(line, Written::Unreadable(written, &reason)),
        })
    })
}

/// Fills the table by `fill`.
fn copy<T>(
    conn: &mut PgConnection,
    staged: &mut Staged,
    fill: impl FnOnce(&mut Filling<'_>) -> Result<T>,
) -> Result<T> {
    // Diesel may call the function more than once, as far as its type says; it does not.
    let once = RefCell::new(Some((fill, staged)));
    let filled = RefCell::new(None);
    let copied = copy_from(list_entries::table)
        .from_raw_data(list_entries::all_columns, |copy| {
            let Some((fill, staged)) = once.take() else { return Ok(()) };
            let mut filling = Filling { copy: BufWriter::with_capacity(64 * 1024, copy), staged };
            let result = fill(&mut filling)
                .and_then(|result| filling.copy.flush().map(|()| result).map_err(|error| broken(&error)));
            let broken_off = result.as_ref().err().map(|failure| Error::refused(failure.to_string()));
            filled.replace(Some(result));
            broken_off.map_or(Ok(()), Err)
        })
        .execute(conn);
    // When the text is to blame, the server's own error only says that COPY was broken off.
    match filled.into_inner() {
        Some(Err(failure)) => Err(failure),
        Some(Ok(result)) => copied.map(|_| result),
        None => Err(copied.err().unwrap_or_else(|| Error::Internal("COPY was not begun".to_owned()))),
    }
}

struct Filling<'a> {
    copy: BufWriter<&'a mut dyn Write>,
    staged: &'a mut Staged,
}

impl Filling<'_> {
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
            Written::Range(range) => {
                if self.staged.notes.len() < NOTES {
                    self.staged.note(line, &range.words());
                }
                self.add_range(line, range)
            }
            Written::Shortened(shortened) if self.staged.shortened.len() < shortened::LIMIT => {
                self.staged.shortened.push((line, shortened.written.to_owned()));
                Ok(())
            }
            Written::Shortened(shortened) => {
                let reason = format!(
                    "Its middle is left out, as it may be of {} numbers. Write it in full.",
                    shortened::LIMIT
                );
                self.take(line, Written::Unreadable(shortened.written, &reason))
            }
        }
    }

    fn add_range(&mut self, line: u32, range: Range) -> Result<()> {
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
