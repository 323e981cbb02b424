//! The classic layouts: a line of numbers above rows of words, and sections of which the last one names the columns.
//!
//! There is no published standard of either: whatever is not understood of a header is passed over.

use std::io::Read;

use super::announced::{Announced, Run};
use super::fields::Fields;
use super::header::{FoundColumn, Header, Layout, by_name};
use super::lines::{LineRead, Lines};
use super::problem::FileProblem;
use super::shape::{guess, shape};

/// The most lines before the rows.
const HEADER_LINES: u32 = 1_000;

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

/// Reads the header of a classic file whose first line has been read; none if it is no such file. `line` counts along.
pub(super) fn read<R: Read>(lines: &mut Lines<R>, line: &mut u32) -> Result<Option<Header>, FileProblem> {
    let Ok(first) = std::str::from_utf8(lines.line()) else { return Ok(None) };
    if let Some(quantity) = positional(first) {
        return by_position(lines, line, quantity).map(Some);
    }
    let is_section =
        first.starts_with('*') || section(first).is_some_and(|(key, _)| SECTIONS.contains(&key.as_str()));
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
fn by_position<R: Read>(lines: &mut Lines<R>, line: &mut u32, quantity: u32) -> Result<Header, FileProblem> {
    next(lines, line)?;
    while lines.line().trim_ascii().is_empty() {
        next(lines, line)?;
    }
    let mut fields = Fields::words();
    fields.split(lines.line()).map_err(|_| FileProblem::TooManyColumns)?;
    let found = fields.iter().zip(guess(&fields)).map(|(cell, taken_as)| FoundColumn {
        name: shape(cell),
        taken_as,
        secret: taken_as.is_none(),
    });
    let found = found.collect();
    let announced = Announced { quantity: Some(quantity), ..Announced::default() };
    let mut header = Header::new(Layout::Positional, fields, found, announced)?;
    header.is_row = true;
    Ok(header)
}

fn by_sections<R: Read>(lines: &mut Lines<R>, line: &mut u32) -> Result<Header, FileProblem> {
    let mut announced = Announced::default();
    for _ in 0..HEADER_LINES {
        let text = std::str::from_utf8(lines.line()).map_err(|_| FileProblem::HeaderNotUtf8)?;
        if let Some((key, value)) = section(text) {
            if key == "var_out" {
                let mut fields = Fields::words();
                fields.split(value.trim().as_bytes()).map_err(|_| FileProblem::TooManyColumns)?;
                let found = by_name(&fields);
                return Header::new(Layout::Sections, fields, found, announced);
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
