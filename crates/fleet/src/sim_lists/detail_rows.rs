//! The rows of a table that says what becomes of the details of SIMs.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::details::Detail;
use super::split::{TOO_LONG, Table, Written, each_line};
use crate::error::{Error, Result};

/// The most bytes of a line; all details at their longest are less.
const LINE_LIMIT: usize = 256 * 1024;
/// The most columns that are named as left out, and the most characters of a name.
const NAMED: usize = 20;
const NAME: usize = 60;

/// What was read beside the rows.
#[derive(Default)]
pub(super) struct Read {
    /// Which details the rows have, as they are stored.
    pub(super) details: Vec<String>,
    /// What was left out of them, as a sentence.
    pub(super) note: Option<String>,
}

/// Gives each row of `source` with the number of its line to `each`. Columns are those of `known`, by their names.
///
/// [`Error::Invalid`] where the first line names no identifier, no detail, or one twice.
pub(super) fn rows<R: std::io::Read>(
    source: R,
    known: &[Detail],
    mut each: impl FnMut(u32, Written<'_>) -> Result<()>,
) -> Result<Read> {
    let mut table: Option<Details<'_>> = None;
    each_line(source, LINE_LIMIT, |number, line, is_whole| {
        let Some(table) = &mut table else {
            table = Some(Details::of_header(line, known)?);
            return Ok(());
        };
        if !is_whole {
            return each(number, Written::Unreadable(line, TOO_LONG));
        }
        table.row(number, line, &mut each)
    })?;
    Ok(table.map(Details::into_read).unwrap_or_default())
}

/// A table, and which of its columns say what.
struct Details<'a> {
    table: Table,
    width: usize,
    columns: Vec<(usize, &'a Detail)>,
    left_out: Vec<String>,
}

impl<'a> Details<'a> {
    fn of_header(line: &str, known: &'a [Detail]) -> Result<Self> {
        let wrong = |sentence: String| Err(Error::invalid("identifiers", sentence));
        let table = Table::of_header(line);
        let Some(table) = table.filter(|table| table.fields.len() > 1) else {
            return wrong(format!(
                "The first line must name the columns: iccid, imsi, msisdn, eid or imei, and {}.",
                choices(known)
            ));
        };
        let (mut columns, mut left_out): (Vec<(usize, &Detail)>, _) = (Vec::new(), Vec::new());
        for (place, name) in table.fields.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let name = name.trim();
            if table.places.contains(&place) || name.is_empty() {
                continue;
            }
            match known.iter().find(|detail| detail.is_called(name)) {
                Some(detail) if columns.iter().any(|(_, other)| *other == detail) => {
                    return wrong(format!("There are two columns named “{}”.", detail.name()));
                }
                Some(detail) => columns.push((place, detail)),
                None => left_out.push(format!("“{}”", name.chars().take(NAME).collect::<String>())),
            }
        }
        if columns.is_empty() {
            return wrong(format!("No column is named {}.", choices(known)));
        }
        Ok(Self { width: table.fields.len(), table, columns, left_out })
    }

    fn row(
        &mut self,
        number: u32,
        line: &str,
        each: &mut impl FnMut(u32, Written<'_>) -> Result<()>,
    ) -> Result<()> {
        let Table { fields, places } = &mut self.table;
        if let Err(problem) = fields.split(line.as_bytes()) {
            return each(number, Written::Unreadable(line, &problem.to_string()));
        }
        if fields.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return Ok(());
        }
        let cell = |place: usize| String::from_utf8_lossy(fields.get(place));
        let Some(identifier) = places.iter().map(|place| cell(*place)).find(|cell| !cell.trim().is_empty())
        else {
            return each(number, Written::Unreadable(line, "The line has no identifier."));
        };
        // Programs for tables add empty columns; a comma that nobody has quoted moves all that follows.
        if fields.iter().skip(self.width).any(|cell| !cell.trim_ascii().is_empty()) {
            let reason = format!("The line has more columns than the first one, which has {}.", self.width);
            return each(number, Written::Unreadable(&identifier, &reason));
        }
        match details(&self.columns, cell) {
            Ok(details) => each(number, Written::Row(&identifier, &details)),
            Err(reason) => each(number, Written::Unreadable(&identifier, &reason)),
        }
    }

    fn into_read(self) -> Read {
        let mut named = self.left_out;
        let more = named.len().saturating_sub(NAMED);
        named.truncate(NAMED);
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        Read {
            details: self.columns.iter().map(|(_, detail)| detail.key()).collect(),
            note: (!named.is_empty()).then(|| format!("Columns that were left out: {}.", named.join(", "))),
        }
    }
}

