//! What can be wrong with an identifier, in words for the person who sent it.

use std::fmt;

use crate::numbers::with_noun;

/// Which identifier is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierKind {
    /// The number of the card or profile.
    Iccid,
    /// The number of the subscription in the mobile network.
    Imsi,
    /// The telephone number.
    Msisdn,
    /// The number of the device.
    Imei,
    /// The number of the eUICC.
    Eid,
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iccid => "ICCID",
            Self::Imsi => "IMSI",
            Self::Msisdn => "MSISDN",
            Self::Imei => "IMEI",
            Self::Eid => "EID",
        })
    }
}

/// Why a text is not the identifier that it should be. Its text is a sentence that can be shown as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The {kind} {problem}.")]
pub struct IdentifierError {
    /// The identifier that was expected.
    pub kind: IdentifierKind,
    /// What is wrong with it.
    pub problem: IdentifierProblem,
}

/// The ways in which identifiers arrive broken.
///
/// The texts complete a sentence that begins with *The ICCID*. They never repeat the value: a shifted column may
/// have put a key there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierProblem {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// `8.94E+18`.
    #[error(
        "is in scientific notation (like 8.94E+18): a spreadsheet has rounded it and its last digits are lost. \
         Export the column as text"
    )]
    ScientificNotation,
    /// `#########`.
    #[error(
        "is “#” signs alone: the column of the spreadsheet was too narrow to show the number. Widen the column, then \
         export it again"
    )]
    TooNarrow,
    /// `262010000000001.0`.
    #[error(
        "has decimals (like .0): a spreadsheet has taken it for an amount. Remove them, or export the column as text"
    )]
    Decimals,
    /// Zeros from the 16th digit on, and wrong check digits.
    #[error(
        "has wrong check digits and only zeros after the 15th digit: a spreadsheet has probably rounded it. \
         Export the column as text"
    )]
    Rounded,
    /// `1010123456789` for `001010123456789`.
    #[error(
        "has {} where {expected} are expected: a spreadsheet has probably dropped the zeros that it began \
         with. Export the column as text",
        with_noun(.found, "digit", "digits")
    )]
    LostZeros {
        /// The number of digits given.
        found: usize,
        /// The allowed lengths, in words.
        expected: &'static str,
    },
    /// Most often copied from a web page.
    #[error("contains a non-breaking or invisible space: remove it")]
    HiddenSpace,
    /// `"8901..."`, straight or curly.
    #[error("contains quotation marks: remove them")]
    Quoted,
    /// The mark by which spreadsheets force a cell to text.
    #[error("begins with an apostrophe, the mark of spreadsheets for text: remove it")]
    Apostrophe,
    /// Anything else that is not a decimal digit.
    #[error("contains {found:?} at place {place}: only digits are allowed")]
    NotADigit {
        /// The first character that is not a digit.
        found: char,
        /// Its place, counted in characters from 1.
        place: usize,
    },
    /// Too short or too long.
    #[error("has {}: {expected} are expected", with_noun(.found, "digit", "digits"))]
    WrongLength {
        /// The number of digits given.
        found: usize,
        /// The allowed lengths, in words.
        expected: &'static str,
    },
    /// An ICCID of something that is not a telecommunication card.
    #[error("does not begin with 89, as the cards of telecommunication issuers do")]
    WrongPrefix,
    /// `0170...` or `0049...` in place of `49...`.
    #[error("begins with 0: the international form is expected, the country code first, as in 491701234567")]
    NotInternational,
    /// The last digit contradicts the others.
    #[error("ends in {found}, but its check digit should be {expected}: a digit is wrong or missing")]
    WrongCheckDigit {
        /// The last digit.
        found: char,
        /// What it should be.
        expected: char,
    },
    /// The last two digits of an EID contradict the others.
    #[error("has wrong check digits (the last two): a digit is wrong")]
    WrongCheckDigits,
}
