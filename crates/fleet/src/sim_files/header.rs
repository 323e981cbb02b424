//! What stands above the rows: which delimiter, which column is where, and what is announced of the rows.

use super::announced::Announced;
use super::columns::{Column, is_named, is_secret};
use super::fields::Fields;
use super::opening::Comments;
use super::problem::{FileProblem, RowProblem};
use super::reader::IgnoredColumn;
use super::shape::{guess, is_data, shape};

/// A column of a file as it was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundColumn {
    /// Its name in the header; of a file without header, what stands in its first row, in words.
    pub name: String,
    /// What it is taken as; none for one that is left out.
    pub taken_as: Option<Column>,
    /// Whether it holds keys or codes, which the portal never keeps.
    pub secret: bool,
}

/// How the rows of a file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Columns between commas, semicolons or tabs.
    Table(char),
    /// A line of numbers, then rows of words: the classic `.out`.
    Positional,
    /// Sections, of which the last one names the columns: the other classic `.out`.
    Sections,
}

/// What the header says.
pub(super) struct Header {
    pub(super) layout: Layout,
    pub(super) fields: Fields,
    pub(super) width: usize,
    pub(super) found: Vec<FoundColumn>,
    pub(super) announced: Announced,
    /// Whether the line that it was read from is a row itself.
    pub(super) is_row: bool,
    places: [Option<usize>; Column::ALL.len()],
}

impl Header {
    /// Reads the first line of a table, without byte-order mark. `delimiter` and `chosen` say what parts the columns and
    /// what they are, if anybody does.
    pub(super) fn read(
        line: &[u8],
        delimiter: Option<u8>,
        chosen: Option<&[Option<Column>]>,
    ) -> Result<Self, FileProblem> {
        let (delimiter, fields, known) = split(line, delimiter)?;
        if known == 0 && chosen.is_none() {
            return Err(FileProblem::NoHeader);
        }
        let is_row = known == 0 && is_data(&fields);
        let mut found = if is_row { by_shape(&fields) } else { by_name(&fields) };
        if let Some(chosen) = chosen {
            found = as_chosen(found, chosen);
        }
        if is_row {
            withhold_unknown(&mut found);
        }
        let header = Self::new(Layout::Table(char::from(delimiter)), fields, found, Announced::default())?;
        Ok(Self { is_row, ..header })
    }

    /// The header of `fields`, whose columns are `found`.
    pub(super) fn new(
        layout: Layout,
        fields: Fields,
        found: Vec<FoundColumn>,
        announced: Announced,
    ) -> Result<Self, FileProblem> {
        let mut places = [None; Column::ALL.len()];
        for (index, column) in found.iter().enumerate() {
            let Some(column) = column.taken_as else { continue };
            let place: &mut Option<usize> = &mut places[column as usize];
            if place.replace(index).is_some() {
                return Err(FileProblem::ColumnTwice(column));
            }
        }
        for column in [Column::Iccid, Column::Imsi] {
            if places[column as usize].is_none() && !announced.gives(column) {
                return Err(FileProblem::MissingColumn(column));
            }
        }
        Ok(Self { layout, width: found.len(), fields, found, announced, places, is_row: false })
    }

    /// The columns that are not kept.
    pub(super) fn ignored(&self) -> Vec<IgnoredColumn> {
        let ignored = self.found.iter().filter(|column| column.taken_as.is_none() && !column.name.is_empty());
        ignored.map(|column| IgnoredColumn { name: column.name.clone(), secret: column.secret }).collect()
    }

    /// Whether a row that has shifted may show a key or a code where something else should be.
    pub(super) fn has_secrets(&self) -> bool {
        self.layout == Layout::Positional || self.found.iter().any(|column| column.secret)
    }

    /// The place of the column of keys or codes with this name.
    pub(super) fn place_of_secret(&self, name: &str) -> Option<usize> {
        self.found.iter().position(|column| column.secret && is_named(&column.name, name))
    }

    /// What stands in `column` of the line that was split last.
    pub(super) fn cell(&self, column: Column) -> &[u8] {
        self.places[column as usize].map(|index| self.fields.get(index)).unwrap_or_default()
    }

    /// Whether the file has `column`.
    pub(super) fn has(&self, column: Column) -> bool {
        self.places[column as usize].is_some()
    }
}

/// The columns of a first line that does not say by itself what they are, with a guess: by words of their names, then by
/// what the row below looks like.
pub(super) fn columns_to_choose(
    line: &[u8],
    below: &[u8],
    delimiter: Option<u8>,
) -> Result<Vec<FoundColumn>, FileProblem> {
    let (_, mut fields, known) = split(line, delimiter)?;
    if known == 0 && is_data(&fields) {
        return Ok(by_shape(&fields));
    }
    let mut found = by_name(&fields);
    guess_further(&mut found, &mut fields, below);
    Ok(found)
}

/// Guesses what columns are whose names do not say it: by words of the names, then by the row below.
pub(super) fn guess_further(found: &mut [FoundColumn], fields: &mut Fields, below: &[u8]) {
    let by_words: Vec<_> = found.iter().map(|column| Column::by_words(&column.name)).collect();
    suggest(found, by_words);
    if fields.split(below).is_ok() {
        suggest(found, guess(fields));
    }
}

