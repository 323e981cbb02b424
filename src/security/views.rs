//! What the screen of the rules shows.

use askama::Template;
use fleet::security::{GRACE_DAYS, HOURS, IDLE_MINUTES, Rules};

use super::forms::RulesForm;
use crate::web::display::{counted, exact_time};
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// The rules.
#[derive(Template)]
#[template(path = "security/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// The rules as they are.
    pub rules: Rules,
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

    fn second_factor(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::new("optional", "Each person decides")];
        if let Some(from) = self.rules.second_factor_from {
            choices.push(Choice::new("unchanged", format!("Required from {} on", exact_time(&from))));
        }
        choices.extend(GRACE_DAYS.iter().map(|days| match usize::try_from(*days) {
            Ok(0) | Err(_) => Choice::new("0", "Required at once"),
            Ok(later) => {
                Choice::new(days.to_string(), format!("Required in {}", counted(later, "day", "days")))
            }
        }));
        choices
    }

    /// How many people would have to set one up.
    fn without(&self) -> String {
        counted(self.rules.without, "user has", "users have")
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
