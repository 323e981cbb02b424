//! From a text to its entries: words, or the column of a table that holds identifiers.

use std::io::Read;

use super::prose;
use super::range::Range;
use super::shortened::Shortened;
use crate::error::{Error, Result};
use crate::sim_files::{Fields, FileProblem, LineRead, Lines, look_at_start};

/// The most bytes of a line. A million identifiers may stand on one.
const LINE_LIMIT: usize = 32 * 1024 * 1024;
/// What is wrong with a longer one.
pub(super) const TOO_LONG: &str = "The line is too long.";
/// What has fewer digits, in the first column of a file without column names, is no identifier.
const DIGITS: usize = 5;

/// The names of columns that are recognised, the most exact first.
const COLUMNS: [&str; 5] = ["iccid", "imsi", "msisdn", "eid", "imei"];

/// How a text is read that begins with no line of column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Somebody has typed or pasted it: identifiers stand anywhere, also between words.
    Words,
    /// It is a file: the first column of each line is one.
    Table,
    /// It is a table whose first line names an identifier, and details that the SIMs are to get.
    Details,
}

/// What stands in one place of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written<'a> {
    /// An entry.
    Entry(&'a str),
    /// An entry, and the details that it comes with.
    Row(&'a str, &'a str),
    /// Entries from one number to another.
    Range(Range),
    /// Entries of which only the beginning and the endings are written.
    Shortened(Shortened<'a>),
    /// What can't be read, and why.
    Unreadable(&'a str, &'a str),
    /// A word, or a number that is only a date, an amount or the like.
    Word,
}

/// Gives each entry of `source` with the number of its line to `each`.
pub(super) fn entries<R: Read>(
    source: R,
    layout: Layout,
    mut each: impl FnMut(u32, Written<'_>) -> Result<()>,
) -> Result<()> {
    let mut table: Option<Table> = None;
    let mut is_first = true;
    each_line(source, LINE_LIMIT, |number, line, is_whole| {
        if !is_whole {
            return each(number, Written::Unreadable(line, TOO_LONG));
        }
        if std::mem::take(&mut is_first) {
            table = Table::of_header(line);
            if table.is_some() {
                return Ok(());
            }
            table = (layout == Layout::Table).then(|| Table::without_header(line));
        }
        match &mut table {
            Some(table) => table.entry(number, line, &mut each),
            None => prose::line(line, &mut |written| each(number, written)),
        }
    })
}

/// Gives each line of `source` that is not blank with its number to `each`, and says whether it is whole: of one with more bytes
/// than `limit`, only the beginning is given.
pub(super) fn each_line<R: Read>(
    source: R,
    limit: usize,
    mut each: impl FnMut(u32, &str, bool) -> Result<()>,
) -> Result<()> {
    let mut lines = Lines::with_limit(source, limit);
    skip_mark(&mut lines)?;
    for number in 1_u32.. {
        let read = lines.read().map_err(|error| unreadable(&error))?;
        let line = String::from_utf8_lossy(lines.line());
        match read {
            LineRead::End => break,
            LineRead::Taken if line.trim().is_empty() => {}
            LineRead::Taken | LineRead::TooLong => each(number, &line, read == LineRead::Taken)?,
        }
    }
    Ok(())
}

/// Passes over the mark at the beginning of a UTF-8 text, and refuses what is no text.
fn skip_mark<R: Read>(lines: &mut Lines<R>) -> Result<()> {
    let start = lines.peek().map_err(|error| unreadable(&error))?;
    let refused = |sentence: String| Err(Error::invalid("identifiers", sentence));
    let mark = match look_at_start(start) {
        Err(FileProblem::Empty) => 0,
        Err(problem) => return refused(problem.to_string()),
        Ok(_) if start.contains(&0) => {
            return refused("This is not a text. Send a CSV, or identifiers one per line.".to_owned());
        }
        Ok(mark) => mark,
    };
    lines.skip(mark);
    Ok(())
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::Internal(format!("reading a list: {error}"))
}

/// A text with columns.
pub(super) struct Table {
    pub(super) fields: Fields,
    /// The columns that hold identifiers, the most exact first; none: there was no header.
    pub(super) places: Vec<usize>,
}

impl Table {
    /// The table that begins with `line`, if that names a column of identifiers.
    pub(super) fn of_header(line: &str) -> Option<Self> {
        let read = |delimiter| {
            let mut fields = Fields::new(delimiter);
            fields.split(line.as_bytes()).ok()?;
            let names: Vec<String> =
                fields.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
            let place = |column: &&str| names.iter().position(|name| name == column);
            let places: Vec<usize> = COLUMNS.iter().filter_map(place).collect();
            (!places.is_empty()).then_some(Self { fields, places })
        };
        [b',', b';', b'\t'].into_iter().filter_map(read).max_by_key(|table| table.places.len())
    }

    fn without_header(line: &str) -> Self {
        let delimiter = line.bytes().find(|byte| matches!(byte, b',' | b';' | b'\t')).unwrap_or(b',');
        Self { fields: Fields::new(delimiter), places: Vec::new() }
    }

    fn entry(
        &mut self,
        number: u32,
        line: &str,
        each: &mut impl FnMut(u32, Written<'_>) -> Result<()>,
    ) -> Result<()> {
        if let Err(problem) = self.fields.split(line.as_bytes()) {
            if self.places.is_empty() {
                // So many on one line, or so oddly quoted, that it is no table.
                return prose::line(line, &mut |written| each(number, written));
            }
            return each(number, Written::Unreadable(line, &problem.to_string()));
        }
        let cells: Vec<_> = self.fields.iter().map(String::from_utf8_lossy).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let mut entry = |cell: &str| prose::cell(cell, &mut |written| each(number, written));
        if self.places.is_empty() {
            let first = cells.first().map_or("", AsRef::as_ref);
            if is_row_of_numbers(cells.iter().map(AsRef::as_ref)) {
                return cells.iter().try_for_each(|cell| entry(cell));
            }
            if first.bytes().filter(u8::is_ascii_digit).count() < DIGITS {
                return prose::line(line, &mut |written| each(number, written));
            }
            return entry(first);
        }
        let cell =
            self.places.iter().filter_map(|place| cells.get(*place)).find(|cell| !cell.trim().is_empty());
        match cell {
            Some(cell) => entry(cell),
            None => each(number, Written::Unreadable(line, "The line has no identifier.")),
        }
    }
}

/// Whether several numbers of the same length stand there: entries side by side, not columns.
fn is_row_of_numbers<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let mut lengths = cells.map(|cell| {
        let cell = cell.trim();
        cell.bytes().all(|byte| byte.is_ascii_digit()).then_some(cell.len())
    });
    let Some(Some(first)) = lengths.next() else { return false };
    let mut others = lengths.filter(|length| *length != Some(0)).peekable();
    others.peek().is_some() && others.all(|length| length == Some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, layout: Layout) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        entries(text.as_bytes(), layout, |line, written| {
            found.push(match written {
                Written::Entry(text) | Written::Row(text, _) => (line, text.trim().to_owned()),
                Written::Range(range) => (line, range.words()),
                Written::Unreadable(_, reason) => (line, format!("! {reason}")),
                Written::Shortened(_) | Written::Word => return Ok(()),
            });
            Ok(())
        })
        .unwrap();
        found
    }

    fn texts(text: &str, layout: Layout) -> Vec<String> {
        split(text, layout).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn words_stand_anywhere_and_groups_are_one_number() {
        assert_eq!(
            split(
                "\u{feff}1234567, 7654321;x\r\n\r\n+49 170 1234567\t8901\u{a0}2608 8120 5897 720\n",
                Layout::Words
            ),
            [
                (1, "1234567".to_owned()),
                (1, "7654321".to_owned()),
                (3, "+49 170 1234567".to_owned()),
                (3, "8901 2608 8120 5897 720".to_owned()),
            ]
        );
        assert_eq!(texts("901700000009999 901700000009998", Layout::Words).len(), 2);
    }

    #[test]
    fn a_header_names_the_column() {
        let text = "Name;\"ICCID\";IMSI\r\nMeter;\"8901260881205897720\";1\r\n\"a;b\";;262011234567890\r\n;;\r\nx;;\r\n";
        assert_eq!(
            split(text, Layout::Words),
            [
                (2, "8901260881205897720".to_owned()),
                (3, "262011234567890".to_owned()),
                (5, "! The line has no identifier.".to_owned()),
            ]
        );
        assert_eq!(texts("eid\n89049032123451234512345678901235", Layout::Words).len(), 1);
        let open = texts("iccid,name\n\"1,2\n3,4", Layout::Table);
        assert!(open[0].starts_with("! A quotation mark") && open[1] == "3", "{open:?}");
    }

    #[test]
    fn without_a_header_a_file_gives_its_first_column() {
        assert_eq!(texts("8901260881205897720,Meter,12\n2\n", Layout::Table), ["8901260881205897720", "2"]);
        assert_eq!(texts("8901260881205897720\t262011234567890\n", Layout::Table), ["8901260881205897720"]);
        assert_eq!(texts("262011234567890,262011234567891,\n", Layout::Table).len(), 3);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (bytes, words) in [
            (&b"PK\x03\x04..."[..], "workbook"),
            (b"\xd0\xcf\x11\xe0", "workbook"),
            (b"\xff\xfe8\0", "UTF-16"),
            (b"\x1f\x8b\x08", "compressed"),
            (b"89\0", "not a text"),
        ] {
            let refused = entries(bytes, Layout::Table, |_, _| Ok(())).unwrap_err();
            assert!(matches!(refused, Error::Invalid { .. }), "{bytes:?}");
            assert!(refused.to_string().contains(words), "{bytes:?}: {refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            for layout in [Layout::Words, Layout::Table] {
                let _ = entries(bytes.as_slice(), layout, |_, _| Ok(()));
            }
        }
    }
}
