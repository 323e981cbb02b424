//! What the forms about offers send.

use fleet::companies::Name;
use fleet::ids::OfferId;
use fleet::offers::{Description, NewOffer};
use fleet::{Error, Result};
use serde::Deserialize;

/// The dialog *Create an offer*, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The words of the types of SIM that it takes.
    pub sim_types: Vec<String>,
}

impl Typed {
    /// The offer that was asked for, or what is wrong.
    pub fn parse(&self) -> Result<NewOffer> {
        let sim_types = self.sim_types.iter().map(|word| {
            word.parse().map_err(|_| Error::invalid("sim_types", "Choose among the types of SIM shown."))
        });
        let mut new = NewOffer {
            name: Name::parse("name", &self.name)?,
            description: Description::parse(&self.description)?,
            sim_types: sim_types.collect::<Result<_>>()?,
        };
        new.sim_types.sort_unstable();
        new.sim_types.dedup();
        Ok(new)
    }
}

/// The dialog *Assign offer*.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    offer: String,
}

impl Chosen {
    /// The offer chosen. What is no id is nobody's offer.
    pub fn parse(&self) -> Result<OfferId> {
        if self.offer.is_empty() {
            return Err(Error::invalid("offer", "Choose an offer."));
        }
        self.offer.parse().map_err(|_| Error::NotFound)
    }
}
