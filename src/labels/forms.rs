//! What the forms about labels send.

use fleet::Result;
use fleet::labels::{Label, NewLabel};
use serde::Deserialize;

/// A label as it was typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// The word of its colour.
    pub colour: String,
}

impl Default for Typed {
    fn default() -> Self {
        Self { name: String::new(), colour: "blue".to_owned() }
    }
}

impl Typed {
    /// A label as it is.
    pub fn of(label: &Label) -> Self {
        Self { name: label.name.clone(), colour: label.colour.clone() }
    }

    /// The label that was asked for, or what is wrong.
    pub fn parse(&self) -> Result<NewLabel> {
        NewLabel::parse(&self.name, &self.colour)
    }
}
