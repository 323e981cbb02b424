//! Identifiers in what people write: in a mail, in a sheet, in groups, in ranges.

use super::groups::{Number, OF_ONE, Piece, Pieces};
use super::plain::plain;
use super::range::Range;
use super::shortened::Shortened;
use super::split::Written;
use crate::error::Result;

/// A number in a text of words with fewer digits is a date, an amount or a place, not an identifier.
pub(super) const DIGITS: usize = 7;
/// A number with so many digits is an identifier without doubt.
const SURELY: usize = 10;
/// What is wrong with a number that is shortened so that nothing can be made of it.
const LEFT_OUT: &str =
    "Its middle is left out. Write the number in full; of the end of a range, the last digits are enough.";
/// Words that stand between the two ends of a range.
const UNTIL: [&str; 9] = ["to", "until", "till", "through", "thru", "bis", "à", "hasta", "tot"];

/// Gives what stands in a line that is no table's: its numbers and ranges, what looks like one, and its words.
pub(super) fn line(text: &str, each: &mut dyn FnMut(Written<'_>) -> Result<()>) -> Result<()> {
    let text = plain(without_numbering(text));
    // Around words or long numbers, short ones mean something else.
    let has_words = text.split([' ', ',', ';', '\t']).any(is_word);
    let is_quiet = has_words || cells(&text).any(is_identifier);
    cells(&text).try_for_each(|cell| {
        let mut reader = Reader { cell, has_words, is_quiet, pieces: Pieces::default(), pending: None, each };
        reader.read()
    })
}

/// Gives what stands in a cell that should hold an identifier.
pub(super) fn cell(text: &str, each: &mut dyn FnMut(Written<'_>) -> Result<()>) -> Result<()> {
    let plainly = plain(text);
    let mut is_empty = true;
    let mut seen = |written: Written<'_>| {
        let is_word = matches!(written, Written::Word);
        is_empty &= is_word;
        if is_word { Ok(()) } else { each(written) }
    };
    let mut reader = Reader {
        cell: &plainly,
        has_words: false,
        is_quiet: false,
        pieces: Pieces::default(),
        pending: None,
        each: &mut seen,
    };
    reader.read()?;
    if is_empty { each(Written::Entry(text)) } else { Ok(()) }
}

/// The line of a numbered list, without its number.
fn without_numbering(line: &str) -> &str {
    let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.trim_start().len() - rest.len();
    match rest.strip_prefix(['.', ')']) {
        Some(item) if (1..5).contains(&digits) && item.starts_with(char::is_whitespace) => item,
        _ => line,
    }
}

/// Whether an identifier stands there, in one piece or in groups.
fn is_identifier(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    (SURELY..=2 * OF_ONE).contains(&digits)
        || cell.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= SURELY)
}

fn is_word(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1 && !text.contains(|c: char| c.is_ascii_digit()) && !is_until(text)
}

fn is_until(text: &str) -> bool {
    UNTIL.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What follows the middle of a range, if `text` begins with that. Dots after what stands before, and a space, are no middle.
pub(super) fn until(text: &str) -> Option<&str> {
    let is_apart = text.starts_with(' ');
    let text = text.trim_start();
    let (sign, rest) = text.split_at(text.find(|c| !matches!(c, '-' | '.')).unwrap_or(text.len()));
    if sign.contains('-') || (sign.contains("..") && (is_apart || !rest.starts_with(' '))) {
        return Some(rest.trim_start());
    }
    let (word, rest) = text.split_once(' ')?;
    is_until(word).then(|| rest.trim_start())
}

/// The parts of a line between its separators. The comma in `8,94E+18` separates nothing.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut separators = text.match_indices([',', ';', '\t']);
        let end = separators
            .find(|(at, found)| *found != "," || !is_decimal(text.get(at + 1..).unwrap_or_default()));
        let (cell, after) = match end {
            Some((at, found)) => (text.get(..at), text.get(at + found.len()..)),
            None => (Some(text), None),
        };
        rest = after;
        cell
    })
}

