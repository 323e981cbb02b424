//! Characters that nobody sees, and texts that read alike.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{
    BinaryProperty as _, CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier,
    ExtendedPictographic, JoiningType,
};

/// Keeps two characters from being joined, in scripts that write them joined.
const NON_JOINER: char = '\u{200c}';
/// Joins two characters: letters of such scripts, or pictographs.
const JOINER: char = '\u{200d}';
/// Makes a picture of the sign before it.
const AS_PICTURE: char = '\u{fe0f}';

/// Whether it is none that people see: also the ends of lines and paragraphs, and the marks that turn the direction of all
/// that follows, up to the words of the portal around a name.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing is drawn for it, so that a text with it looks like another one: what Unicode calls default ignorable, and
/// the Braille pattern without a dot.
pub(crate) fn is_invisible(c: char) -> bool {
    DefaultIgnorableCodePoint::for_char(c) || c == '\u{2800}'
}

/// Whether a text has characters that nobody sees, not even by what they do to those beside them.
pub(crate) fn has_invisible(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.iter().enumerate().any(|(place, c)| {
        let (before, after) = chars.split_at_checked(place).unwrap_or_default();
        is_invisible(*c) && !is_seen_between(*c, before, after.get(1..).unwrap_or_default())
    })
}

/// A non-joiner is seen between two letters that would be joined, and after a virama (RFC 5892, A.1) that would join what
/// follows; a joiner after a virama (A.2), and between pictographs.
fn is_seen_between(c: char, before: &[char], after: &[char]) -> bool {
    let is_virama = |c: &char| {
        CodePointMapData::<CanonicalCombiningClass>::new().get(*c) == CanonicalCombiningClass::Virama
    };
    let is_picture = |c: &char| !c.is_ascii() && ExtendedPictographic::for_char(*c);
    let (last, next) = (before.last(), after.first());
    match c {
        NON_JOINER => {
            last.is_some_and(is_virama) && next.is_some_and(|c| c.is_alphabetic())
                || joins(before.iter().rev(), JoiningType::LeftJoining)
                    && joins(after.iter(), JoiningType::RightJoining)
        }
        JOINER => {
            let is_end_of_picture =
                |c: &char| is_picture(c) || *c == AS_PICTURE || EmojiModifier::for_char(*c);
            last.is_some_and(is_virama) || last.is_some_and(is_end_of_picture) && next.is_some_and(is_picture)
        }
        AS_PICTURE => last.is_some_and(is_picture),
        _ => false,
    }
}

/// Whether the first of these that is no mark joins, to this side or to both.
fn joins<'a>(towards: impl Iterator<Item = &'a char>, side: JoiningType) -> bool {
    let kind = |c: &char| CodePointMapData::<JoiningType>::new().get(*c);
    let letter = towards.map(kind).find(|kind| *kind != JoiningType::Transparent);
    letter.is_some_and(|kind| kind == side || kind == JoiningType::DualJoining)
}

/// The text with each of its lines ended in the same way, whatever system it comes from.
pub(crate) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n")
}

/// The text with letters and their marks put together, however it was typed: Unicode's form C.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The text as it is compared, in small letters: those that `lower` gives in the database, one for each.
pub(crate) fn lower_case(text: &str) -> String {
    composed(text).chars().filter_map(|c| c.to_lowercase().next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_found() {
        for bad in [
            "Sub One\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}",
            "\u{17b4}",
            "\u{180e}",
            "\u{200b}",
            "\u{202e}",
            "\u{2060}",
            "\u{2065}",
            "\u{2800}",
            "\u{3164}",
            "One\u{fe00}",
            "One\u{fe0f}",
            "1\u{fe0f}",
            "\u{feff}",
            "\u{ffa0}",
            "\u{e0041}",
            "\u{e0100}",
        ] {
            assert!(has_invisible(bad), "{bad:?}");
        }
    }

    #[test]
    fn joiners_are_taken_where_they_are_seen() {
        for good in [
            "کتاب\u{200c}ها",
            "क्\u{200d}ष",
            "Harbourline",
            "❤\u{fe0f} Depot",
            "👩\u{200d}🔧",
            "👩🏽\u{200d}🔧",
            "❤\u{fe0f}\u{200d}🔥",
            "می\u{64e}\u{200c}خواهم",
            "ශ්\u{200d}රී",
            "क्\u{200c}ष",
        ] {
            assert!(!has_invisible(good), "{good:?}");
        }
        for bad in [
            "Harbour\u{200c}line",
            "Harbour\u{200d}line",
            "\u{200c}کتاب",
            "کتاب\u{200c}",
            "کتاب\u{200c}\u{200c}ها",
            "کتاب\u{200b}ها",
            // Alif does not join what follows, and Thai is not written joined.
            "دا\u{200c}ر",
            "دا\u{200d}ر",
            "ไทย\u{200c}ไทย",
            "क्\u{200c}",
            "👩\u{200d}",
            "👩🏽\u{200d}x",
        ] {
            assert!(has_invisible(bad), "{bad:?}");
        }
    }

    #[test]
    fn lines_end_alike_wherever_they_were_written() {
        assert_eq!(lines("one\r\ntwo\rthree\u{2028}four\u{2029}five\n"), "one\ntwo\nthree\nfour\nfive\n");
    }

    #[test]
    fn texts_that_read_alike_are_compared_alike() {
        for (one, other) in [
            ("Cafe\u{301}", "café"),
            ("İZMİR", "izmir"),
            ("ΑΘΗΝΩΝ ΟΔΟΣ", "αθηνων οδοσ"),
            ("STRAẞE", "straße"),
        ] {
            assert_eq!(lower_case(one), other);
        }
    }
}
