//! What can stand in a custom field, by its kind.

use chrono::{Datelike, NaiveDate};

use super::{Field, FieldKind};
use crate::characters::{composed, is_control};

/// The most characters of a text, and of a choice.
pub(super) const TEXT_LIMIT: usize = 200;
/// The most digits of a number.
const DIGITS: usize = 18;
/// The years that a date can be in.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

impl Field {
    /// Reads what was typed for this field, as it is stored; none for nothing. What is wrong is said in a sentence.
    pub fn parse(&self, typed: &str) -> Result<Option<String>, String> {
        let typed = &*composed(typed.trim());
        if typed.is_empty() {
            return Ok(None);
        }
        let read = match self.kind {
            FieldKind::Text => return text(typed).map(Some),
            FieldKind::Number => {
                number(typed).ok_or("Enter a number such as 12 or -3.5, of at most 18 digits.")
            }
            FieldKind::Date => date(typed).ok_or("Enter a date as year-month-day, such as 2026-11-25."),
            FieldKind::List => self
                .choices
                .iter()
                .find(|choice| choice.as_str() == typed)
                .cloned()
                .ok_or("Choose one of the list."),
        };
        read.map(Some).map_err(str::to_owned)
    }
}

fn text(typed: &str) -> Result<String, String> {
    if typed.chars().count() > TEXT_LIMIT {
        return Err(format!("Use at most {TEXT_LIMIT} characters."));
    }
    if typed.chars().any(is_control) {
        return Err("Remove line breaks and other control characters.".to_owned());
    }
    Ok(typed.to_owned())
}

/// A decimal number in its shortest form, so that equal numbers are equal texts.
fn number(typed: &str) -> Option<String> {
    let (sign, digits) = match typed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", typed.strip_prefix('+').unwrap_or(typed)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len() + fraction.len() > DIGITS {
        return None;
    }
    let sign = if whole.is_empty() && fraction.is_empty() { "" } else { sign };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

fn date(typed: &str) -> Option<String> {
    let date = NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok()?;
    YEARS.contains(&date.year()).then(|| date.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::FieldId;

    fn field(kind: FieldKind) -> Field {
        let choices = vec!["North".to_owned(), "South".to_owned(), "Zürich".to_owned()];
        Field { id: FieldId(1), name: "Site".to_owned(), kind, choices }
    }

    #[test]
    fn numbers_are_kept_in_their_shortest_form() {
        let number = field(FieldKind::Number);
        for (typed, kept) in
            [("12", "12"), (" +012.50 ", "12.5"), ("-0.0", "0"), ("-.5", ""), ("0.000001", "0.000001")]
        {
            let kept = Some(kept.to_owned()).filter(|kept| !kept.is_empty());
            assert_eq!(number.parse(typed).ok().flatten(), kept, "{typed}");
        }
        for typed in ["1e3", "1,5", "1.", ".", "-", "NaN", "1234567890123456789", "0x10", "१"] {
            assert!(number.parse(typed).is_err(), "{typed}");
        }
        assert_eq!(number.parse("  "), Ok(None));
    }

    #[test]
    fn dates_are_days_that_there_are() {
        let date = field(FieldKind::Date);
        assert_eq!(date.parse("2028-2-29"), Ok(Some("2028-02-29".to_owned())));
        for typed in ["2026-02-29", "25.11.2026", "+12026-01-01", "0026-01-01", "2026-13-01"] {
            assert!(date.parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_choice_is_one_of_the_list_and_a_text_one_line() {
        assert_eq!(field(FieldKind::List).parse("South"), Ok(Some("South".to_owned())));
        assert_eq!(field(FieldKind::List).parse("Zu\u{308}rich"), Ok(Some("Zürich".to_owned())));
        assert!(field(FieldKind::List).parse("West").is_err());
        assert!(field(FieldKind::Text).parse("a\nb").is_err());
        assert!(field(FieldKind::Text).parse(&"x".repeat(201)).is_err());
        assert_eq!(field(FieldKind::Text).parse(" <b> "), Ok(Some("<b>".to_owned())));
    }
}
