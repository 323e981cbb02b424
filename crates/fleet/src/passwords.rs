//! What a password must be before it is hashed.

use std::fmt;

use crate::error::{Error, Result};

/// The password of every demo sign-in. It is public, so nobody else may have it, and it opens nothing but the demo
/// fleet of a private cluster.
pub const DEMO_PASSWORD: &str = "simyard-demo-1";

/// Fewer characters are guessed too easily.
const SHORTEST: usize = 12;
/// Bcrypt looks at no more bytes than this: what comes after would be ignored silently.
const LONGEST_BYTES: usize = 72;

/// A password that somebody has chosen and that may be stored, as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

impl NewPassword {
    /// Parses `text`, which came in the form's field `password`. Nothing is trimmed: spaces count.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |message: &'static str| Err(Error::invalid("password", message));
        if text.chars().count() < SHORTEST {
            return refuse("Choose a password of at least 12 characters.");
        }
        if text.len() > LONGEST_BYTES {
            return refuse("Choose a shorter password: at most 72 bytes (a letter such as ä counts as two).");
        }
        if text.contains('\0') {
            return refuse("Choose a password without the character NUL.");
        }
        if text == DEMO_PASSWORD {
            return refuse("Choose another password: this one is in the manual.");
        }
        Ok(Self(text.to_owned()))
    }

    /// The password itself, for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_twelve_characters_and_seventy_two_bytes() {
        for good in ["x".repeat(12), "x".repeat(72), "ä".repeat(36), " spaces count ".to_owned()] {
            assert_eq!(NewPassword::parse(&good).unwrap().expose(), good);
        }
        for bad in ["x".repeat(11), "x".repeat(73), "ä".repeat(37), "nul\0 character".to_owned()] {
            assert!(
                matches!(NewPassword::parse(&bad), Err(Error::Invalid { field: "password", .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn nobody_may_choose_the_demo_password() {
        assert!(NewPassword::parse(DEMO_PASSWORD).is_err());
    }

    #[test]
    fn a_password_is_not_printed_by_accident() {
        let password = NewPassword::parse("a long secret").unwrap();
        assert_eq!(format!("{password:?}"), "NewPassword(..)");
    }
}
