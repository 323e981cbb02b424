//! *When and how*: the part of a launching dialog that says when an operation begins, and when it pauses.

use fleet::operations::{Conduct, Moment, OperationKind, PauseRule, Start, Summary};
use fleet::{Error, Result};

use super::forms::DraftForm;
use crate::web::forms::{Choice, FieldErrors};

/// What the section shows.
#[derive(Debug)]
pub struct WhenAndHow {
    /// Whether it is unfolded.
    pub is_open: bool,
    /// When it begins: `now`, `at` or `after`.
    pub start: &'static str,
    /// `at`: the moment.
    pub moment: MomentFields,
    /// `after`: the operation that is waited for.
    pub after: String,
    /// The operations that can be waited for.
    pub unfinished: Vec<Choice>,
    /// Whether it can wait for another operation at all.
    pub may_follow: bool,
    /// Whether it can pause: what a comparison finds are no failures of its own.
    pub may_pause: bool,
    /// When it pauses: `percent`, `failures` or `never`.
    pub pause: &'static str,
    /// `percent`: how many of a hundred.
    pub percent: String,
    /// `failures`: how many.
    pub failures: String,
    /// What is wrong with each field.
    pub errors: FieldErrors,
}

/// Day, time and time zone, as typed.
#[derive(Debug, Clone)]
pub struct MomentFields {
    /// Day and time, by the clocks of the zone.
    pub start_at: String,
    /// The zone, if one has been chosen.
    pub zone: Vec<Choice>,
}

impl MomentFields {
    /// What was typed.
    pub fn typed(start_at: &str, zone: &str) -> Self {
        let zone = Some(zone.trim()).filter(|zone| !zone.is_empty());
        Self {
            start_at: start_at.to_owned(),
            zone: zone.into_iter().map(|zone| Choice::new(zone, zone)).collect(),
        }
    }
}

impl WhenAndHow {
    /// The fields whose errors are shown in the section.
    const FIELDS: [&str; 6] = ["start", "start_at", "zone", "after", "pause_percent", "pause_failures"];

    /// The section as it was sent, with what is wrong with it.
    pub fn new(form: &DraftForm, unfinished: &[Summary], errors: &FieldErrors) -> Self {
        let start = one_of(&form.start, &["now", "at", "after"]);
        let pause = one_of(&form.pause, &["percent", "failures", "never"]);
        let is_wrong = Self::FIELDS.iter().any(|field| !errors.of(field).is_empty());
        Self {
            is_open: is_wrong || start != "now" || pause != "percent",
            start,
            moment: MomentFields::typed(&form.start_at, &form.zone),
            after: form.after.clone(),
            unfinished: unfinished.iter().map(waited_for).collect(),
            may_follow: true,
            may_pause: form.kind != OperationKind::Reconcile.as_str(),
            pause,
            percent: or_else(&form.pause_percent, "20"),
            failures: or_else(&form.pause_failures, "100"),
            errors: errors.clone(),
        }
    }

    /// The section for operations in several accounts: none of them can wait for one of another account.
    pub fn of_several(form: &DraftForm, errors: &FieldErrors) -> Self {
        Self { may_follow: false, ..Self::new(form, &[], errors) }
    }
}

fn waited_for(summary: &Summary) -> Choice {
    Choice::new(summary.number.to_string(), format!("#{} {}", summary.number, super::noun(summary)))
}

/// The word that was sent, if it is one of these; else the first.
fn one_of(sent: &str, words: &[&'static str]) -> &'static str {
    words.iter().find(|word| **word == sent).or(words.first()).copied().unwrap_or_default()
}

fn or_else(typed: &str, usual: &str) -> String {
    if typed.is_empty() { usual.to_owned() } else { typed.to_owned() }
}

/// When it begins, as a form says it; what is not said is now.
pub fn start(start: &str, start_at: &str, zone: &str, after: &str) -> Result<Start> {
    match start {
        "" | "now" => Ok(Start::Now),
        "at" => Moment::parse(start_at, zone).map(Start::At),
        "after" => match after.trim().trim_start_matches('#').parse() {
            Ok(first) => Ok(Start::After(first)),
            Err(_) => Err(Error::invalid("after", "Choose the operation to wait for.")),
        },
        _ => Err(Error::invalid("start", "Choose when it starts.")),
    }
}

impl DraftForm {
    /// When the operation begins, and when it pauses.
    pub fn conduct(&self) -> Result<Conduct> {
        Ok(Conduct {
            start: start(&self.start, &self.start_at, &self.zone, &self.after)?,
            pause: self.pause_rule()?,
        })
    }

    fn pause_rule(&self) -> Result<PauseRule> {
        match self.pause.as_str() {
            "" => Ok(PauseRule::default()),
            "never" => Ok(PauseRule::Never),
            "failures" => number(&self.pause_failures, "pause_failures").map(PauseRule::Failures),
            _ => number(&self.pause_percent, "pause_percent").map(PauseRule::Percent),
        }
    }
}

fn number<T: std::str::FromStr>(typed: &str, field: &'static str) -> Result<T> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '%')).collect();
    digits.parse().map_err(|_| Error::invalid(field, "Write a number."))
}

/// The rule in words: `When 20 % of at least 100 SIMs tried have failed`.
pub fn rule_in_words(rule: PauseRule) -> String {
    match rule {
        PauseRule::Never => "Never".to_owned(),
        PauseRule::Percent(percent) => {
            format!("When {percent} % of at least {} SIMs tried have failed", PauseRule::AT_LEAST)
        }
        PauseRule::Failures(failures) => {
            format!("When {} failed", crate::web::display::counted(failures, "SIM has", "SIMs have"))
        }
    }
}
