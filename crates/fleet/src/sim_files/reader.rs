//! From a source of bytes to rows and problems.

use std::io::Read;

use super::columns::Column;
use super::header::Header;
use super::lines::{LineRead, Lines};
use super::problem::{FileProblem, LineProblem, RowProblem};
use super::row::{LabelName, SimRow, at, sim_type};
use crate::identifiers::{Eid, Iccid, IccidForm, Imsi, Msisdn};

/// How a file departs from the usual.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// How its ICCIDs are written.
    pub iccid_form: IccidForm,
}

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

/// A SIM file whose header has been read. As an iterator, it gives an [`Entry`] for each line that is not blank, and ends
/// after the first [`FileProblem`].
pub struct SimFile<R> {
    lines: Lines<R>,
    header: Header,
    options: ReadOptions,
    line: u32,
    blank_lines: u32,
    failed: bool,
}

impl<R: Read> SimFile<R> {
    /// Looks at the beginning of `source` and reads its header line.
    pub fn open(source: R, options: ReadOptions) -> Result<Self, FileProblem> {
        let mut lines = Lines::new(source);
        let byte_order_mark = look_at_start(lines.peek()?)?;
        lines.skip(byte_order_mark);
        let header = match lines.read()? {
            LineRead::End => return Err(FileProblem::Empty),
            LineRead::TooLong => return Err(FileProblem::HeaderTooLong),
            LineRead::Taken => Header::read(lines.line())?,
        };
        Ok(Self { lines, header, options, line: 1, blank_lines: 0, failed: false })
    }

    /// The columns that are in the file and not kept.
    pub fn ignored_columns(&self) -> &[IgnoredColumn] {
        &self.header.ignored
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
            let read = self.lines.read()?;
            if read == LineRead::End {
                return Ok(None);
            }
            self.line = self.line.checked_add(1).ok_or(FileProblem::TooManyLines)?;
            let row = match read {
                LineRead::TooLong => Err((None, RowProblem::TooLong)),
                _ => self.row(),
            };
            match row {
                Ok(Some(row)) => return Ok(Some(Entry::Sim(row))),
                Ok(None) => self.blank_lines += 1,
                Err((column, reason)) => {
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
        if self.header.fields.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return Ok(None);
        }
        self.check_width().map_err(|reason| (None, reason))?;
        let iccid = Iccid::parse_as(self.options.iccid_form, self.text(Column::Iccid)?);
        let eid = self.optional::<Eid>(Column::Eid)?;
        Ok(Some(SimRow {
            line: self.line,
            iccid: at(Column::Iccid, iccid)?,
            imsi: at(Column::Imsi, self.text(Column::Imsi)?.parse::<Imsi>())?,
            msisdn: self.optional::<Msisdn>(Column::Msisdn)?,
            eid,
            sim_type: at(Column::Type, sim_type(self.text(Column::Type)?, eid.is_some()))?,
            label: at(Column::Label, LabelName::parse(self.text(Column::Label)?))?,
        }))
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

    fn text(&self, column: Column) -> Result<&str, (Option<Column>, RowProblem)> {
        at(column, std::str::from_utf8(self.header.cell(column)).map_err(|_| RowProblem::NotUtf8))
    }

    fn optional<T>(&self, column: Column) -> Result<Option<T>, (Option<Column>, RowProblem)>
    where
        T: std::str::FromStr,
        T::Err: Into<RowProblem>,
    {
        let text = self.text(column)?.trim_ascii();
        if text.is_empty() {
            return Ok(None);
        }
        at(column, text.parse::<T>()).map(Some)
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
