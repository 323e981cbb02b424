//! Lines of CSV that are safe to open in a spreadsheet: the one way in which files leave the portal.

use std::borrow::Cow;
use std::io::Write;

use csv::{Terminator, WriterBuilder};

use crate::characters::is_invisible;

/// Writes lines to `to`, as RFC 4180 has them.
#[derive(Debug)]
pub struct CsvLines<W: Write>(csv::Writer<W>);

impl<W: Write> CsvLines<W> {
    /// Begins a file.
    pub fn new(to: W) -> Self {
        Self(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to))
    }

    /// Writes a line; no cell of it is a formula. Numbers below zero are left as they are, but at the beginning of the line:
    /// split at another separator, that would go on with the next cells.
    pub fn write(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> csv::Result<()> {
        for (place, cell) in cells.into_iter().enumerate() {
            let cell = cell.as_ref();
            let written = if place > 0 && is_below_zero(cell) { Cow::Borrowed(cell) } else { harmless(cell) };
            self.0.write_field(written.as_bytes())?;
        }
        self.0.write_record(None::<&[u8]>)
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(self) -> std::io::Result<W> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// A cell that no spreadsheet takes for a formula, on one line, wherever it splits the lines of the file.
///
/// A spreadsheet splits at the separator of its own locale and then knows nothing of the quotation marks around
/// our cell: each part of it that begins as a formula gets an apostrophe. Lists pass over that when they read a number.
fn harmless(cell: &str) -> Cow<'_, str> {
    if !cell.contains(|c: char| c.is_control() || begins_formula(c)) {
        return Cow::Borrowed(cell);
    }
    let mut line = String::with_capacity(cell.len() + 1);
    let mut is_start = true;
    for c in cell.chars() {
        if is_start && begins_formula(c) {
            line.push('\'');
        }
        is_start = splits_cells(c) || (is_start && is_passed_over(c));
        line.push(if c.is_control() { ' ' } else { c });
    }
    Cow::Owned(line)
}

/// What a cell of a file was before [`CsvLines`] wrote it, or before a person kept a spreadsheet from running it: without
/// the apostrophes before what would begin a formula.
pub(crate) fn as_it_was(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len());
    let mut is_start = true;
    let mut rest = cell.chars().peekable();
    while let Some(c) = rest.next() {
        if is_start && c == '\'' && rest.peek().copied().is_some_and(begins_formula) {
            is_start = false;
            continue;
        }
        is_start = splits_cells(c) || (is_start && is_passed_over(c));
        text.push(c);
    }
    Cow::Owned(text)
}

/// `-12.5`: a minus, digits and at most one point, and nothing else.
fn is_below_zero(cell: &str) -> bool {
    let Some(number) = cell.strip_prefix('-') else { return false };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    [whole, decimals].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// With the full-width forms, which some locales take for the same.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

fn splits_cells(c: char) -> bool {
    matches!(c, ',' | ';' | '|') || c.is_control()
}

/// Whether a formula may begin after it: blanks, what can't be seen, and quotation marks of a cell that was split.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace() || c == '"' || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
        let mut lines = CsvLines::new(Vec::new());
        lines.write(cells).unwrap();
        String::from_utf8(lines.finish().unwrap()).unwrap()
    }

    #[test]
    fn formulas_are_words() {
        for (cell, harmless_cell) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("\tx", " x"),
            ("\r=x", " '=x"),
            ("  =x", "  '=x"),
            ("\u{a0}\u{feff}+x", "\u{a0}\u{feff}'+x"),
            ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),
            ("x\t=1", "x '=1"),
            ("x, \"=1\"", "x, \"'=1\""),
            ("x\n@y;z|-1", "x '@y;z|'-1"),
            ("'=1", "'=1"),
            ("a\nb", "a b"),
            (
                "It was Retired - it can't move; nor be e-mailed.",
                "It was Retired - it can't move; nor be e-mailed.",
            ),
            ("8901260881205897720", "8901260881205897720"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), harmless_cell, "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_line_begins_a_formula(
            cells in proptest::collection::vec(
                "-[0-9.]{1,5}|([-=+@＝＋－＠,;|\"' \t\r\n\u{a0}\u{feff}a1]|.){0,12}", 1..4
            )
        ) {
            let written = line(cells.iter().map(String::as_str));
            prop_assert_eq!(written.lines().count(), 1);
            for separator in [',', ';', '\t', '|', '\r', '\n'] {
                for part in written.split(separator) {
                    let begins = part.trim_start_matches(is_passed_over).starts_with(begins_formula);
                    prop_assert!(!begins || is_below_zero(part.trim_end()), "{part:?} of {written:?}");
                }
            }
        }

        #[test]
        fn what_was_written_is_read_as_it_was(cell in "([-=+@＝,;|\" a1]|[^'\\p{Cc}]){0,12}") {
            let written = harmless(&cell);
            prop_assert_eq!(as_it_was(&written), cell.as_str());
        }

        #[test]
        fn what_is_harmless_stays_as_it_is(cell in "([-=+@,;|\"' \na1]|.){0,12}") {
            let once = harmless(&cell).into_owned();
            prop_assert_eq!(harmless(&once), once.as_str());
        }
    }

    #[test]
    fn an_apostrophe_that_keeps_no_formula_away_stays() {
        for (cell, was) in [
            ("'-A1", "-A1"),
            ("' A1", "' A1"),
            ("Nora's =1", "Nora's =1"),
            ("a;'=b", "a;=b"),
            ("''=1", "''=1"),
        ] {
            assert_eq!(as_it_was(cell), was, "{cell:?}");
        }
    }

    #[test]
    fn numbers_below_zero_stay_numbers_where_nothing_can_go_on_with_them() {
        assert_eq!(line(["a", "-12.5", "-1", "+49", "-1.", "-1-1"]), "a,-12.5,-1,'+49,'-1.,'-1-1\r\n");
        assert_eq!(line(["-1", "*cmd|' /C calc'!A0"]), "'-1,*cmd|' /C calc'!A0\r\n");
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(["a,b", "say \"hi\"", "c"]), "\"a,b\",\"say \"\"hi\"\"\",c\r\n");
    }
}
