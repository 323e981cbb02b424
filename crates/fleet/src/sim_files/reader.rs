//! From a source of bytes to rows and problems.

use std::borrow::Cow;
use std::io::Read;

use super::classic;
use super::columns::Column;
use super::header::{FoundColumn, Header, Layout, columns_to_choose, named_delimiter};
use super::lines::{LineRead, Lines};
use super::problem::{FileProblem, LineProblem, RowProblem};
use super::row::{LabelName, SimRow, at, sim_type};
use crate::csv_lines::as_it_was;
use crate::identifiers::{Eid, Iccid, IccidForm, IdentifierError, Imsi, Msisdn};
use crate::sim_lists::undecorated;

/// How a file departs from the usual.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// How its ICCIDs are written.
    pub iccid_form: IccidForm,
    /// What its columns are, one after the other, where somebody says so; those that are none are left out. Only for
    /// tables.
    pub columns: Option<Vec<Option<Column>>>,
}

/// The most characters of a cell that are shown back.
const SHOWN: usize = 60;

/// A column that is in the file and not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredColumn {
    /// Its name in the header.
    pub name: String,
    /// Whether it holds keys or codes, which the portal never keeps.
    pub secret: bool,
}

/// What a line gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A SIM.
    Sim(SimRow),
    /// A line that cannot be taken.
    Problem(LineProblem),
}

/// How far the line that was read last is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cells {
    /// It could not be split.
    Unread,
    /// It could, but not into the columns of the header.
    Shifted,
    /// Its cells are those of the header.
    Aligned,
}

/// A SIM file whose header has been read. As an iterator, it gives an [`Entry`] for each line that is not blank, and ends
/// after the first [`FileProblem`].
pub struct SimFile<R> {
    lines: Lines<R>,
    header: Header,
    iccid_form: IccidForm,
    line: u32,
    /// Rows so far, good or bad.
    rows: u32,
    blank_lines: u32,
    /// The line that was read last has not been given yet.
    is_waiting: bool,
    cells: Cells,
    failed: bool,
}

impl<R: Read> SimFile<R> {
    /// Looks at the beginning of `source` and reads its header line.
    pub fn open(source: R, options: ReadOptions) -> Result<Self, FileProblem> {
        let Begun { mut lines, mut line, blank_lines, delimiter } = begin(source)?;
        let header = match classic::read(&mut lines, &mut line)? {
            Some(header) => header,
            None => Header::read(lines.line(), delimiter, options.columns.as_deref())?,
        };
        Ok(Self {
            is_waiting: header.is_row,
            lines,
            header,
            iccid_form: options.iccid_form,
            line,
            rows: 0,
            blank_lines,
            cells: Cells::Unread,
            failed: false,
        })
    }

    /// The columns that are in the file and not kept.
    pub fn ignored_columns(&self) -> Vec<IgnoredColumn> {
        self.header.ignored()
    }

    /// All columns of the file, and what each is taken as.
    pub fn columns(&self) -> &[FoundColumn] {
        &self.header.found
    }

    /// How the rows are laid out.
    pub fn layout(&self) -> Layout {
        self.header.layout
    }

    /// How many rows the header announces, if it does.
    pub fn quantity(&self) -> Option<u32> {
        self.header.announced.quantity
    }

    /// What stands in `column` of the line that was given last, to be shown to whoever sent it: cut where it is
    /// long, and nothing where it may be a key or a code.
    pub fn written(&self, column: Column) -> Option<String> {
        match self.cells {
            Cells::Unread => return None,
            Cells::Shifted if self.header.has_secrets() => return None,
            Cells::Shifted | Cells::Aligned => {}
        }
        let text = String::from_utf8_lossy(self.header.cell(column).trim_ascii()).into_owned();
        let letters = || text.bytes().filter(u8::is_ascii_alphabetic).count();
        let looks_like_key =
            text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && letters() > 1;
        let written: String =
            text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
        (!written.is_empty() && !looks_like_key).then_some(written)
    }

