//! The header line: which delimiter, and which column is where.

use super::columns::{Column, is_secret};
use super::fields::Fields;
use super::problem::FileProblem;
use super::reader::IgnoredColumn;

/// What the header line says.
pub(super) struct Header {
    pub(super) fields: Fields,
    pub(super) width: usize,
    pub(super) ignored: Vec<IgnoredColumn>,
    places: [Option<usize>; Column::ALL.len()],
}

impl Header {
    /// Reads the first line of a file, without byte-order mark.
    pub(super) fn read(line: &[u8]) -> Result<Self, FileProblem> {
        let text = std::str::from_utf8(line).map_err(|_| FileProblem::HeaderNotUtf8)?;
        if text.contains(['\0', '\u{fffd}']) {
            return Err(FileProblem::Binary);
        }
        let mut best = None;
        let mut most = 0;
        for delimiter in [b',', b';', b'\t'] {
            let mut fields = Fields::new(delimiter);
            if fields.split(line).is_err() {
                continue;
            }
            let known = fields.iter().filter(|cell| known_column(cell).is_some()).count();
            if known > most {
                most = known;
                best = Some(fields);
            }
        }
        Self::from_fields(best.ok_or(FileProblem::NoHeader)?)
    }

    fn from_fields(fields: Fields) -> Result<Self, FileProblem> {
        let mut places = [None; Column::ALL.len()];
        let mut ignored = Vec::new();
        for (index, cell) in fields.iter().enumerate() {
            let Some(column) = known_column(cell) else {
                let name = String::from_utf8_lossy(cell).trim().to_owned();
                if !name.is_empty() {
                    ignored.push(IgnoredColumn { secret: is_secret(&name), name });
                }
                continue;
            };
            let place: &mut Option<usize> = &mut places[column as usize];
            if place.replace(index).is_some() {
                return Err(FileProblem::ColumnTwice(column));
            }
        }
        for column in [Column::Iccid, Column::Imsi] {
            if places[column as usize].is_none() {
                return Err(FileProblem::MissingColumn(column));
            }
        }
        Ok(Self { width: fields.len(), fields, ignored, places })
    }

    /// What stands in `column` of the line that was split last.
    pub(super) fn cell(&self, column: Column) -> &[u8] {
        self.places[column as usize].map(|index| self.fields.get(index)).unwrap_or_default()
    }
}

fn known_column(cell: &[u8]) -> Option<Column> {
    std::str::from_utf8(cell).ok().and_then(Column::from_header)
}