/// Whether `text` begins like the decimals of a number in scientific notation.
fn is_decimal(text: &str) -> bool {
    let exponent = text.trim_start_matches(|c: char| c.is_ascii_digit());
    exponent.len() < text.len()
        && exponent
            .strip_prefix(['e', 'E'])
            .is_some_and(|power| power.trim_start_matches('+').starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a spreadsheet has rounded this number: `8.94E+18`.
fn is_rounded(token: &str) -> bool {
    let decimals = token.trim_start_matches(|c: char| c.is_ascii_digit());
    decimals.len() < token.len() && decimals.strip_prefix(['.', ',']).is_some_and(is_decimal)
}

/// What may stand between the two ends of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// A dash without spaces, which may as well group the digits of one number.
    Dash,
    /// A dash between spaces, dots, or a word.
    Other,
}

struct Reader<'a, 'b> {
    cell: &'a str,
    has_words: bool,
    is_quiet: bool,
    pieces: Pieces<'a>,
    /// What stands before the last dash, when that may be the beginning of a range.
    pending: Option<(Pieces<'a>, Until)>,
    each: &'b mut dyn FnMut(Written<'_>) -> Result<()>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self) -> Result<()> {
        let cell = self.cell;
        let mut at = 0;
        while let Some(rest) = cell.get(at..).filter(|rest| !rest.is_empty()) {
            let token = rest.split(' ').next().unwrap_or(rest);
            let mut length = token.len();
            if let Some(shortened) = Shortened::read(rest) {
                length = shortened.written.len();
                self.shortened(at, shortened)?;
            } else if !token.is_empty() {
                self.token(at, token.trim_end_matches(['!', '?']))?;
            }
            at += length.max(1);
        }
        self.end()
    }

    fn shortened(&mut self, at: usize, shortened: Shortened<'a>) -> Result<()> {
        let first = self.begun(shortened.begins).filter(|_| shortened.from == shortened.to);
        if let Some(first) = first {
            // The end of a range whose first number is written in full.
            let digits = shortened.to.len();
            let end = at + shortened.written.len();
            return match Range::read(&first.digits, shortened.to) {
                Ok(_) => self.numeric(end - digits, shortened.to, digits),
                Err(reason) => self.refuse_range(&first, end, &reason),
            };
        }
        let is_rest = self.pieces.end_within_card();
        self.end()?;
        if is_rest {
            return (self.each)(Written::Unreadable(shortened.written, LEFT_OUT));
        }
        (self.each)(Written::Shortened(shortened))
    }

    /// The number before the middle of a range, if it begins with `digits` and nothing has followed.
    fn begun(&self, digits: &str) -> Option<Number> {
        let (before, _) = self.pending.as_ref().filter(|_| self.pieces.is_empty())?;
        before.last().filter(|first| first.digits.starts_with(digits))
    }

    /// Gives what `first` begins, to the end, as what can't be read.
    fn refuse_range(&mut self, first: &Number, end: usize, reason: &str) -> Result<()> {
        if let Some((mut before, _)) = self.pending.take() {
            before.drop_last(first);
            self.pieces = before;
            self.give(0)?;
        }
        (self.each)(Written::Unreadable(span(self.cell, first.written, (0, end)), reason))
    }

    fn token(&mut self, at: usize, token: &'a str) -> Result<()> {
        let token = match token.strip_suffix('.') {
            Some(sentence) if !sentence.ends_with('.') => sentence,
            _ => token,
        };
        let whole = token.strip_suffix(".0").or_else(|| token.strip_suffix(".00")).unwrap_or(token);
        let digits = whole.bytes().filter(u8::is_ascii_digit).count();
        // Of a number with an odd number of digits, the card's last half-byte is filled with F.
        let numeric = if digits >= 18 { whole.trim_end_matches(['F', 'f']) } else { whole };
        if numeric.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'/')) {
            return if digits == 0 { self.sign(numeric) } else { self.numeric(at, numeric, digits) };
        }
        if is_until(token) {
            return self.until(Until::Other);
        }
        self.end()?;
        if digits == 0 || (self.has_words && digits < DIGITS && !is_rounded(token)) {
            (self.each)(Written::Word)
        } else {
            (self.each)(Written::Entry(token))
        }
    }

    fn sign(&mut self, sign: &str) -> Result<()> {
        if sign.contains('-') || sign.contains("..") { self.until(Until::Other) } else { Ok(()) }
    }

    /// Digits, and what joins or separates them.
    fn numeric(&mut self, at: usize, token: &'a str, digits: usize) -> Result<()> {
        if is_date(token) {
            self.end()?;
            return (self.each)(Written::Word);
        }
        if digits >= DIGITS && is_elided(token) {
            self.end()?;
            return (self.each)(Written::Unreadable(token, LEFT_OUT));
        }
        if let Some(broken_off) = token.strip_suffix("..").map(|token| token.trim_end_matches('.'))
            && let Some(first) = self.begun(broken_off)
        {
            return self.refuse_range(&first, at + token.len(), LEFT_OUT);
        }
        let mut rest = token;
        while !rest.is_empty() {
            let signs = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let (between, after) = rest.split_at(signs);
            let length = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (number, after) = after.split_at(length);
            let is_tight = rest.len() < token.len() && !number.is_empty();
            if number.is_empty() && between.contains("..") && !between.contains('-') {
                // No middle of a range: the text goes on after a space, if at all.
                self.end()?;
            } else if between.contains("..") || (between.contains('-') && !is_tight) {
                self.until(Until::Other)?;
            } else if between.contains('-') {
                self.until(Until::Dash)?;
            }
            if !number.is_empty() {
                let (start, is_international) =
                    (at + token.len() - after.len() - length, between.ends_with('+'));
                self.pieces.push(Piece {
                    digits: number,
                    written: (start - usize::from(is_international), start + length),
                    is_international,
                    is_dashed: between.contains('-'),
                });
                // Within the token: it may be as long as the text.
                if self.pieces.len() > 2 * OF_ONE {
                    self.close()?;
                    self.give(OF_ONE)?;
                }
            }
            rest = after;
        }
        Ok(())
    }

    /// Something that may be the middle of a range.
    fn until(&mut self, until: Until) -> Result<()> {
        if self.pieces.is_empty() {
            return Ok(());
        }
        self.close()?;
        let begins = !(until == Until::Dash && self.pieces.goes_on_by_dash())
            && self
                .pieces
                .last()
                .is_some_and(|number| number.is_complete() && !(until == Until::Dash && number.is_dashed));
        if begins {
            self.pending = Some((std::mem::take(&mut self.pieces), until));
            return Ok(());
        }
        if until == Until::Dash { Ok(()) } else { self.give(0) }
    }

    /// Gives the range that has come to its end, if it is one.
    fn close(&mut self) -> Result<()> {
        let Some((mut before, until)) = self.pending.take() else { return Ok(()) };
        let (Some(from), Some(to)) = (before.last(), self.pieces.first()) else {
            std::mem::swap(&mut self.pieces, &mut before);
            return Ok(());
        };
        if !from.is_range_to(&to, until == Until::Dash) {
            if until == Until::Dash {
                before.append(&mut self.pieces);
                self.pieces = before;
                return Ok(());
            }
            let after = std::mem::replace(&mut self.pieces, before);
            self.give(0)?;
            self.pieces = after;
            return Ok(());
        }
        before.drop_last(&from);
        self.pieces.drop_first(&to);
        let after = std::mem::replace(&mut self.pieces, before);
        self.give(0)?;
        self.pieces = after;
        let written = span(self.cell, from.written, to.written);
        match Range::read(&from.digits, &to.digits) {
            Ok(range) => (self.each)(Written::Range(range)),
            Err(reason) => (self.each)(Written::Unreadable(written, &reason)),
        }
    }

    fn end(&mut self) -> Result<()> {
        self.close()?;
        self.give(0)
    }

    /// Gives the numbers of the pieces, until `left` pieces are left.
    fn give(&mut self, left: usize) -> Result<()> {
        while self.pieces.len() > left
            && let Some(number) = self.pieces.first()
        {
            self.pieces.drop_first(&number);
            let written = if self.is_quiet && number.digits.len() < DIGITS && !number.is_international {
                Written::Word
            } else {
                Written::Entry(span(self.cell, number.written, number.written))
            };
            (self.each)(written)?;
        }
        Ok(())
    }
}

