//! What a password must be before it is hashed.

use std::cmp::Reverse;
use std::fmt;

use zxcvbn::{Score, zxcvbn};

use crate::error::{Error, Result};

/// The password of every demo sign-in. It is public, so nobody else may have it, and it opens nothing but the demo
/// fleet of a private cluster.
pub const DEMO_PASSWORD: &str = "simyard-demo-1";

/// Fewer characters are guessed too easily.
const SHORTEST: usize = 12;
/// More characters make it no harder to guess, but longer to judge.
const LONGEST: usize = 128;

/// How much of a text about somebody is guessed, in characters: as much as there is of an e-mail address.
const LONGEST_KNOWN: usize = 254;
/// Shorter words of what is known are in any text.
const SHORTEST_WORD: usize = 4;

/// What everybody knows of this installation, or from a comic strip.
const FAMOUS: [&str; 3] = ["simyard", "correct horse battery staple", "correcthorsebatterystaple"];

/// A password that somebody has chosen and that may be stored, as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

impl NewPassword {
    /// Parses `text`, which came in the form's field `password`. Nothing is trimmed: spaces count.
    ///
    /// `about` says something of the person: their name, their e-mail, their companies. This is guessed first, with the
    /// name of the product and the passwords that are most often used; the rest alone must take 10,000 million guesses.
    pub fn parse<W: AsRef<str>>(text: &str, about: &[W]) -> Result<Self> {
        let refuse = |message: &'static str| Err(Error::invalid("password", message));
        if text.chars().count() < SHORTEST {
            return refuse("Choose a password of at least 12 characters.");
        }
        if text.chars().nth(LONGEST).is_some() {
            return refuse("Choose a shorter password: at most 128 characters.");
        }
        if text.contains('\0') {
            return refuse("Choose a password without the character NUL.");
        }
        if text == DEMO_PASSWORD {
            return refuse("Choose another password: this one is in the manual.");
        }
        // Not before the length is known: it takes longer for longer ones.
        let known: Vec<&str> = about.iter().map(|text| beginning(text.as_ref())).chain(FAMOUS).collect();
        let parts = parts(&known);
        let inputs: Vec<&str> = known.iter().copied().chain(parts.iter().map(String::as_str)).collect();
        let is_guessed = |text: &str| zxcvbn(text, &inputs).score() < Score::Four;
        if is_guessed(text) || besides(text, &known).is_some_and(|rest| is_guessed(&rest)) {
            return refuse(
                "Choose another password: this one would be guessed soon. A few words that don't belong together are harder to guess.",
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// The password itself, for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// As much of a text as is guessed: each word of it is tried at each place of the password.
fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST_KNOWN).map(|(end, _)| end);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The words of what is known, each by itself and joined to the next ones, as `newperson` is of `new.person`.
fn parts(known: &[&str]) -> Vec<String> {
    let mut parts = Vec::new();
    for text in known {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for place in 0..words.len() {
            parts.push(words[place].to_owned());
            parts.extend(words.get(place..place + 2).map(<[_]>::concat));
        }
    }
    parts
}

/// What is left of a password without the words of what is known; none where it has none of them.
fn besides(text: &str, known: &[&str]) -> Option<String> {
    let text = text.to_lowercase();
    let mut words: Vec<String> = known
        .iter()
        .flat_map(|known| known.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .collect();
    // The longer ones first, which shorter ones may be a part of.
    words.sort_by_key(|word| Reverse(word.len()));
    let rest = words.iter().fold(text.clone(), |rest, word| rest.replace(word, ""));
    (rest != text).then_some(rest)
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
    fn the_bounds_are_twelve_and_a_hundred_and_twenty_eight_characters_of_any_script() {
        let text = "gravel, otter: tin / maybe & quilt; Ypsilon! fog + marble = 37 lanterns. ";
        let longest: String =
            text.chars().chain("дождь над рекой, семь фонарей, сад и старый маяк у моря".chars()).collect();
        assert_eq!(longest.chars().count(), 128);
        for good in [&text[..12], &longest, " spaces count ", "äßüöéèçñøåþ ŵ"] {
            assert_eq!(NewPassword::parse::<&str>(good, &[]).unwrap().expose(), good);
        }
        let longer = format!("{longest}x");
        for bad in [&text[..11], &longer, "nul\0 character"] {
            assert!(
                matches!(NewPassword::parse::<&str>(bad, &[]), Err(Error::Invalid { field: "password", .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn only_as_much_is_guessed_as_anybody_is_called() {
        assert_eq!(beginning(&"ü".repeat(1_000_000)).chars().count(), LONGEST_KNOWN);
        assert_eq!(beginning("Ada Lovelace"), "Ada Lovelace");
    }

    #[test]
    fn what_is_guessed_first_is_refused_however_long_it_is() {
        let about = ["Ada Lovelace", "ada@meridian.example", "Harbourline Logistics"];
        for bad in [
            "password1234",
            "Password123456",
            "qwertyuiop123",
            "123456789012",
            "aaaaaaaaaaaa",
            "iloveyou12345",
            "simyardsimyard",
            "ada@meridian.example",
            "Simyard-2026!",
            "simyard-demo-2",
            "Meridian-IoT-2026",
            "harbourlinelogistics",
            "Harbourline-Logistics-7",
            "Summer2026!!!",
            "Welcome2026!!",
            "password-password",
            "Meridian2026!",
            "Ada.Meridian 2026!",
            "Adalovelace2026!!",
            "correcthorsebatterystaple",
            "correct horse battery staple",
        ] {
            assert!(NewPassword::parse(bad, &about).is_err(), "{bad}");
        }
        for good in [
            "a meter on every wall",
            "meridian wanders past seven lanterns",
            "quilt fog marble",
            "Kx7#vQ2p-mTz9",
        ] {
            assert!(NewPassword::parse(good, &about).is_ok(), "{good}");
        }
    }

    #[test]
    fn nobody_may_choose_the_demo_password() {
        assert!(NewPassword::parse::<&str>(DEMO_PASSWORD, &[]).is_err());
    }

    #[test]
    fn a_password_is_not_printed_by_accident() {
        let password = NewPassword::parse::<&str>("gravel and otters", &[]).unwrap();
        assert_eq!(format!("{password:?}"), "NewPassword(..)");
    }
}
