//! Workbooks for spreadsheets, written row by row: only the row at hand is in memory.
//!
//! Every cell is a text: so no digit of an identifier is lost, and nothing in a cell is a formula.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::file::failed;
use crate::error::{Error, Result};

/// The rows that a sheet can have, with the head.
const ROWS: u32 = 1_048_576;
/// The characters that a cell can have, counted as UTF-16 has them.
const CHARACTERS: usize = 32_767;
/// Bytes between two looks at whether the file is still wanted.
const LOOK_EVERY: usize = 4 << 20;

/// A workbook.
pub(super) struct Book {
    workbook: Workbook,
    heads: Vec<String>,
    file: File,
    sheets: usize,
    next: u32,
}

impl Book {
    /// Begins one, with these heads on each sheet.
    pub(super) fn new<'a>(file: File, heads: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut book = Self {
            workbook: Workbook::new(),
            heads: heads.map(str::to_owned).collect(),
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
        let sheet = self.sheet()?;
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string(row, column, fitting(&cell)).map_err(failed)?;
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

    fn sheet(&mut self) -> Result<&mut Worksheet> {
        self.workbook.worksheet_from_index(self.sheets - 1).map_err(failed)
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
