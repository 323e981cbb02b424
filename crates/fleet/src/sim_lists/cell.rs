//! The numbers and ranges of a cell: which of its words are numbers, and what stands between them.

use super::groups::{Number, OF_ONE, Piece, Pieces};
use super::range::Range;
use super::shortened::{Shortened, digits};
use super::split::Written;
use crate::error::Result;

/// A number in a text of words with fewer digits is a date, an amount or a place, not an identifier.
pub(super) const DIGITS: usize = 7;
/// A number with so many digits is an identifier without doubt.
pub(super) const SURELY: usize = 10;
/// What is wrong with a number that is shortened so that nothing can be made of it.
const LEFT_OUT: &str =
    "Its middle is left out. Write the number in full; of the end of a range, the last digits are enough.";
/// Words that stand between the two ends of a range.
const UNTIL: [&str; 9] = ["to", "until", "till", "through", "thru", "bis", "à", "hasta", "tot"];

/// Whether a word stands between the two ends of a range.
pub(super) fn is_until(text: &str) -> bool {
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
/// Whether `text` begins like the decimals of a number in scientific notation.
pub(super) fn is_decimal(text: &str) -> bool {
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

/// What reads a cell, from its beginning to its end.
pub(super) struct Reader<'a, 'b> {
    cell: &'a str,
    /// Whether words stand in its line, among which a short number is a date, an amount or a place.
    has_words: bool,
    /// Whether short numbers mean nothing there.
    is_quiet: bool,
    pieces: Pieces<'a>,
    /// What stands before the last dash, when that may be the beginning of a range.
    pending: Option<(Pieces<'a>, Until)>,
    each: &'b mut dyn FnMut(Written<'_>) -> Result<()>,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub(super) fn new(
        cell: &'a str,
        has_words: bool,
        is_quiet: bool,
        each: &'b mut dyn FnMut(Written<'_>) -> Result<()>,
    ) -> Self {
        Self { cell, has_words, is_quiet, pieces: Pieces::default(), pending: None, each }
    }

    /// Gives what stands in it.
    pub(super) fn read(&mut self) -> Result<()> {
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
    fn numeric(&mut self, at: usize, token: &'a str, count: usize) -> Result<()> {
        if is_date(token) {
            self.end()?;
            return (self.each)(Written::Word);
        }
        if count >= DIGITS && is_elided(token) {
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
            let (number, after) = digits(after);
            let length = number.len();
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
        let (digits, rest) = digits(part);
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
