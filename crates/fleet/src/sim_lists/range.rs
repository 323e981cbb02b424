//! A range of numbers, from one to another.

use crate::identifiers::{Eid, Iccid, eid_check_digits, luhn_check_digit};
use crate::numbers::count;

/// The most numbers of one range.
const LIMIT: i64 = 100_000;

/// The numbers from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    first: u128,
    last: u128,
    /// The digits of each, without those that are computed.
    width: usize,
    reading: Reading,
}

/// How the two ends of a range are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Both end in their right check digit: the digits before it count, and each number gets its own.
    Luhn,
    /// The same for EIDs.
    Mod97,
    /// Number by number, as they are written.
    Consecutive,
}

impl Range {
    /// The range between two numbers; of the second, only the last digits may have been written. The error is a sentence.
    pub(super) fn read(from: &str, to: &str) -> Result<Self, String> {
        let missing = from.len().saturating_sub(to.len());
        let to = format!("{}{to}", from.get(..missing).unwrap_or_default());
        let both = |is: fn(&str) -> bool| is(from) && is(&to);
        let (reading, computed) = if both(|text| text.parse::<Iccid>().is_ok()) {
            (Reading::Luhn, 1)
        } else if both(|text| text.parse::<Eid>().is_ok()) {
            (Reading::Mod97, 2)
        } else {
            (Reading::Consecutive, 0)
        };
        let width = from.len().saturating_sub(computed);
        let end = |text: &str| text.get(..width).and_then(|body| body.parse::<u128>().ok());
        let (Some(first), Some(last), true) = (end(from), end(&to), from.len() == to.len()) else {
            return Err("The two ends of the range have different lengths.".to_owned());
        };
        let Some(steps) = last.checked_sub(first) else {
            return Err("The range ends before it begins.".to_owned());
        };
        match i64::try_from(steps) {
            Ok(steps) if steps < LIMIT => Ok(Self { first, last, width, reading }),
            _ => {
                Err(format!("The range has more than {} numbers. Split it, or check its ends.", count(LIMIT)))
            }
        }
    }

    /// Each number, in order.
    pub(super) fn numbers(self) -> impl Iterator<Item = String> {
        (self.first..=self.last).map(move |number| self.complete(number))
    }

    /// What was read, in words.
    pub(super) fn words(self) -> String {
        let (first, last) = (self.complete(self.first), self.complete(self.last));
        let numbers = count(i64::try_from(self.last - self.first + 1).unwrap_or(i64::MAX));
        let how = match self.reading {
            Reading::Luhn | Reading::Mod97 => "each with its own check digit",
            Reading::Consecutive if !first.starts_with("89") => "one after the other",
            Reading::Consecutive if self.width == 18 => "without their check digits",
            Reading::Consecutive if self.width == 19 => {
                "one after the other; where there is no such SIM, as numbers without check digit"
            }
            Reading::Consecutive => {
                "one after the other, since the two ends do not have the right check digits"
            }
        };
        format!("{first} to {last} was read as {numbers} numbers, {how}.")
    }

    fn complete(self, number: u128) -> String {
        let mut text = format!("{number:0width$}", width = self.width);
        match self.reading {
            Reading::Luhn => text.extend(luhn_check_digit(text.as_bytes()).map(char::from)),
            Reading::Mod97 => {
                let check = text.as_bytes().try_into().ok().and_then(eid_check_digits);
                text.extend(check.into_iter().flatten().map(char::from));
            }
            Reading::Consecutive => {}
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(from: &str, to: &str) -> Vec<String> {
        Range::read(from, to).unwrap().numbers().collect()
    }

    #[test]
    fn right_check_digits_are_not_counted_with() {
        let found = numbers("8965880812100011146", "8965880812100011161");
        assert_eq!(found, ["8965880812100011146", "8965880812100011153", "8965880812100011161"]);
        assert_eq!(numbers("8965880812100011146", "161"), found);
        let eid = "89049032123451234512345678901235";
        assert_eq!(numbers(eid, eid), [eid]);
    }

    #[test]
    fn other_numbers_follow_each_other() {
        let found = numbers("89331234567890100010", "0059");
        assert_eq!((found.len(), found[49].as_str()), (50, "89331234567890100059"));
        assert_eq!(numbers("001010000000009", "10"), ["001010000000009", "001010000000010"]);
        assert_eq!(numbers("896588081210001114", "896588081210001115").len(), 2);
    }

    #[test]
    fn a_range_is_bounded_and_goes_upwards() {
        assert!(Range::read("491701234567", "66").unwrap_err().contains("before it begins"));
        assert!(Range::read("490000000000", "500000000000").unwrap_err().contains("more than 100,000"));
        assert_eq!(numbers("490000000000", "490000099999").len(), 100_000);
        assert!(Range::read(&"9".repeat(32), &"9".repeat(32)).is_ok());
        assert!(Range::read("49", "490").is_err());
    }

    #[test]
    fn the_reading_is_said() {
        for (from, to, words) in [
            ("8965880812100011146", "161", "3 numbers, each with its own check digit."),
            ("896588081210001114", "5", "2 numbers, without their check digits."),
            ("89331234567890100010", "0059", "50 numbers, one after the other, since"),
            ("491701234567", "8", "2 numbers, one after the other."),
        ] {
            let said = Range::read(from, to).unwrap().words();
            assert!(said.contains(words), "{said}");
        }
    }
}
