//! One entry of a list: which identifier it can be, and what is wrong with one that can't be any.

use crate::identifiers::{Eid, Iccid, IdentifierProblem, Imsi, Msisdn};

/// The longest part of an entry that is kept to be shown back.
const SHOWN: usize = 40;

/// What an entry may be, by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The number of a card.
    Card,
    /// The number of an eUICC, which may hold several profiles.
    Chip,
    /// An IMSI or a telephone number.
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
    /// What is wrong with it. Such an entry is looked up all the same: test cards have wrong check digits.
    pub(super) reason: Option<String>,
}

impl Entry {
    pub(super) fn read(written: &str) -> Self {
        let cleaned: String = written.chars().filter(|c| !is_decoration(*c)).collect();
        let bare = cleaned.trim_start_matches('+').trim_end_matches(['F', 'f']);
        if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = shortened(&cleaned);
            return Self { kind: Kind::Nothing, number, reason: Some(not_digits(written)) };
        }
        let (kind, reason) = match bare.len() {
            ..=15 => (Kind::Subscription, subscription_problem(bare)),
            16..=22 => (Kind::Card, bare.parse::<Iccid>().err().map(|error| error.to_string())),
            32 => (Kind::Chip, bare.parse::<Eid>().err().map(|error| error.to_string())),
            digits => (
                Kind::Nothing,
                Some(format!(
                    "It has {digits} digits: an ICCID has 19 or 20, an EID has 32, others have up to 15."
                )),
            ),
        };
        Self { kind, number: if kind == Kind::Nothing { shortened(bare) } else { bare.to_owned() }, reason }
    }
}

/// What people and spreadsheets put around and between the digits.
fn is_decoration(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '"' | '\'' | '=' | '-' | '\u{2018}'..='\u{201f}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

fn subscription_problem(digits: &str) -> Option<String> {
    if digits.parse::<Imsi>().is_ok() {
        return None;
    }
    digits.parse::<Msisdn>().err().map(|error| error.to_string())
}

fn not_digits(written: &str) -> String {
    match written.trim().parse::<Iccid>() {
        Err(error) if error.problem == IdentifierProblem::ScientificNotation => error.to_string(),
        _ => "It is not a number: an ICCID, IMSI, MSISDN or EID has digits only.".to_owned(),
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
    }

    #[test]
    fn what_can_be_no_identifier_says_why() {
        for (text, word) in [
            ("F00D", "not a number"),
            ("8.94E+18", "scientific notation"),
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
