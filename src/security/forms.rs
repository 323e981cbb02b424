//! What the form of the rules sends.

use fleet::Result;
use fleet::security::Rules;
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
}

impl RulesForm {
    /// The form as it is before somebody chooses.
    pub fn of(rules: Rules) -> Self {
        Self { idle_minutes: rules.idle_minutes.to_string(), hours: rules.hours.to_string() }
    }

    /// The rules asked for, or what is wrong.
    pub fn parse(&self) -> Result<Rules> {
        Rules::parse(&self.idle_minutes, &self.hours)
    }
}
