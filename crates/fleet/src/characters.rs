//! Characters that nobody sees, and texts that read alike.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{BinaryProperty as _, DefaultIgnorableCodePoint, ExtendedPictographic};

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
    let at = |place: Option<usize>| place.and_then(|place| chars.get(place)).copied();
    chars.iter().enumerate().any(|(place, c)| {
        let (before, after) = (at(place.checked_sub(1)), at(place.checked_add(1)));
        is_invisible(*c) && !is_seen_between(*c, before, after)
    })
}

/// Joiners are seen between letters of a script that is written joined (RFC 5892, A.1 and A.2), or between pictographs.
fn is_seen_between(c: char, before: Option<char>, after: Option<char>) -> bool {
    let is_letter =
        |c: Option<char>| c.is_some_and(|c| matches!(c, '\u{600}'..='\u{109f}') && !is_invisible(c));
    let is_picture = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && ExtendedPictographic::for_char(c));
    match c {
        NON_JOINER => is_letter(before) && is_letter(after),
        JOINER => {
            (is_letter(before) && is_letter(after))
                || ((is_picture(before) || before == Some(AS_PICTURE)) && is_picture(after))
        }
        AS_PICTURE => is_picture(before),
        _ => false,
    }
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
            "❤\u{fe0f}\u{200d}🔥",
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
            "👩\u{200d}",
        ] {
            assert!(has_invisible(bad), "{bad:?}");
        }
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
