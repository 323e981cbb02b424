//! What the form of the rules sends.

use fleet::Result;
use fleet::security::{Changes, Rules};
use serde::Deserialize;

/// The rules as chosen.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RulesForm {
    /// Minutes.
    #[serde(default)]
    pub idle_minutes: String,
    /// Hours.
    #[serde(default)]
    pub hours: String,
    /// `optional`, `unchanged`, or after how many days.
    #[serde(default)]
    pub second_factor: String,
}

impl RulesForm {
    /// The form as it is before somebody chooses.
    pub fn of(rules: &Rules) -> Self {
        let second_factor = if rules.second_factor_from.is_some() { "unchanged" } else { "optional" };
        Self {
            idle_minutes: rules.idle_minutes.to_string(),
            hours: rules.hours.to_string(),
            second_factor: second_factor.to_owned(),
        }
    }

    /// The changes asked for, or what is wrong.
    pub fn parse(&self) -> Result<Changes> {
        Changes::parse(&self.idle_minutes, &self.hours, &self.second_factor)
    }
}