/// The columns of a row that no header stands above, by what they look like.
pub(super) fn by_shape(row: &Fields) -> Vec<FoundColumn> {
    let guessed = row.iter().zip(guess(row));
    guessed.map(|(cell, taken_as)| FoundColumn { name: shape(cell), taken_as, secret: false }).collect()
}

/// Whether a line names a column that the portal knows.
pub(super) fn names_columns(line: &[u8], delimiter: Option<u8>) -> bool {
    split(line, delimiter).is_ok_and(|(.., known)| known > 0)
}

/// Whether a line is the header or the first row of a table, rather than a section or a title of a file with sections.
/// A section or a title may have a comma in it. Above a table that nobody knows, comments are seldom with stars.
pub(super) fn is_head_of_table(
    line: &[u8],
    delimiter: Option<u8>,
    may_be_section: bool,
    comments: Comments,
) -> bool {
    split(line, delimiter).is_ok_and(|(_, fields, known)| {
        let is_table = match comments {
            Comments::Stars => !may_be_section && is_data(&fields),
            Comments::Hashes | Comments::None => !may_be_section || is_data(&fields),
        };
        known > 0 || (fields.len() > 1 && is_table)
    })
}

/// Takes columns that are nothing yet as what they may be, each at most once.
fn suggest(found: &mut [FoundColumn], columns: Vec<Option<Column>>) {
    for (place, column) in columns.into_iter().enumerate() {
        let is_free = column.is_some() && found.iter().all(|one| one.taken_as != column);
        if let Some(one) = found.get_mut(place).filter(|one| is_free && one.taken_as.is_none() && !one.secret)
        {
            one.taken_as = column;
        }
    }
}

/// What may part the columns.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The delimiter that a line before the header names, as Excel has it: `sep=;`.
pub(super) fn named_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (word, delimiter) = line.split_at_checked(4)?;
    match delimiter {
        [delimiter] if word.eq_ignore_ascii_case(b"sep=") && DELIMITERS.contains(delimiter) => {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// Splits a first line at the delimiter that was named, or at the one that makes the most known columns of it, or else the most columns; and says
/// how many are known.
fn split(line: &[u8], named: Option<u8>) -> Result<(u8, Fields, usize), FileProblem> {
    let text = std::str::from_utf8(line).map_err(|_| FileProblem::HeaderNotUtf8)?;
    let is_of_text = |c: char| matches!(c, '\t' | '\r' | '\n') || !(c.is_ascii_control() || c == '\u{fffd}');
    if !text.chars().all(is_of_text) {
        return Err(FileProblem::Binary);
    }
    let mut best: Option<(u8, Fields, usize)> = None;
    let mut problem = FileProblem::NoHeader;
    for delimiter in DELIMITERS.into_iter().filter(|one| named.is_none_or(|named| named == *one)) {
        let mut fields = Fields::new(delimiter);
        match fields.split(line) {
            Ok(()) => {}
            Err(RowProblem::TooManyColumns) => {
                problem = FileProblem::TooManyColumns;
                continue;
            }
            Err(_) => continue,
        }
        let known = fields.iter().filter(|cell| known_column(cell).is_some()).count();
        let is_better = |(_, other, most): &(u8, Fields, usize)| (known, fields.len()) > (*most, other.len());
        if best.as_ref().is_none_or(is_better) {
            best = Some((delimiter, fields, known));
        }
    }
    match best {
        Some((.., 0)) if matches!(problem, FileProblem::TooManyColumns) => Err(problem),
        Some(best) => Ok(best),
        None => Err(problem),
    }
}

/// The columns of a header line, by their names. A name with words around it is as good where it is the only one.
pub(super) fn by_name(fields: &Fields) -> Vec<FoundColumn> {
    let found = fields.iter().map(|cell| {
        let name: String = String::from_utf8_lossy(cell).trim().chars().take(NAME).collect();
        FoundColumn { taken_as: known_column(cell), secret: is_secret(&name), name }
    });
    let mut found: Vec<FoundColumn> = found.collect();
    let alike: Vec<Option<Column>> = found.iter().map(|one| Column::with_fillers(&one.name)).collect();
    let is_the_only_one =
        |column: &Column| alike.iter().flatten().filter(|other| *other == column).count() == 1;
    suggest(&mut found, alike.iter().map(|column| column.filter(is_the_only_one)).collect());
    found
}

/// The most characters of a column's name that are shown.
const NAME: usize = 60;

/// Where no header names the columns, any that is not known may be a key.
pub(super) fn withhold_unknown(found: &mut [FoundColumn]) {
    for column in found {
        column.secret = column.taken_as.is_none();
    }
}

/// The columns as somebody has chosen them, one after the other.
pub(super) fn as_chosen(found: Vec<FoundColumn>, chosen: &[Option<Column>]) -> Vec<FoundColumn> {
    let chosen = chosen.iter().copied().chain(std::iter::repeat(None));
    found.into_iter().zip(chosen).map(|(column, taken_as)| FoundColumn { taken_as, ..column }).collect()
}

fn known_column(cell: &[u8]) -> Option<Column> {
    std::str::from_utf8(cell).ok().and_then(Column::from_header)
}
