//! The entries that were sent, in a temporary table.

use std::cell::RefCell;
use std::io::{self, BufWriter, Read, Write};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::dsl::copy_from;
use diesel::prelude::*;

use super::ENTRY_LIMIT;
use super::entry::{Entry, Kind, shortened};
use super::split::{Layout, Written, entries};
use crate::error::{Error, Result};

diesel::table! {
    /// Dropped at the end of the transaction.
    list_entries (entry) {
        entry -> Integer,
        line -> Integer,
        kind -> Text,
        number -> Text,
        written -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

/// What is in the temporary table.
pub(super) struct Staged {
    pub(super) entries: usize,
    /// Whether some may name several SIMs.
    pub(super) has_chips: bool,
}

/// Fills the temporary table `list_entries` from `source`.
pub(super) fn stage<R: Read>(conn: &mut PgConnection, source: R, layout: Layout) -> Result<Staged> {
    conn.batch_execute(
        "CREATE TEMPORARY TABLE list_entries (
             entry integer NOT NULL,
             line integer NOT NULL,
             kind text NOT NULL,
             number text COLLATE \"C\" NOT NULL,
             written text,
             reason text
         ) ON COMMIT DROP",
    )?;
    // Diesel may call the function more than once, as far as its type says; it does not.
    let pouring = RefCell::new(Pouring {
        source: Some(source),
        staged: Staged { entries: 0, has_chips: false },
        failure: None,
    });
    let copied = copy_from(list_entries::table)
        .from_raw_data(list_entries::all_columns, |copy| pouring.borrow_mut().pour(copy, layout))
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

impl<R: Read> Pouring<R> {
    fn pour(&mut self, copy: &mut dyn Write, layout: Layout) -> Result<()> {
        let Some(source) = self.source.take() else { return Ok(()) };
        let mut copy = BufWriter::with_capacity(64 * 1024, copy);
        let staged = &mut self.staged;
        let poured = entries(source, layout, |line, written| {
            if staged.entries == ENTRY_LIMIT {
                return Err(Error::invalid(
                    "identifiers",
                    "A list can name at most 1,000,000 SIMs. Split it, or use the filters of the fleet.",
                ));
            }
            staged.entries += 1;
            let (text, entry) = match written {
                Written::Entry(text) => (text, Entry::read(text)),
                Written::Unreadable(text, reason) => (
                    text,
                    Entry { kind: Kind::Nothing, number: shortened(text), reason: Some(reason.to_owned()) },
                ),
            };
            staged.has_chips |= entry.kind == Kind::Chip;
            write_row(&mut copy, staged.entries, line, text, &entry).map_err(|error| broken(&error))
        })
        .and_then(|()| copy.flush().map_err(|error| broken(&error)));
        poured.map_err(|failure| {
            let broken_off = Error::refused(failure.to_string());
            self.failure = Some(failure);
            broken_off
        })
    }
}

/// Writes a row in the text format of `COPY`.
fn write_row(copy: &mut impl Write, place: usize, line: u32, text: &str, entry: &Entry) -> io::Result<()> {
    write!(copy, "{place}\t{}\t{}\t{}\t", line.cast_signed(), entry.kind.letter(), escaped(&entry.number))?;
    // Most are written as they are looked up: those words are not kept twice.
    let written = shortened(text);
    let written = if written == entry.number { "\\N".to_owned() } else { escaped(&written) };
    let reason = entry.reason.as_deref().map_or_else(|| "\\N".to_owned(), escaped);
    writeln!(copy, "{written}\t{reason}")
}

/// Control characters are gone by now; the backslash alone means something to `COPY`.
fn escaped(text: &str) -> String {
    if text.contains('\\') { text.replace('\\', "\\\\") } else { text.to_owned() }
}

fn broken(error: &io::Error) -> Error {
    Error::Internal(format!("COPY: {error}"))
}