    /// Whether the file has a column of keys or codes with this name, in small letters.
    pub(crate) fn has_secret(&self, name: &str) -> bool {
        self.header.place_of_secret(name).is_some()
    }

    /// What stands in the column of keys or codes with this name, of the line that was given last: never to be shown.
    pub(crate) fn secret(&self, name: &str) -> &[u8] {
        match self.header.place_of_secret(name) {
            Some(place) if self.cells == Cells::Aligned => self.header.fields.get(place),
            _ => &[],
        }
    }

    /// The number of the line that was read last.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// How many lines so far had nothing in them.
    pub fn blank_lines(&self) -> u32 {
        self.blank_lines
    }

    fn read(&mut self) -> Result<Option<Entry>, FileProblem> {
        loop {
            let read = if std::mem::take(&mut self.is_waiting) {
                LineRead::Taken
            } else {
                let read = self.lines.read()?;
                if read == LineRead::End {
                    return Ok(None);
                }
                self.line = self.line.checked_add(1).ok_or(FileProblem::TooManyLines)?;
                read
            };
            self.cells = Cells::Unread;
            let row = match read {
                LineRead::TooLong => Err((None, RowProblem::TooLong)),
                _ => self.row(),
            };
            match row {
                Ok(Some(row)) => {
                    self.rows += 1;
                    return Ok(Some(Entry::Sim(row)));
                }
                Ok(None) => self.blank_lines += 1,
                Err((column, reason)) => {
                    self.rows += 1;
                    return Ok(Some(Entry::Problem(LineProblem { line: self.line, column, reason })));
                }
            }
        }
    }

    /// The row on the line that was read last; none if it is blank.
    fn row(&mut self) -> Result<Option<SimRow>, (Option<Column>, RowProblem)> {
        let line = self.lines.line();
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        self.header.fields.split(line).map_err(|reason| (None, reason))?;
        self.cells = Cells::Shifted;
        if self.header.fields.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return Ok(None);
        }
        self.check_width().map_err(|reason| (None, reason))?;
        self.cells = Cells::Aligned;
        let iccid = at(Column::Iccid, Iccid::parse_as(self.iccid_form, &self.number(Column::Iccid)?))?;
        let imsi = at(Column::Imsi, self.imsi()?.parse::<Imsi>())?;
        if let Some(column) = self.header.announced.contradicts(&iccid, &imsi) {
            return Err((Some(column), RowProblem::OutsideHeader));
        }
        let eid = self.optional(Column::Eid, str::parse::<Eid>)?;
        Ok(Some(SimRow {
            line: self.line,
            iccid,
            imsi,
            msisdn: self.optional(Column::Msisdn, telephone_number)?,
            eid,
            sim_type: at(Column::Type, sim_type(&self.text(Column::Type)?, eid.is_some()))?,
            label: at(Column::Label, LabelName::parse(&self.text(Column::Label)?))?,
        }))
    }

    /// The IMSI of the row, from the header where the row has none.
    fn imsi(&self) -> Result<Cow<'_, str>, (Option<Column>, RowProblem)> {
        if self.header.has(Column::Imsi) {
            return self.number(Column::Imsi);
        }
        Ok(Cow::Owned(self.header.announced.imsi(self.rows)))
    }

    /// Spreadsheets add empty cells at the end of lines; anything else means that columns have shifted.
    fn check_width(&self) -> Result<(), RowProblem> {
        let fields = &self.header.fields;
        let extra_is_empty = || fields.iter().skip(self.header.width).all(<[u8]>::is_empty);
        if fields.len() == self.header.width || (fields.len() > self.header.width && extra_is_empty()) {
            return Ok(());
        }
        Err(RowProblem::ColumnCount { found: fields.len(), expected: self.header.width })
    }

    fn text(&self, column: Column) -> Result<Cow<'_, str>, (Option<Column>, RowProblem)> {
        let text = std::str::from_utf8(self.header.cell(column)).map_err(|_| RowProblem::NotUtf8);
        at(column, text).map(as_it_was)
    }

    /// What an identifier is read from. `="8901..."` is how people keep a spreadsheet from making a number of it.
    fn number(&self, column: Column) -> Result<Cow<'_, str>, (Option<Column>, RowProblem)> {
        let text = self.text(column)?;
        let held = text.trim_ascii().strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
        Ok(match held {
            Some(held) => Cow::Owned(held.to_owned()),
            None => text,
        })
    }

    fn optional<T>(
        &self,
        column: Column,
        parse: impl Fn(&str) -> Result<T, IdentifierError>,
    ) -> Result<Option<T>, (Option<Column>, RowProblem)> {
        let number = self.number(column)?;
        match number.trim_ascii() {
            "" => Ok(None),
            number => at(column, parse(number)).map(Some),
        }
    }
}

