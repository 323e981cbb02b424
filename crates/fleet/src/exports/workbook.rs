//! Workbooks for spreadsheets, written row by row: only the row at hand is in memory.
//!
//! A cell is a text unless its column is of numbers or times: so no digit of an identifier is lost, and nothing in a cell is
//! a formula.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::file::failed;
use crate::error::{Error, Result};

/// The rows that a sheet can have, with the head.
const ROWS: u32 = 1_048_576;
/// The characters that a cell can have, counted as UTF-16 has them.
const CHARACTERS: usize = 32_767;
/// The digits of a number that a spreadsheet keeps.
const DIGITS: usize = 15;
/// Bytes between two looks at whether the file is still wanted.
const LOOK_EVERY: usize = 4 << 20;

/// What stands in the cells of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A decimal number.
    Number,
    /// A day, in ISO 8601.
    Day,
    /// A moment, in ISO 8601 and UTC.
    Moment,
}

impl Kind {
    /// How a spreadsheet shows it. A spreadsheet knows no time zones: that it is UTC is said by the letter.
    fn format(self) -> Format {
        Format::new().set_num_format(match self {
            Self::Text => "@",
            Self::Number => "General",
            Self::Day => "yyyy-mm-dd",
            Self::Moment => "yyyy-mm-dd\"T\"hh:mm:ss\"Z\"",
        })
    }
}

/// A workbook.
pub(super) struct Book {
    workbook: Workbook,
    heads: Vec<String>,
    columns: Vec<(Kind, Format)>,
    file: File,
    sheets: usize,
    next: u32,
}

impl Book {
    /// Begins one, with these heads on each sheet.
    pub(super) fn new(file: File, heads: &[(&str, Kind)]) -> Result<Self> {
        let mut book = Self {
            workbook: Workbook::new(),
            heads: heads.iter().map(|(head, _)| (*head).to_owned()).collect(),
            columns: heads.iter().map(|(_, kind)| (*kind, kind.format())).collect(),
            file,
            sheets: 0,
            next: ROWS,
        };
        book.begin_sheet()?;
        Ok(book)
    }

    /// Writes a row; on a new sheet where the last one is full.
    pub(super) fn write<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) -> Result<()> {
        if self.next == ROWS {
            self.begin_sheet()?;
        }
        let row = self.next;
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1).map_err(failed)?;
        for ((column, (kind, format)), cell) in (0..).zip(&self.columns).zip(cells) {
            if !cell.is_empty() {
                write_cell(sheet, (row, column), *kind, format, &cell).map_err(failed)?;
            }
        }
        self.next += 1;
        Ok(())
    }

    /// Ends the file; says whether it was still wanted.
    pub(super) fn finish(mut self, wanted: &mut (dyn FnMut() -> Result<bool> + Send)) -> Result<bool> {
        let mut out = Watched { file: self.file, wanted, since: 0, stopped: None };
        match self.workbook.save_to_writer(&mut out) {
            Ok(()) => Ok(true),
            Err(cause) => match out.stopped {
                Some(stopped) => stopped.map(|()| false),
                None => Err(failed(cause)),
            },
        }
    }

    fn begin_sheet(&mut self) -> Result<()> {
        self.sheets += 1;
        let name = if self.sheets == 1 { "SIMs".to_owned() } else { format!("SIMs {}", self.sheets) };
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        fill_head(sheet, &name, &self.heads).map_err(failed)?;
        self.next = 1;
        Ok(())
    }
}

fn fill_head(sheet: &mut Worksheet, name: &str, heads: &[String]) -> std::result::Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_name(name)?.set_freeze_panes(1, 1)?;
    for (column, head) in (0..).zip(heads) {
        sheet.set_column_width(column, 22)?.write_string_with_format(0, column, head, &bold)?;
    }
    Ok(())
}

/// Writes a cell as what its column is of; as a text what a spreadsheet does not know as such: longer numbers, days before 1900.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    kind: Kind,
    format: &Format,
    cell: &str,
) -> std::result::Result<(), XlsxError> {
    match kind {
        Kind::Number if cell.bytes().filter(u8::is_ascii_digit).count() <= DIGITS => {
            if let Ok(number) = cell.parse::<f64>() {
                sheet.write_number(row, column, number)?;
                return Ok(());
            }
        }
        Kind::Day | Kind::Moment => {
            if let Ok(time) = ExcelDateTime::parse_from_str(cell) {
                sheet.write_datetime_with_format(row, column, time, format)?;
                return Ok(());
            }
        }
        Kind::Number | Kind::Text => {}
    }
    sheet.write_string(row, column, fitting(cell))?;
    Ok(())
}

/// As much of a text as a cell can have.
fn fitting(cell: &str) -> &str {
    let mut length = 0;
    let end = cell.char_indices().find(|(_, c)| {
        length += c.len_utf16();
        length > CHARACTERS
    });
    end.map_or(cell, |(end, _)| &cell[..end])
}

/// A file that is given up when nobody wants it any more: packing a long one takes longer than a lease.
struct Watched<'a> {
    file: File,
    wanted: &'a mut (dyn FnMut() -> Result<bool> + Send),
    since: usize,
    /// Why it was given up: that is not wanted any more, or an error.
    stopped: Option<Result<(), Error>>,
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.since += written;
        if self.since >= LOOK_EVERY {
            self.since = 0;
            match (self.wanted)() {
                Ok(true) => {}
                Ok(false) => self.stopped = Some(Ok(())),
                Err(cause) => self.stopped = Some(Err(cause)),
            }
        }
        if self.stopped.is_some() {
            return Err(io::Error::other("given up"));
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