/// The details of a row as they are stored, or what is wrong with one.
fn details<'c>(
    columns: &[(usize, &Detail)],
    cell: impl Fn(usize) -> Cow<'c, str>,
) -> std::result::Result<String, String> {
    let mut details = Map::new();
    for (place, detail) in columns {
        let value = detail.parse(&cell(*place)).map_err(|wrong| format!("{}: {wrong}", detail.name()))?;
        details.insert(detail.key(), Value::String(value));
    }
    Ok(Value::Object(details).to_string())
}

fn choices(known: &[Detail]) -> String {
    let names: Vec<_> = known.iter().map(Detail::name).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<(Vec<String>, Read)> {
        let mut seen = Vec::new();
        let read = rows(text, &[Detail::Name, Detail::Note], |line, written| {
            seen.push(match written {
                Written::Row(identifier, details) => format!("{line} {identifier} {details}"),
                Written::Unreadable(text, reason) => format!("{line} {text} ! {reason}"),
                other => format!("{line} {other:?}"),
            });
            Ok(())
        })?;
        Ok((seen, read))
    }

    #[test]
    fn a_row_says_what_its_columns_are_named() {
        let text = "\u{feff}Name;MSISDN;State;Notes\r\n\"Dock; 4\";4917012;Active;\r\n'=A1;4917013;;two\r\n\r\n;;;;\r\n";
        let (rows, read) = read(text.as_bytes()).unwrap();
        assert_eq!(
            rows,
            [r#"2 4917012 {"name":"Dock; 4","note":""}"#, r#"3 4917013 {"name":"=A1","note":"two"}"#,]
        );
        assert_eq!(read.details, ["name", "note"]);
        assert_eq!(read.note.as_deref(), Some("Columns that were left out: “State”."));
    }

    #[test]
    fn a_row_that_can_not_be_written_names_no_sim() {
        let long = "x".repeat(101);
        let text = format!("iccid,name\n1,a,b\n2,{long}\n3,Z\u{fffd}rich\n,d\n5,\"e\n6,f,\n");
        let (rows, _) = read(text.as_bytes()).unwrap();
        assert_eq!(
            rows,
            [
                "2 1 ! The line has more columns than the first one, which has 2.",
                "3 2 ! Name: Use at most 100 characters.",
                "4 3 ! Name: Some letters can't be read. Save the file as CSV in UTF-8.",
                "5 ,d ! The line has no identifier.",
                "6 5,\"e ! A quotation mark is opened and not closed on the same line.",
                r#"7 6 {"name":"f"}"#,
            ]
        );
    }

    #[test]
    fn a_first_line_must_name_an_identifier_and_details() {
        for (text, sentence) in [
            (
                "8901260881205897720,Meter\n",
                "The first line must name the columns: iccid, imsi, msisdn, eid or imei, and Name or Note.",
            ),
            (
                "iccid\n1\n",
                "The first line must name the columns: iccid, imsi, msisdn, eid or imei, and Name or Note.",
            ),
            ("iccid,colour\n1,red\n", "No column is named Name or Note."),
            ("iccid,note,Notes\n1,a,b\n", "There are two columns named “Note”."),
        ] {
            match read(text.as_bytes()) {
                Err(Error::Invalid { field: "identifiers", message }) => assert_eq!(message, sentence),
                other => panic!("{:?}", other.map(|(rows, _)| rows)),
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = read(&[b"iccid,name\n".as_slice(), &bytes].concat());
        }
    }
}
