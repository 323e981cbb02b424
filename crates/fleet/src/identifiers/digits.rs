//! A short run of decimal digits that lives on the stack: a file of a million rows makes millions of them.

use super::error::IdentifierProblem;
use crate::characters::is_invisible;

/// Up to `N` ASCII decimal digits, unused places zeroed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Digits<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Digits<N> {
    /// Reads `text` (already trimmed), naming the first thing that is wrong with its characters.
    pub(super) fn read(text: &str, expected: &'static str) -> Result<Self, IdentifierProblem> {
        let given = text.as_bytes();
        if given.is_empty() {
            return Err(IdentifierProblem::Empty);
        }
        if !given.iter().all(u8::is_ascii_digit) {
            return Err(explain(text));
        }
        Self::from_digits(given).ok_or(IdentifierProblem::WrongLength { found: given.len(), expected })
    }

    /// Takes ASCII digits as they are; `None` when there are too many or when one is not a digit.
    pub(super) fn from_digits(given: &[u8]) -> Option<Self> {
        if !given.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut bytes = [0; N];
        bytes.get_mut(..given.len())?.copy_from_slice(given);
        Some(Self { bytes, len: u8::try_from(given.len()).ok()? })
    }

    /// The digits with one more at the end, if there is room for it.
    pub(super) fn with_digit(mut self, digit: u8) -> Option<Self> {
        *self.bytes.get_mut(usize::from(self.len))? = digit;
        self.len += 1;
        Some(self)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }
}

/// Says why `text` is not all digits, looking for the damage that spreadsheets do first.
fn explain(text: &str) -> IdentifierProblem {
    if is_scientific_notation(text) {
        return IdentifierProblem::ScientificNotation;
    }
    if text.bytes().all(|byte| byte == b'#') {
        return IdentifierProblem::TooNarrow;
    }
    if has_decimals(text) {
        return IdentifierProblem::Decimals;
    }
    if text.starts_with('\'') {
        return IdentifierProblem::Apostrophe;
    }
    for (index, found) in text.chars().enumerate() {
        match found {
            '0'..='9' => {}
            '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{2018}' | '\u{2019}' => {
                return IdentifierProblem::Quoted;
            }
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => return IdentifierProblem::HiddenSpace,
            c if is_invisible(c) => return IdentifierProblem::HiddenSpace,
            _ => {
                return IdentifierProblem::NotADigit { found, place: index + 1 };
            }
        }
    }
    IdentifierProblem::Empty
}

/// `8.94E+18`, `8,94e18`: digits, at most one separator, an exponent.
fn is_scientific_notation(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) if all_digits(fraction) => whole,
        Some(_) => return false,
        None => mantissa,
    };
    all_digits(whole) && all_digits(exponent)
}

/// `262010000000001.0`, `262010000000001,00`.
fn has_decimals(text: &str) -> bool {
    text.split_once(['.', ',']).is_some_and(|(whole, decimals)| {
        let is_number = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
        is_number && !decimals.is_empty() && decimals.bytes().all(|byte| byte == b'0')
    })
}

/// Whether a spreadsheet, which keeps 15 digits of a number, may have made this one.
pub(super) fn looks_rounded(digits: &[u8]) -> bool {
    digits.len() > 15 && digits.iter().skip(15).all(|digit| *digit == b'0')
}
