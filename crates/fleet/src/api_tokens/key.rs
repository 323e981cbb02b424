//! The key of a token: what a program sends. It can be told from everything else by its beginning, and from a typing error by
//! its end, without a look at the database; scanners that look for secrets in what people publish do the same.

use rand::distr::{Alphanumeric, SampleString as _};
use sha2::{Digest as _, Sha256};

/// Random letters and digits: 256 bits.
const RANDOM: usize = 43;
/// Letters and digits of the checksum: a CRC-32 in base 62.
const CHECKSUM: usize = 6;
/// Characters by which people tell a key from others.
const HINT: usize = 4;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What the key of a person's token begins with.
pub const PERSONAL: &str = "simyard_pat_";
/// What the key of a company's token begins with.
pub const COMPANY: &str = "simyard_cmp_";

/// The key of a token. It is shown once and kept nowhere.
pub struct Key(String);

impl Key {
    pub(super) fn new(is_personal: bool) -> Self {
        let prefix = if is_personal { PERSONAL } else { COMPANY };
        let mut key = prefix.to_owned();
        Alphanumeric.append_string(&mut rand::rng(), &mut key, RANDOM);
        let checksum = checksum(&key);
        Self(format!("{key}_{checksum}"))
    }

    /// What was sent, if it can be a key at all.
    pub fn parse(text: &str) -> Option<Self> {
        let random = text.strip_prefix(PERSONAL).or_else(|| text.strip_prefix(COMPANY))?;
        let (random, sum) = random.split_once('_')?;
        let is_key = random.len() == RANDOM
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && checksum(&text[..text.len() - sum.len() - 1]) == sum;
        is_key.then(|| Self(text.to_owned()))
    }

    /// The key, to be shown to whoever has made the token.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }

    /// Its last characters before the checksum.
    pub(super) fn hint(&self) -> &str {
        let end = self.0.len() - CHECKSUM - 1;
        &self.0[end - HINT..end]
    }
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_known_by_its_beginning_and_by_its_checksum() {
        for (is_personal, prefix) in [(true, PERSONAL), (false, COMPANY)] {
            let key = Key::new(is_personal);
            let text = key.expose();
            assert!(text.starts_with(prefix) && text.len() == prefix.len() + RANDOM + 1 + CHECKSUM);
            assert_eq!(Key::parse(text).map(|parsed| parsed.hash()), Some(key.hash()));
            assert!(text[..text.len() - CHECKSUM - 1].ends_with(key.hint()));
            let other = text.replace(prefix, if is_personal { COMPANY } else { PERSONAL });
            assert!(Key::parse(&other).is_none(), "the checksum is of the beginning too");
        }
        assert_ne!(Key::new(true).hash(), Key::new(true).hash());
    }

    #[test]
    fn a_typing_error_is_noticed() {
        let text = Key::new(true).expose().to_owned();
        for place in 0..text.len() {
            let mut typed = text.clone().into_bytes();
            typed[place] = if typed[place] == b'x' { b'y' } else { b'x' };
            assert!(Key::parse(&String::from_utf8(typed).unwrap()).is_none(), "at {place}");
            assert!(Key::parse(&text[..place]).is_none(), "up to {place}");
        }
        assert!(Key::parse(&format!("{text} ")).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,60}", random in "[0-9A-Za-z]{43}") {
            for text in [text.clone(), format!("{PERSONAL}{text}"), format!("{COMPANY}{random}_{text}")] {
                // By chance one of 2^32 is a key.
                prop_assert!(Key::parse(&text).is_none_or(|key| key.expose() == text));
            }
        }
    }
}
