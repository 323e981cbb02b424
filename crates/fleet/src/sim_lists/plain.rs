//! A text in plain characters: what mail programs, spreadsheets and keyboards make of digits and dashes is undone.

use std::borrow::Cow;

use crate::characters::is_invisible;

/// The zeros of the scripts in which digits are commonly written.
const ZEROS: [char; 4] = ['\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}'];

/// `text` with digits, dashes and separators in ASCII, spaces for what only surrounds a number, and without what can't be seen.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| matches!(c, '0'..='9' | ' ' | ',' | ';' | '\t')) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_invisible(c) => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{2192}' | '~' => plain.push('-'),
            '\u{2026}' => plain.push_str("..."),
            '\u{ff0b}' => plain.push('+'),
            '\u{ff0c}' | '\u{3001}' => plain.push(','),
            '\u{ff1b}' | '|' => plain.push(';'),
            '\t' => plain.push('\t'),
            '"'
            | '\''
            | '`'
            | '='
            | ':'
            | '<'
            | '>'
            | '['
            | ']'
            | '{'
            | '}'
            | '*'
            | '#'
            | '\u{2022}'
            | '\u{b7}'
            | '\u{ab}'
            | '\u{bb}'
            | '\u{2018}'..='\u{201f}'
            | '\u{ff1a}' => plain.push(' '),
            c if c.is_whitespace() || c.is_control() => plain.push(' '),
            c => plain.push(ascii_digit(c).unwrap_or(c)),
        }
    }
    // The zero that is dialled at home only: +49 (0)170 1234567.
    let plain = if plain.contains("(0)") { plain.replace("(0)", " ") } else { plain };
    Cow::Owned(if plain.contains(['(', ')']) { plain.replace(['(', ')'], " ") } else { plain })
}

fn ascii_digit(c: char) -> Option<char> {
    ZEROS.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(*zero))?;
        char::from_digit(value, 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_make_of_a_number_is_undone() {
        for (text, plainly) in [
            ("8901 2608", "8901 2608"),
            ("８９０１\u{200b}２６\u{feff}", "890126"),
            ("\u{202d}8901\u{202c} \u{2066}2608\u{2069}", "8901 2608"),
            ("8901\u{a0}2608\u{202f}81", "8901 2608 81"),
            ("12\u{2013}34…56", "12-34...56"),
            ("=\"8901\"", "  8901 "),
            ("+49 (0)170", "+49  170"),
            ("٠١٢۳", "0123"),
            ("a|b；c，d", "a;b;c,d"),
        ] {
            assert_eq!(plain(text), plainly, "{text:?}");
        }
    }
}
