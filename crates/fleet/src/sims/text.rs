//! What a text may be the beginning of: an identifier, or a word of the name.

use super::SimFilter;
use super::order::{Key, Prefix, Sort};
use crate::characters::lower_case;

/// A column that is searched.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Its place among all that are searched; results come in this order.
    pub(super) place: u8,
    /// What its results are in order by.
    pub(super) key: Key,
    pub(super) prefix: Prefix,
}

impl Target {
    /// Whether it is the ICCID.
    pub(super) fn is_iccid(&self) -> bool {
        self.key == Sort::Iccid.key()
    }

    /// Whether each state is searched by itself: all indexes have the state before the key, but for one
    /// that gives the ICCIDs of all states in order.
    pub(super) fn is_by_state(&self, filter: &SimFilter) -> bool {
        self.place > 0 || !filter.states.is_empty()
    }
}

/// How many digits are looked for among EIDs in any case.
const EID_FROM: usize = 7;

/// Whether digits are looked for among EIDs. These begin with 89 as ICCIDs do: a short text would find every SIM by its
/// ICCID, and go through every EID only to find no other. But the country code that follows has three digits in an EID, and
/// in an ICCID no zero before it, other than that of North America, 01.
fn may_begin_eid(digits: &str) -> bool {
    let begins_both = "8901".starts_with(digits)
        || digits.starts_with("8901")
        || (digits.starts_with("89") && !digits.starts_with("890"));
    digits.len() >= EID_FROM || !begins_both
}

/// What parts the words of a name, as `name_from_word` in the database has it.
pub(super) const SEPARATORS: &[char] = &[
    '-', ' ', '_', '/', '.', ',', ';', ':', '#', '(', ')', '=', '+', '*', '&', '@', '|', '"', '<', '>', '{',
    '}', '!', '?', '\\', '[', ']',
];

/// A text as it is compared with words: in small letters, and from its own first word on, if it has one.
pub(super) fn as_words(text: &str) -> String {
    let text = lower_case(text);
    let words = text.trim_start_matches(SEPARATORS);
    if words.is_empty() { text } else { words.to_owned() }
}

/// Where to look for `text`, which is not empty.
pub(super) fn targets(text: &str) -> Vec<Target> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '+' | '-')).collect();
    let mut targets = Vec::new();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut look = |place, key: Key| {
            targets.push(Target { place, key, prefix: Prefix::new(key.sql, &digits) });
        };
        look(0, Sort::Iccid.key());
        look(1, Sort::Imsi.key());
        look(2, Sort::Msisdn.key());
        if may_begin_eid(&digits) {
            look(3, Key::with_id("sims.eid", 5));
        }
        look(4, Key::with_id("sims.imei", 6));
    }
    for (place, key) in (WORDS_FROM..).zip(WORDS) {
        targets.push(Target { place, key, prefix: Prefix::new(key.sql, &as_words(text)) });
    }
    targets
}

/// The place of SIMs that have a label in which the text is found, after all that are found by themselves.
pub(super) const LABELLED: u8 = 9;

/// The places of those that come in the order of ICCIDs, among few: by whatever they are found, and by a label alone.
pub(super) const AMONG_FEW: u8 = 10;
pub(super) const LABELLED_AMONG_FEW: u8 = 11;

/// The place of names; identifiers come before.
const WORDS_FROM: u8 = 5;

/// The name from its first word on, from its second ... each has its index.
const WORDS: [Key; 4] = [
    Key::with_id("sims.name_from_first", 14),
    Key::with_id("sims.name_from_second", 17),
    Key::with_id("sims.name_from_third", 18),
    Key::with_id("sims.name_from_fourth", 19),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_with_which_no_iccid_begins_are_looked_for_among_eids() {
        for (digits, is_looked_for) in [
            ("8", false),
            ("890", false),
            ("8901", false),
            ("890103", false),
            ("8949", false),
            ("898821", false),
            ("8904", true),
            ("89049", true),
            ("5", true),
            ("8901032", true),
        ] {
            assert_eq!(may_begin_eid(digits), is_looked_for, "{digits}");
        }
    }
}