/// From the beginning of one part of `cell` to the end of another.
fn span(cell: &str, from: (usize, usize), to: (usize, usize)) -> &str {
    cell.get(from.0..to.1).unwrap_or_default()
}

/// `2025-11-25`, `25.11.2025`, `11/25/25`.
fn is_date(token: &str) -> bool {
    let parts: Vec<&str> = token.splitn(4, ['-', '.', '/']).collect();
    let short = |part: &str| matches!(part.len(), 1 | 2);
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => short(month) && short(day),
        [day, month, year] => short(day) && short(month) && matches!(year.len(), 2 | 4),
        _ => false,
    }
}

/// `8933...0010`, alone or in a range. What a range ends with may be followed by dots, unless it is the beginning of a number.
fn is_elided(token: &str) -> bool {
    let mut parts = token.split('-');
    let elided = |part: &str| {
        let (digits, rest) = part.split_at(part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len()));
        let is_short = (1..SURELY).contains(&digits.len()) && rest.starts_with("..");
        is_short.then(|| (digits.len(), rest.contains(|c: char| c.is_ascii_digit())))
    };
    let first = parts.next().unwrap_or_default();
    let is_end = |part: &str| {
        elided(part)
            .is_some_and(|(digits, goes_on)| goes_on || first.starts_with(part.get(..digits).unwrap_or(part)))
    };
    elided(first).is_some() || parts.any(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        line(text, &mut |written| {
            found.push(match written {
                Written::Entry(text) | Written::Row(text, _) => text.to_owned(),
                Written::Range(range) => format!("{}..", range.numbers().count()),
                Written::Unreadable(_, reason) => format!("! {reason}"),
                Written::Shortened(shortened) => format!("? {} {}", shortened.from, shortened.to),
                Written::Word => return Ok(()),
            });
            Ok(())
        })
        .unwrap();
        found
    }

    const ICCID: &str = "8901260881205897720";

    #[test]
    fn words_dates_and_amounts_around_identifiers_are_passed_over() {
        for text in [
            "Hello Ada,",
            "please suspend these 12 SIMs by 25.11.2025 (10:30), order PO-4711/B2:",
            "Kind regards, Omar. Simyard Ltd, 12 High Street, W1",
            "--",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
        for text in [
            "1. 8901260881205897720",
            " 12) 8901 2608 8120 5897 720",
            "- ICCID: 8901260881205897720.",
            "SIM no. 3 (8901 2608 8120 5897 720), Berlin",
            "iccid=<8901260881205897720>!",
            "2\t8901-2608-8120-5897-720",
            "8901260881205897720F | Meter 12",
        ] {
            let found: Vec<String> = read(text).iter().map(|text| text.replace([' ', '-'], "")).collect();
            assert_eq!(found, [ICCID], "{text}");
        }
    }

    #[test]
    fn groups_are_one_number_and_neighbours_are_not() {
        let (one, other) = ("8901 2608 8120 5897 720", "8965 8808 1210 0011 146");
        for (text, numbers) in [
            (format!("{one} {other}").as_str(), vec![one, other]),
            ("8904 9032 1234 5123 4512 3456 7890 1235", vec!["8904 9032 1234 5123 4512 3456 7890 1235"]),
            ("8901 2608 8120 5897 72", vec!["8901 2608 8120 5897 72"]),
            ("call +49 (0)170 123 4567 or +44 20-7946-0958", vec!["+49  170 123 4567", "+44 20-7946-0958"]),
            ("0049 170 1234567", vec!["0049 170 1234567"]),
            ("901700000009999 901700000009998", vec!["901700000009999", "901700000009998"]),
            ("262011234567890/490154203237518", vec!["262011234567890", "490154203237518"]),
        ] {
            assert_eq!(read(text), numbers, "{text}");
        }
    }

    #[test]
    fn ranges_are_read_in_the_forms_that_people_write() {
        for text in [
            "89331234567890100010-0059",
            "89331234567890100010 - 0059",
            "89331234567890100010\u{2013}89331234567890100059",
            "from 89331234567890100010 to 89331234567890100059, please",
            "89331234567890100010..0059",
            "89331234567890100010…89331234567890100059",
            "8933 1234 5678 9010 0010 - 8933 1234 5678 9010 0059",
            "8933 1234 5678 9010 0010 bis 8933 1234 5678 9010 0059",
        ] {
            assert_eq!(read(text), ["50.."], "{text}");
        }
        assert_eq!(read("491701234567-491701234570, 262011234567890 to 899"), ["4..", "10.."]);
        assert_eq!(read(&format!("{ICCID} 491701234567-69 {ICCID}")), [ICCID, "3..", ICCID]);
        for to in ["100000058", "0700000100000058", "9310700000100000058"] {
            assert_eq!(
                read(&format!("89310700000100000009-{to}")),
                ["6.."],
                "{to}: each with its check digit"
            );
        }
        assert_eq!(read("89310700000100000009 - 100000058"), ["6.."]);
    }

    #[test]
    fn numbers_whose_middle_is_left_out_are_left_to_the_fleet() {
        for text in ["8933...0010-0059", "SIMs 8933…0010 – 8933…0059, please", "8933 ... 0010 to 0059?"]
        {
            assert_eq!(read(text), ["? 0010 0059"], "{text}");
        }
        assert_eq!(
            read(&format!("{ICCID} 8933...0010. 8933...0012 {ICCID}")),
            [ICCID, "? 0010 0010", "? 0012 0012", ICCID]
        );
        assert_eq!(read("89331234567890100010 - 8933...0059"), ["50.."], "the first in full");
        assert_eq!(read("491701234500-599..."), ["100.."], "all of it is there");
        for text in ["8933 ... 1234 5678", "8944 8933...0010", "8944 5012 8933...0010"] {
            assert!(read(text).iter().all(|said| !said.starts_with('?')), "{text}: {:?}", read(text));
        }
        for text in ["SIM 7: 8933...0010-0059 (50 SIMs)", "Meter 12 8933...0010-0059"] {
            assert_eq!(
                read(text).last().map(String::as_str),
                Some("? 0010 0059"),
                "{text}: {:?}",
                read(text)
            );
        }
        assert_eq!(read("Temperature 89...95 C"), [""; 0]);
    }

    #[test]
    fn what_only_looks_like_a_range_is_none() {
        assert_eq!(read(&format!("{ICCID} - 262011234567890")), [ICCID, "262011234567890"]);
        assert_eq!(read(&format!("{ICCID} - Meter 7")), [ICCID]);
        assert_eq!(read(&"1 ".repeat(100)).len(), 100);
        assert_eq!(read("491701234567 - 331701234567"), ["491701234567", "331701234567"]);
        assert_eq!(read("8901260881-205897720"), ["8901260881", "205897720"]);
        assert_eq!(read("262011234567890-490154203237518"), ["262011234567890", "490154203237518"]);
        for (range, reason) in [
            ("10000000000-99999999999", "more than 100,000"),
            ("99999999999-10000000000", "before it begins"),
            ("89310700000100000009-200000058", "more than 100,000"),
            ("89331234567890100010 - 8933...0005", "before it begins"),
            ("89331234567890100010 - 8933...4917012345", "! "),
            ("89331234567890100010 - 8933...", "middle is left out"),
            ("89331234567890100010-8933...", "middle is left out"),
        ] {
            let said = read(range);
            assert!(said.len() == 1 && said[0].contains(reason), "{range}: {said:?}");
        }
        assert_eq!(read("89331234567890100010... 12 SIMs"), ["89331234567890100010"]);
        let huge = read("89331234567890100010-89331234567891100010");
        assert!(huge[0].contains("more than 100,000"), "{huge:?}");
        for text in ["2620...0010-0059", "89331234567890100010-8933...0059", "8933...0010-00590"] {
            assert!(read(text).concat().starts_with("! Its middle is left out"), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn no_text_takes_longer_than_it_is_long() {
        for sign in ["-", "/", ".", "+", "--", "1234567890-", "1234567890-1-", ".-", "+-"] {
            let text = format!("{ICCID}, {}", format!("1{sign}").repeat(100_000));
            assert_eq!(read(&text)[0], ICCID, "{sign}");
        }
        for part in [" ", ".", "*", "8933 ", "8933...", "8933... - ", "8933  .. ", "8933...0010 - "] {
            let text = format!("{ICCID}, 8933...{}", part.repeat(400_000));
            assert_eq!(read(&text)[0], ICCID, "{part}");
        }
    }

    #[test]
    fn the_damage_of_spreadsheets_stays_to_be_named() {
        assert_eq!(read("8,94E+18, 8.94E+18"), ["8,94E+18", "8.94E+18"]);
        assert_eq!(read("it says 8.94E+18. Why?"), ["8.94E+18"]);
        assert_eq!(read("8901260881205897720.0"), [ICCID]);
        assert_eq!(read("ICCID 89O1260881205897720"), ["89O1260881205897720"]);
    }

    proptest::proptest! {
        #[test]
        fn no_digit_of_a_long_number_is_lost(text in "[0-9]{10,32}", noise in "[a-z ,;.!?()\"']{0,20}") {
            let found = read(&format!("{noise}, {text} {noise}"));
            proptest::prop_assert!(found.contains(&text), "{found:?}");
        }

        #[test]
        fn any_line_is_read(text in "[0-9+()/., \\-–…~toF\t;|]{0,200}") {
            let given = text.bytes().filter(u8::is_ascii_digit).count();
            let entries = read(&text).into_iter().filter(|found| !found.starts_with('!') && !found.ends_with(".."));
            let digits: usize = entries.map(|found| found.bytes().filter(u8::is_ascii_digit).count()).sum();
            proptest::prop_assert!(digits <= given);
        }
    }
}
