//! Who a message is from: an HMAC-SHA-256 over its time and its body, with a secret that both ends know.
//!
//! Written in the header as `t=<seconds since 1970>,v1=<64 hexadecimal digits>`, over the text of the time, a full stop
//! and the body.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The header that carries it.
pub const HEADER: &str = "Simyard-Signature";

/// How far the clocks of both ends may be apart, with the way between them.
pub const SKEW: TimeDelta = TimeDelta::minutes(5);

/// The fewest bytes of a secret.
pub const SHORTEST_SECRET: usize = 32;

/// What messages are signed with. It shows itself to nobody.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key of a secret; none where that is too short to be one.
    pub fn new(secret: &str) -> Option<Self> {
        if secret.len() < SHORTEST_SECRET {
            return None;
        }
        Hmac::new_from_slice(secret.as_bytes()).ok().map(Self)
    }

    /// The header for `body`, as sent at `time`.
    pub fn sign(&self, time: DateTime<Utc>, body: &[u8]) -> String {
        let time = time.timestamp().to_string();
        let mark = self.mark(&time, body);
        format!("t={time},v1={mark}")
    }

    /// Whether somebody who knows the secret has signed `body` within [`SKEW`] of `now`.
    pub fn verifies(&self, header: &str, body: &[u8], now: DateTime<Utc>) -> bool {
        let Some((time, mark)) = header.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")) else {
            return false;
        };
        let is_near = time
            .parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .is_some_and(|time| (now - time).abs() <= SKEW);
        is_near && bool::from(self.mark(time, body).as_bytes().ct_eq(mark.as_bytes()))
    }

    fn mark(&self, time: &str, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(body);
        hex(&mac.finalize().into_bytes())
    }
}

/// Two digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_message_is_signed_as_the_documentation_says() {
        // By: printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let expected = "417adf36b901772f658597a76d329694e335e65fc0849d7715c3ca33406309b5";
        assert_eq!(
            Key::new(SECRET).unwrap().sign(at(1_700_000_000), b"{}"),
            format!("t=1700000000,v1={expected}")
        );
    }

    #[test]
    fn only_what_was_signed_just_now_with_the_same_secret_is_verified() {
        let key = Key::new(SECRET).unwrap();
        let header = key.sign(at(1_700_000_000), b"{}");
        for (now, near) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(key.verifies(&header, b"{}", at(1_700_000_000 + now)), near, "{now} seconds later");
        }
        let now = at(1_700_000_000);
        assert!(!key.verifies(&header, b"{ }", now), "another body");
        assert!(!key.verifies(&header.replace("t=17", "t=16"), b"{}", now), "another time");
        let other = Key::new(&SECRET.replace('0', "1")).unwrap();
        assert!(!other.verifies(&header, b"{}", now), "another secret");
        for broken in ["", "t=", "t=1700000000", "t=1700000000,v1=", "t=x,v1=0", "v1=0,t=1700000000"] {
            assert!(!key.verifies(broken, b"{}", now), "{broken:?}");
        }
        let beyond_all_time = format!("t={},v1=0", i64::MAX);
        assert!(!key.verifies(&beyond_all_time, b"{}", now));
    }

    #[test]
    fn a_secret_is_long_and_is_not_shown() {
        assert!(Key::new(&SECRET[1..]).is_none());
        assert_eq!(format!("{:?}", Key::new(SECRET)), "Some(Key)");
    }
}
