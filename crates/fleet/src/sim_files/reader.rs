//! From a source of bytes to rows and problems.

use std::borrow::Cow;
use std::io::Read;

use super::classic;
use super::columns::Column;
use super::header::{FoundColumn, Header, Layout};
use super::lines::{LineRead, Lines};
use super::opening::{Begun, begin};
use super::problem::{FileProblem, RowProblem};
use super::row::{BadRow, Findings, LabelName, SimRow, sim_type};
use crate::csv_lines::as_it_was;
use crate::identifiers::{Iccid, IccidForm, IdentifierError, Msisdn};
use crate::sim_lists::undecorated;

/// How a file departs from the usual.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// How its ICCIDs are written.
    pub iccid_form: IccidForm,
    /// What its columns are, one after the other, where somebody says so; those that are none are left out.
    pub columns: Option<Vec<Option<Column>>>,
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
    Problem(BadRow),
}

/// What stands in a cell of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// What was written.
    Written(String),
    /// What is not to be shown: it may be a key or a code, or nobody knows what it is.
    Withheld,
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
        let mut begun = begin(source)?;
        let chosen = options.columns.as_deref();
        let header = match classic::read(&mut begun)? {
            Some(classic) => classic.header(chosen)?,
            None => Header::read(begun.lines.line(), begun.delimiter, chosen)?,
        };
        let Begun { lines, line, blank_lines, .. } = begun;
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

    /// How the ICCIDs are written.
    pub const fn iccid_form(&self) -> IccidForm {
        self.iccid_form
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

    /// What stands in `column` of the line that was given last, to be shown to whoever sent it.
    pub fn written(&self, column: Column) -> Cell {
        match self.cells {
            Cells::Unread => return Cell::Withheld,
            Cells::Shifted if self.header.has_secrets() => return Cell::Withheld,
            Cells::Shifted | Cells::Aligned => {}
        }
        let text = String::from_utf8_lossy(self.header.cell(column).trim_ascii());
        if text.is_empty() {
            Cell::Empty
        } else if has_key(&text) {
            Cell::Withheld
        } else {
            Cell::Written(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
        }
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
            let entry = match read {
                LineRead::TooLong => Some(self.unread(RowProblem::TooLong)),
                _ => self.row(),
            };
            match entry {
                Some(entry) => {
                    self.rows += 1;
                    return Ok(Some(entry));
                }
                None => self.blank_lines += 1,
            }
        }
    }

    /// What the line that was read last gives; nothing if it is blank.
    fn row(&mut self) -> Option<Entry> {
        let line = self.lines.line();
        if line.trim_ascii().is_empty() {
            return None;
        }
        if let Err(reason) = self.header.fields.split(line) {
            return Some(self.unread(reason));
        }
        self.cells = Cells::Shifted;
        if self.header.fields.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return None;
        }
        if let Err(reason) = self.check_width() {
            return Some(self.unread(reason));
        }
        self.cells = Cells::Aligned;
        Some(self.aligned())
    }

    /// A line of which no cell can be read.
    fn unread(&self, reason: RowProblem) -> Entry {
        let mut found = Findings::of_line(self.line);
        found.note(None, reason);
        let imsi = self.announced_imsi().and_then(|imsi| imsi.parse().ok());
        Entry::Problem(BadRow { imsi, ..found.into_bad_row() })
    }

    /// What a line gives whose cells are those of the header: each is looked at, also where another one is wrong.
    fn aligned(&self) -> Entry {
        let mut found = Findings::of_line(self.line);
        let iccid =
            self.number(Column::Iccid).and_then(|number| Ok(Iccid::parse_as(self.iccid_form, &number)?));
        let iccid = found.keep(Column::Iccid, iccid);
        let imsi = found.keep(Column::Imsi, self.imsi().and_then(|number| Ok(number.parse()?)));
        let announced = &self.header.announced;
        if imsi.as_ref().is_some_and(|imsi| !announced.holds_imsi(imsi)) {
            found.note(Some(Column::Imsi), RowProblem::OutsideHeader);
        }
        if iccid.as_ref().is_some_and(|iccid| !announced.holds_iccid(iccid)) {
            found.note(Some(Column::Iccid), RowProblem::OutsideHeader);
        }
        let msisdn = found.keep(Column::Msisdn, self.optional(Column::Msisdn, telephone_number));
        let eid = found.keep(Column::Eid, self.optional(Column::Eid, str::parse));
        let has_eid = eid.flatten().is_some();
        let sim_type =
            found.keep(Column::Type, self.text(Column::Type).and_then(|word| sim_type(&word, has_eid)));
        let label =
            found.keep(Column::Label, self.text(Column::Label).and_then(|text| LabelName::parse(&text)));
        match (iccid, imsi, msisdn, eid, sim_type, label) {
            (Some(iccid), Some(imsi), Some(msisdn), Some(eid), Some(sim_type), Some(label))
                if found.are_none() =>
            {
                Entry::Sim(SimRow { line: self.line, iccid, imsi, msisdn, eid, sim_type, label })
            }
            _ => Entry::Problem(BadRow {
                iccid,
                imsi,
                msisdn: msisdn.flatten(),
                eid: eid.flatten(),
                ..found.into_bad_row()
            }),
        }
    }

    /// The IMSI of the row, from the header where the row has none.
    fn imsi(&self) -> Result<Cow<'_, str>, RowProblem> {
        self.announced_imsi().map_or_else(|| self.number(Column::Imsi), |imsi| Ok(Cow::Owned(imsi)))
    }

    /// The IMSI that the header gives to the row, where rows have none.
    fn announced_imsi(&self) -> Option<String> {
        (!self.header.has(Column::Imsi)).then(|| self.header.announced.imsi(self.rows))
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

    /// The text of a cell. A letter that some program could not read is none of it.
    fn text(&self, column: Column) -> Result<Cow<'_, str>, RowProblem> {
        let text = std::str::from_utf8(self.header.cell(column)).map_err(|_| RowProblem::NotUtf8)?;
        if text.contains(char::REPLACEMENT_CHARACTER) {
            Err(RowProblem::NotUtf8)
        } else {
            Ok(as_it_was(text))
        }
    }

    /// What an identifier is read from. `="8901..."` is how people keep a spreadsheet from making a number of it.
    fn number(&self, column: Column) -> Result<Cow<'_, str>, RowProblem> {
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
    ) -> Result<Option<T>, RowProblem> {
        let number = self.number(column)?;
        match number.trim_ascii() {
            "" => Ok(None),
            number => Ok(Some(parse(number)?)),
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

/// A telephone number; also in groups, as lists of identifiers read it.
fn telephone_number(written: &str) -> Result<Msisdn, IdentifierError> {
    written.parse::<Msisdn>().or_else(|error| {
        // A spreadsheet has made a number of it, whose last zero is none of its digits.
        let is_decimal =
            written.split_once('.').is_some_and(|(_, decimals)| decimals.trim_matches('0').is_empty());
        let bare = undecorated(written);
        let digits = bare.trim_start_matches('+');
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_decimal || !is_number { Err(error) } else { bare.parse() }
    })
}

/// Whether so many hexadecimal digits stand together that they may be a key.
fn has_key(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit())
        .any(|run| run.len() >= 16 && run.bytes().filter(u8::is_ascii_alphabetic).count() > 1)
}
