//! The classic layouts: a line of numbers above rows of words, and sections of which the last one names the columns.
//!
//! There is no published standard of either: whatever is not understood of a header is passed over.

use std::io::Read;

use super::announced::{Announced, Run};
use super::columns::Column;
use super::fields::Fields;
use super::header::{
    FoundColumn, Header, Layout, as_chosen, by_name, by_shape, guess_further, is_head_of_table,
    withhold_unknown,
};
use super::lines::{LineRead, Lines};
use super::opening::{Begun, Comments, HEADER_LINES, row_below};
use super::problem::FileProblem;

/// The sections that such a file begins with.
const SECTIONS: [&str; 14] = [
    "customer",
    "quantity",
    "type",
    "profile",
    "batch",
    "transport_key",
    "address",
    "graph_ref",
    "var_in_list",
    "var_in",
    "var_out",
    "imsi",
    "ser_nb",
    "header",
];

/// The header of a classic file, as it says itself what its columns are: that may not be enough.
pub(super) struct Classic {
    layout: Layout,
    fields: Fields,
    found: Vec<FoundColumn>,
    announced: Announced,
}

impl Classic {
    /// The header, whose columns are those that somebody has chosen, if anybody has.
    pub(super) fn header(self, chosen: Option<&[Option<Column>]>) -> Result<Header, FileProblem> {
        let Self { layout, fields, found, announced } = self;
        let mut found = match chosen {
            Some(chosen) => as_chosen(found, chosen),
            None => found,
        };
        if layout == Layout::Positional {
            withhold_unknown(&mut found);
        }
        let mut header = Header::new(layout, fields, found, announced)?;
        header.is_row = layout == Layout::Positional;
        Ok(header)
    }

    /// The columns for somebody to choose, with a guess that goes by the row below too.
    pub(super) fn into_choices<R: Read>(
        mut self,
        lines: &mut Lines<R>,
    ) -> Result<Vec<FoundColumn>, FileProblem> {
        if self.layout == Layout::Sections {
            let below = row_below(lines, |line| line.trim_ascii().is_empty())?;
            guess_further(&mut self.found, &mut self.fields, &below);
        }
        Ok(self.found)
    }
}

/// Reads the header of a classic file whose first line that is no comment has been read; none if it is no such file.
pub(super) fn read<R: Read>(begun: &mut Begun<R>) -> Result<Option<Classic>, FileProblem> {
    let Begun { lines, line, delimiter, comments, .. } = begun;
    let Ok(first) = std::str::from_utf8(lines.line()) else { return Ok(None) };
    if let Some(quantity) = positional(first) {
        return by_position(lines, line, quantity).map(Some);
    }
    let is_known = |key: &str| SECTIONS.contains(&key);
    let is_section = match section(first) {
        Some((key, _)) if is_known(&key) => true,
        // Below comments, vendors begin with words of their own; but not where a table begins.
        found => {
            *comments != Comments::None
                && !is_head_of_table(lines.line(), *delimiter, found.is_some(), *comments)
        }
    };
    if is_section { by_sections(lines, line).map(Some) } else { Ok(None) }
}

/// The quantity in a line such as `00567 112318151552 30 5014 3 0 0 3 1`.
fn positional(line: &str) -> Option<u32> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let numbers = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let is_header = (4..=20).contains(&words.len()) && numbers && words.get(1)?.len() == 12;
    if is_header { words.get(2)?.parse().ok() } else { None }
}

/// The columns are those that the first row looks like; all others of it may be keys.
fn by_position<R: Read>(lines: &mut Lines<R>, line: &mut u32, quantity: u32) -> Result<Classic, FileProblem> {
    next(lines, line)?;
    while lines.line().trim_ascii().is_empty() {
        next(lines, line)?;
    }
    let mut fields = Fields::words();
    fields.split(lines.line()).map_err(|_| FileProblem::TooManyColumns)?;
    let found = by_shape(&fields);
    let announced = Announced { quantity: Some(quantity), ..Announced::default() };
    Ok(Classic { layout: Layout::Positional, fields, found, announced })
}

fn by_sections<R: Read>(lines: &mut Lines<R>, line: &mut u32) -> Result<Classic, FileProblem> {
    let mut announced = Announced::default();
    for _ in 0..HEADER_LINES {
        let text = std::str::from_utf8(lines.line()).map_err(|_| FileProblem::HeaderNotUtf8)?;
        if let Some((key, value)) = section(text) {
            if key == "var_out" {
                let mut fields = Fields::words();
                fields.split(value.trim().as_bytes()).map_err(|_| FileProblem::TooManyColumns)?;
                let found = by_name(&fields);
                return Ok(Classic { layout: Layout::Sections, fields, found, announced });
            }
            note(&mut announced, &key, value);
        }
        match next(lines, line) {
            Err(FileProblem::NoRows) => break,
            other => other?,
        }
    }
    Err(FileProblem::NoVarOut)
}

/// Notes what a section says of the rows. `Var_In_List: IMSI: 2620…, Ser_nb: 8949…` says two things.
fn note(announced: &mut Announced, key: &str, value: &str) {
    match key {
        "quantity" => announced.quantity = value.trim().parse().ok(),
        "imsi" => announced.first_imsi = Run::read(value),
        "ser_nb" | "iccid" => announced.first_serial = Run::read(value),
        "var_in_list" | "var_in" => {
            for (key, value) in value.split(',').filter_map(section) {
                note(announced, &key, value);
            }
        }
        _ => {}
    }
}

/// The name and the value of a line such as `Quantity: 30`.
fn section(line: &str) -> Option<(String, &str)> {
    let (key, value) = line.split_once(':')?;
    Some((key.trim().to_lowercase().replace([' ', '-'], "_"), value))
}

fn next<R: Read>(lines: &mut Lines<R>, line: &mut u32) -> Result<(), FileProblem> {
    *line = line.checked_add(1).ok_or(FileProblem::TooManyLines)?;
    match lines.read()? {
        LineRead::Taken => Ok(()),
        LineRead::TooLong => Err(FileProblem::HeaderTooLong),
        LineRead::End => Err(FileProblem::NoRows),
    }
}
