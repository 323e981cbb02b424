//! What others have said, as it can be kept: mail servers and networks answer whatever they like.

/// The longest reason that is kept, in characters.
const REASON: usize = 500;

/// The text without line breaks and other control characters: headers can't hold them, and PostgreSQL no NUL.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A reason as it is kept: one line, not too long.
pub(crate) fn brief(reason: &str) -> String {
    one_line(reason).chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_becomes_one_short_line() {
        assert_eq!(brief(" barred\0by\r\n\tthe operator "), "barred by the operator");
        assert_eq!(brief(&"ü".repeat(REASON + 1)).chars().count(), REASON);
    }
}
