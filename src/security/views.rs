//! What the screen of the rules shows.

use askama::Template;
use fleet::security::{HOURS, IDLE_MINUTES};

use super::forms::RulesForm;
use crate::web::display::counted;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// The rules.
#[derive(Template)]
#[template(path = "security/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// What was chosen.
    pub form: RulesForm,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

impl Show {
    fn idle() -> Vec<Choice> {
        choices(&IDLE_MINUTES, |minutes| match minutes % 60 {
            0 => counted(minutes / 60, "hour", "hours"),
            _ => counted(minutes, "minute", "minutes"),
        })
    }

    fn hours() -> Vec<Choice> {
        choices(&HOURS, |hours| match hours % 24 {
            0 => counted(hours / 24, "day", "days"),
            _ => counted(hours, "hour", "hours"),
        })
    }
}

fn choices(numbers: &[i32], words: impl Fn(usize) -> String) -> Vec<Choice> {
    let words = |number: i32| usize::try_from(number).map(&words).unwrap_or_default();
    numbers.iter().map(|number| Choice::new(number.to_string(), words(*number))).collect()
}
