//! What a text may be the beginning of: an identifier, or the name.

use super::order::{Key, Prefix};

/// A column that is searched.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Its place among all that are searched; results come in this order.
    pub(super) place: u8,
    /// What its results are in order by.
    pub(super) key: Key,
    /// Whether its index has the state before the key.
    pub(super) by_state: bool,
    pub(super) prefix: Prefix,
}

/// EIDs and ICCIDs both begin with 89: a shorter text would find every SIM by its ICCID, and
/// go through every EID only to find no other.
const EID_FROM: usize = 7;

/// Where to look for `text`, which is not empty.
pub(super) fn targets(text: &str) -> Vec<Target> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '+' | '-')).collect();
    let mut targets = Vec::new();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut look = |place, key: Key, by_state| {
            targets.push(Target { place, key, by_state, prefix: Prefix::new(key.sql, &digits) });
        };
        look(0, Key::unique("sims.iccid"), false);
        look(1, Key::unique("sims.imsi"), true);
        look(2, Key::with_id("coalesce(sims.msisdn, '')"), true);
        if digits.len() >= EID_FROM {
            look(3, Key::with_id("sims.eid"), false);
        }
        look(4, Key::with_id("sims.imei"), false);
    }
    let name = Key::with_id("lower(sims.name) COLLATE \"C\"");
    let prefix = Prefix::new(name.sql, &text.to_lowercase());
    targets.push(Target { place: 5, key: name, by_state: false, prefix });
    targets
}
