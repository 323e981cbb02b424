//! One entry of a list: which identifier it can be, and what is wrong with one that can't be any.

use super::plain::plain;
use crate::identifiers::{Eid, Iccid, IccidForm, IdentifierProblem, Imei, Imsi, Msisdn};

/// The longest part of an entry that is kept to be shown back.
const SHOWN: usize = 40;

/// What an entry may be, by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The number of a card.
    Card,
    /// The number of an eUICC, which may hold several profiles.
    Chip,
    /// An IMSI, a telephone number, or the IMEI of the device that the SIM is in.
    Subscription,
    /// None of these.
    Nothing,
}

impl Kind {
    /// The letter in the temporary table.
    pub(super) const fn letter(self) -> &'static str {
        match self {
            Self::Card => "c",
            Self::Chip => "e",
            Self::Subscription => "s",
            Self::Nothing => "n",
        }
    }
}

/// An entry as it is looked up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// The digits; of what has others, what is left of it.
    pub(super) number: String,
    /// The digits that are looked for where these are no SIM's: a telephone number as it is dialled, or
    /// what networks report of an IMEI.
    pub(super) other: Option<String>,
    /// What is wrong with it. Such an entry is looked up all the same: test cards have wrong check digits.
    pub(super) reason: Option<String>,
}

impl Entry {
    pub(super) fn read(written: &str) -> Self {
        let cleaned = undecorated(written);
        let bare = cleaned.trim_start_matches('+').trim_end_matches(['F', 'f']);
        if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::nothing(&cleaned, not_digits(written));
        }
        let (kind, reason) = match bare.len() {
            ..=16 => (Kind::Subscription, subscription_problem(bare)),
            17..=22 => (Kind::Card, card_problem(bare)),
            32 => (Kind::Chip, bare.parse::<Eid>().err().map(|error| error.to_string())),
            digits => {
                let reason = format!(
                    "It has {digits} digits: an ICCID has 19 or 20, an EID has 32, others have up to 15."
                );
                return Self::nothing(bare, reason);
            }
        };
        let other = if kind == Kind::Subscription { other_way(bare) } else { None };
        Self { kind, number: bare.to_owned(), other, reason }
    }

    /// What is no identifier, and why.
    pub(super) fn nothing(written: &str, reason: String) -> Self {
        Self { kind: Kind::Nothing, number: shortened(written), other: None, reason: Some(reason) }
    }

    /// What could be an identifier, but is no SIM's.
    pub(super) fn unknown(written: &str) -> Self {
        Self { kind: Kind::Nothing, number: shortened(written), other: None, reason: None }
    }

    /// A number of a range. That nobody has written it, is no fault of its check digit.
    pub(super) fn of_range(number: &str) -> Self {
        Self { reason: None, ..Self::read(number) }
    }
}

/// A number without what people put around and between its digits.
pub(crate) fn undecorated(written: &str) -> String {
    plain(written).chars().filter(|c| !is_decoration(*c)).collect()
}

/// What people put between the digits.
fn is_decoration(c: char) -> bool {
    matches!(c, ' ' | '\t' | '-' | '.' | '/')
}

/// An ICCID without its check digit is as good as one with it.
fn card_problem(digits: &str) -> Option<String> {
    let is_open = digits.len() == 18 && Iccid::parse_as(IccidForm::WithoutCheckDigit, digits).is_ok();
    if is_open { None } else { digits.parse::<Iccid>().err().map(|error| error.to_string()) }
}

fn subscription_problem(digits: &str) -> Option<String> {
    // No telephone number of North America goes on with 10: it was 00101..., an IMSI for tests.
    if digits.len() == 13 && digits.starts_with("101") {
        return digits.parse::<Imsi>().err().map(|error| error.to_string());
    }
    if digits.parse::<Imsi>().is_ok() || other_way(digits).is_some() {
        return None;
    }
    digits.parse::<Msisdn>().err().map(|error| error.to_string())
}

/// `00491701234567` is dialled for `491701234567`; networks report an IMEI without its check digit, or with a version.
fn other_way(digits: &str) -> Option<String> {
    if let Some(number) = digits.strip_prefix("00") {
        return number.parse::<Msisdn>().ok().map(|number| number.to_string());
    }
    let is_reported = matches!(digits.len(), 14 | 16);
    is_reported.then(|| Imei::from_network(digits).ok()).flatten().map(|imei| imei.to_string())
}

fn not_digits(written: &str) -> String {
    match written.trim().parse::<Iccid>() {
        Err(error) if error.problem == IdentifierProblem::ScientificNotation => error.to_string(),
        _ => "It is not a number: an ICCID, IMSI, MSISDN, EID or IMEI has digits only.".to_owned(),
    }
}

/// As it was written, cut where it is long, on one line.
pub(super) fn shortened(text: &str) -> String {
    let mut letters = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_found_in_what_people_send() {
        for text in [
            "8901260881205897720",
            "8901 2608 8120 5897 720",
            "8901\u{a0}2608\u{202f}8120 5897720",
            "\"8901260881205897720\"",
            "='8901260881205897720'",
            "'8901260881205897720",
            "8901-2608-8120-5897-720F",
            "\u{feff}8901260881205897720\u{200b}",
        ] {
            let entry = Entry::read(text);
            assert_eq!((entry.kind, entry.number.as_str()), (Kind::Card, "8901260881205897720"), "{text:?}");
            assert_eq!(entry.reason, None, "{text:?}");
        }
        assert_eq!(Entry::read("+49 170 1234567").number, "491701234567");
        assert_eq!(Entry::read("89049032123451234512345678901235").kind, Kind::Chip);
        assert_eq!(
            Entry::read("896588081210001114"),
            Entry { kind: Kind::Card, number: "896588081210001114".to_owned(), other: None, reason: None }
        );
    }

    #[test]
    fn what_is_dialled_and_what_networks_report_is_looked_for_as_well() {
        for (text, other) in [
            ("0049 170 1234567", "491701234567"),
            ("49015420323751", "490154203237518"),
            ("4901542032375112", "490154203237518"),
        ] {
            let entry = Entry::read(text);
            assert_eq!((entry.other.as_deref(), entry.reason), (Some(other), None), "{text}");
        }
        assert_eq!(Entry::read("490154203237518").other, None);
    }

    #[test]
    fn what_can_be_no_identifier_says_why() {
        for (text, word) in [
            ("F00D", "not a number"),
            ("8.94E+18", "scientific notation"),
            ("8,94E+18", "scientific notation"),
            ("1010123456789", "dropped the zeros"),
            ("8988211000000000000", "rounded"),
            ("01701234567", "begins with 0"),
            ("12345678901234567890123456", "26 digits"),
            ("8901260881205897721", "check digit"),
            ("---", "not a number"),
        ] {
            let reason = Entry::read(text).reason.unwrap_or_default();
            assert!(reason.contains(word), "{text}: {reason}");
        }
    }

    #[test]
    fn long_entries_are_cut() {
        let entry = Entry::read(&"x".repeat(10_000));
        assert_eq!(entry.number.chars().count(), SHOWN + 1);
        assert_eq!(shortened("a\tb\0c"), "a b c");
    }
}
