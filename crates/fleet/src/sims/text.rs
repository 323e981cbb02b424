//! What a text may be the beginning of: an identifier, or a word of the name.

use super::SimFilter;
use super::order::{Key, MSISDN, Prefix};

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
    /// Whether each state is searched by itself: all indexes have the state before the key, but for one
    /// that gives the ICCIDs of all states in order.
    pub(super) fn is_by_state(&self, filter: &SimFilter) -> bool {
        self.place > 0 || !filter.states.is_empty()
    }
}

/// EIDs and ICCIDs both begin with 89: a shorter text would find every SIM by its ICCID, and
/// go through every EID only to find no other.
const EID_FROM: usize = 7;

/// Where to look for `text`, which is not empty.
pub(super) fn targets(text: &str) -> Vec<Target> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '+' | '-')).collect();
    let mut targets = Vec::new();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut look = |place, key: Key| {
            targets.push(Target { place, key, prefix: Prefix::new(key.sql, &digits) });
        };
        look(0, Key::unique("sims.iccid"));
        look(1, Key::unique("sims.imsi"));
        look(2, Key::with_id(MSISDN));
        if digits.len() >= EID_FROM {
            look(3, Key::with_id("sims.eid"));
        }
        look(4, Key::with_id("sims.imei"));
    }
    for (place, sql) in (5..).zip(WORDS) {
        let prefix = Prefix::new(sql, &text.to_lowercase());
        targets.push(Target { place, key: Key::with_id(sql), prefix });
    }
    targets
}

/// The place of SIMs that have a label in which the text is found, after all that are found by themselves.
pub(super) const LABELLED: u8 = 9;

/// The name from its first word on, from its second ... each has its index.
const WORDS: [&str; 4] =
    ["sims.name_from_first", "sims.name_from_second", "sims.name_from_third", "sims.name_from_fourth"];
