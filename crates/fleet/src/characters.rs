//! Characters that nobody sees.

/// Whether it is none that people see: also the marks that turn the direction of all that follows, up to the words of
/// the portal around a name.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether it takes no room, and so makes a text that looks like another one. The marks of direction are of these, too.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
