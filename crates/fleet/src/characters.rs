//! Characters that nobody sees.

/// Whether it is none that people see: also the marks that turn the direction of all that follows, up to the words of
/// the portal around a name.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text has one that takes no room.
///
/// Two of these join letters or keep them apart in scripts that write them joined (RFC 5892, A.1 and A.2): between two
/// letters of such a script they are seen by what they do.
pub(crate) fn has_invisible(text: &str) -> bool {
    let joins = |c: Option<&char>| c.is_some_and(|c| matches!(c, '\u{600}'..='\u{109f}') && !c.is_control());
    let chars: Vec<char> = text.chars().collect();
    let is_joiner = |at: usize| {
        matches!(chars[at], '\u{200c}' | '\u{200d}')
            && at > 0
            && joins(chars.get(at - 1))
            && joins(chars.get(at + 1))
    };
    (0..chars.len()).any(|at| is_invisible(chars[at]) && !is_joiner(at))
}

/// Whether it takes no room, and so makes a text that looks like another one. The marks of direction are of these, too.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_are_taken_where_a_script_is_written_with_them() {
        for good in ["کتاب\u{200c}ها", "क्\u{200d}ष", "Harbourline"] {
            assert!(!has_invisible(good), "{good:?}");
        }
        for bad in [
            "Harbour\u{200c}line",
            "\u{200c}کتاب",
            "کتاب\u{200c}",
            "کتاب\u{200c}\u{200c}ها",
            "کتاب\u{200b}ها",
        ] {
            assert!(has_invisible(bad), "{bad:?}");
        }
    }
}
