//! The making of a file: all SIMs of a selection, from one snapshot, with no more memory than a page of them takes.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::time::Duration;

use diesel::prelude::*;

use super::cells::Names;
use super::tree::Source;
use super::workbook::{Book, Kind};
use super::{Export, Format};
use crate::csv_lines::CsvLines;
use crate::custom_fields::{self, Field, FieldKind};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, ExportId};
use crate::schema::sim_lists;
use crate::sims::{self, Column, Selection};
use crate::tenancy;

/// Spreadsheets take a CSV for text of their own locale unless it begins with this; the lists and imports of the portal
/// pass over it.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Where the account of a SIM stands in a file of several accounts: after the ICCID, as in the grid.
const ACCOUNT: usize = 1;

/// A file that was made.
#[derive(Debug)]
pub(super) struct Made {
    /// The file, at its beginning. It has no name: it is gone when it is closed.
    pub(super) file: File,
    pub(super) rows: i32,
    /// The same of each record.
    pub(super) rows_of: Vec<(ExportId, i32)>,
    pub(super) bytes: i64,
}

/// Told now and then how many SIMs are in the file; says whether to go on.
pub(super) type Tick<'a> = dyn FnMut(i32) -> Result<bool> + Send + 'a;

/// Makes the file of an export, of its SIMs in `sources`; none where `tick` said to stop.
///
/// [`Error::Refused`] where there can't be one.
pub(super) fn make(
    conn: &mut PgConnection,
    export: &Export,
    sources: &[Source],
    patience: Duration,
    tick: &mut Tick<'_>,
) -> Result<Option<Made>> {
    // Custom fields are one account's own.
    let fields = match sources {
        [only] if !export.of_tree => {
            tenancy::within(conn, &only.account, |conn| custom_fields::list(conn, &only.account))?
        }
        _ => Vec::new(),
    };
    let columns = export.columns().among(&fields);
    let mut heads: Vec<(&str, Kind)> =
        columns.iter().map(|column| (column.label(&fields), kind(*column, &fields))).collect();
    if export.of_tree {
        heads.insert(ACCOUNT, ("Account", Kind::Text));
    }
    let mut file = tempfile::tempfile().map_err(failed)?;
    let mut sheet = Sheet::new(export.format, &file, &heads)?;
    let (mut rows, mut rows_of) = (0_i32, Vec::new());
    let is_whole = sims::begin_snapshot(conn, patience, |conn| {
        for source in sources {
            let before = rows;
            if !write(conn, export, source, &columns, &mut sheet, &mut rows, tick)? {
                return Ok(false);
            }
            rows_of.push((source.record, rows - before));
        }
        Ok(true)
    })?;
    if !is_whole || !sheet.finish(&mut || tick(rows))? {
        return Ok(None);
    }
    let bytes = file.seek(SeekFrom::End(0)).map_err(failed)?;
    file.rewind().map_err(failed)?;
    Ok(Some(Made { file, rows, rows_of, bytes: i64::try_from(bytes).unwrap_or(i64::MAX) }))
}

/// What stands in the cells of a column.
fn kind(column: Column, fields: &[Field]) -> Kind {
    match column {
        Column::Activated | Column::Changed | Column::Seen => Kind::Moment,
        Column::Field(id) => match fields.iter().find(|field| field.id == id).map(|field| field.kind) {
            Some(FieldKind::Number) => Kind::Number,
            Some(FieldKind::Date) => Kind::Day,
            Some(FieldKind::Text | FieldKind::List) | None => Kind::Text,
        },
        _ => Kind::Text,
    }
}

/// Writes the SIMs of one account; says whether to go on.
fn write(
    conn: &mut PgConnection,
    export: &Export,
    source: &Source,
    columns: &[Column],
    sheet: &mut Sheet,
    rows: &mut i32,
    tick: &mut Tick<'_>,
) -> Result<bool> {
    let Source { account, selection, .. } = source;
    let company = account.company_id();
    tenancy::close_to_others(conn, account)?;
    require_list(conn, company, selection)?;
    let mut names = Names::read(conn, company)?;
    let whose = export.of_tree.then(|| Cow::from(account.company_name()));
    let mut goes_on = true;
    sims::each_page(conn, company, selection, |conn, page| {
        if columns.contains(&Column::Seen) {
            names.read_seen(conn, account, page)?;
        }
        for row in page {
            let mut cells: Vec<_> = columns.iter().map(|column| names.cell(row, *column)).collect();
            if let Some(account) = &whose {
                cells.insert(ACCOUNT, account.clone());
            }
            sheet.write(cells.into_iter())?;
        }
        *rows = rows.saturating_add(i32::try_from(page.len()).unwrap_or(i32::MAX));
        goes_on = tick(*rows)?;
        Ok(goes_on)
    })?;
    Ok(goes_on)
}

/// A list that is gone selects nothing: the file would be empty without a word.
fn require_list(conn: &mut PgConnection, company: CompanyId, selection: &Selection) -> Result<()> {
    let Some(list) = selection.list() else { return Ok(()) };
    let is_there = sim_lists::table
        .filter(sim_lists::uid.eq(list))
        .filter(sim_lists::company_id.eq(company))
        .count()
        .get_result::<i64>(conn)?;
    if is_there > 0 {
        return Ok(());
    }
    Err(Error::refused("The list that the SIMs were selected by is not kept any more. Make it again."))
}

/// A file that rows are written to.
enum Sheet {
    Csv(Box<CsvLines<BufWriter<File>>>),
    Xlsx(Box<Book>),
}

impl Sheet {
    fn new(format: Format, file: &File, heads: &[(&str, Kind)]) -> Result<Self> {
        let mut file = file.try_clone().map_err(failed)?;
        match format {
            Format::Csv => {
                file.write_all(BYTE_ORDER_MARK).map_err(failed)?;
                let mut lines = CsvLines::new(BufWriter::new(file));
                lines.write(heads.iter().map(|(head, _)| *head)).map_err(failed)?;
                Ok(Self::Csv(Box::new(lines)))
            }
            Format::Xlsx => Ok(Self::Xlsx(Box::new(Book::new(file, heads)?))),
        }
    }

    fn write<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) -> Result<()> {
        match self {
            Self::Csv(lines) => lines.write(cells).map_err(failed),
            Self::Xlsx(book) => book.write(cells),
        }
    }

    /// Ends the file; `tick` may say that it is not wanted any more.
    fn finish(self, tick: &mut (dyn FnMut() -> Result<bool> + Send)) -> Result<bool> {
        match self {
            Self::Csv(lines) => {
                let mut file = lines.finish().map_err(failed)?;
                file.flush().map_err(failed)?;
                Ok(true)
            }
            Self::Xlsx(book) => book.finish(tick),
        }
    }
}

/// The disk of this machine, or what writes to it.
pub(super) fn failed(cause: impl std::fmt::Display) -> Error {
    Error::Internal(format!("the file of an export: {cause}"))
}
