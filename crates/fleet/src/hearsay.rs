//! What others have said, as it can be kept: mail servers and networks answer whatever they like.

/// The longest reason that is kept, in characters.
const REASON: usize = 500;
/// The longest word that is no key, in characters.
const WORD: usize = 32;

/// The text without line breaks and other control characters: headers can't hold them, and PostgreSQL no NUL.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A reason as it is kept: one line, not too long.
pub(crate) fn brief(reason: &str) -> String {
    one_line(reason).chars().take(REASON).collect()
}

/// A reason without addresses of people and of pages, and without keys, as they may stand in what was refused.
pub(crate) fn discreet(reason: &str) -> String {
    let word = |word| if is_private(word) { "…" } else { word };
    brief(&one_line(reason).split(' ').map(word).collect::<Vec<_>>().join(" "))
}

fn is_private(word: &str) -> bool {
    word.contains('@') || word.contains("://") || word.chars().count() > WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_becomes_one_short_line() {
        assert_eq!(brief(" barred\0by\r\n\tthe operator "), "barred by the operator");
        assert_eq!(brief(&"ü".repeat(REASON + 1)).chars().count(), REASON);
    }

    #[test]
    fn neither_addresses_nor_keys_are_repeated() {
        let key = "k".repeat(WORD + 1);
        for said in ["<ada@acme.example>:", "https://sims.example.com/invitations/x", &key] {
            assert_eq!(
                discreet(&format!("550 5.1.1 {said}\r\nno such mailbox")),
                "550 5.1.1 … no such mailbox"
            );
        }
    }
}