impl<R: Read> Iterator for SimFile<R> {
    type Item = Result<Entry, FileProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let read = self.read();
        self.failed = read.is_err();
        read.transpose()
    }
}

/// The columns of a file whose first line does not say what they are, with a guess, for somebody to choose.
pub fn columns<R: Read>(source: R) -> Result<Vec<FoundColumn>, FileProblem> {
    let Begun { mut lines, delimiter, .. } = begin(source)?;
    let first = lines.line().to_vec();
    while lines.read()? == LineRead::Taken {
        if !is_blank(lines.line()) {
            return columns_to_choose(&first, lines.line(), delimiter);
        }
    }
    columns_to_choose(&first, &[], delimiter)
}

/// A file of which the first line that has anything in it has been read.
struct Begun<R> {
    lines: Lines<R>,
    /// The number of that line.
    line: u32,
    /// How many lines before it have nothing in them.
    blank_lines: u32,
    /// What a line before it says that columns are parted by.
    delimiter: Option<u8>,
}

fn begin<R: Read>(source: R) -> Result<Begun<R>, FileProblem> {
    let mut lines = Lines::new(source);
    let byte_order_mark = look_at_start(lines.peek()?)?;
    lines.skip(byte_order_mark);
    lines.take_lone_returns()?;
    let (mut blank_lines, mut delimiter) = (0, None);
    for line in 1..=u32::MAX {
        match lines.read()? {
            LineRead::End => return Err(FileProblem::Empty),
            LineRead::TooLong => return Err(FileProblem::HeaderTooLong),
            LineRead::Taken if is_blank(lines.line()) => blank_lines += 1,
            LineRead::Taken => match named_delimiter(lines.line()) {
                named @ Some(_) if delimiter.is_none() => delimiter = named,
                _ => return Ok(Begun { lines, line, blank_lines, delimiter }),
            },
        }
    }
    Err(FileProblem::TooManyLines)
}

/// Whether a line of a table has nothing in it.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|'))
}

/// A telephone number; also in groups, as lists of identifiers read it.
fn telephone_number(written: &str) -> Result<Msisdn, IdentifierError> {
    written.parse::<Msisdn>().or_else(|error| {
        // A spreadsheet has made a number of it, whose last zero is none of its digits.
        let is_decimal =
            written.split_once('.').is_some_and(|(_, decimals)| decimals.trim_matches('0').is_empty());
        let bare = undecorated(written);
        let is_number = bare.trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit());
        if is_decimal || !is_number { Err(error) } else { bare.parse() }
    })
}

/// The length of the byte-order mark; an error for what is not UTF-8 text.
fn look_at_start(bytes: &[u8]) -> Result<usize, FileProblem> {
    match bytes {
        [] => Err(FileProblem::Empty),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(FileProblem::Utf16),
        [first, 0, ..] if first.is_ascii_graphic() => Err(FileProblem::Utf16),
        [0, first, ..] if first.is_ascii_graphic() => Err(FileProblem::Utf16),
        [b'P', b'K', 3, 4, ..] => Err(FileProblem::Workbook),
        [0x1f, 0x8b, ..] => Err(FileProblem::Compressed),
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        _ => Ok(0),
    }
}
