//! What the forms about offers send.

use fleet::companies::Name;
use fleet::ids::OfferId;
use fleet::network::{SIMULATED, Services};
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
    /// The network.
    pub network: String,
    /// The word of [`SERVICES`].
    pub services: String,
}

/// What an offer can serve: the word in the form, and what people read. The first is usual.
pub const SERVICES: [(&str, &str, Services); 3] = [
    ("all", "Data, calls and text messages", Services { packet: true, circuit: true }),
    ("packet", "Data alone", Services { packet: true, circuit: false }),
    ("circuit", "Calls and text messages alone", Services { packet: false, circuit: true }),
];

impl Typed {
    /// The offer that was asked for, or what is wrong. `networks` are those of the installation.
    pub fn parse(&self, networks: &[String]) -> Result<NewOffer> {
        let sim_types = self.sim_types.iter().map(|word| {
            word.parse().map_err(|_| Error::invalid("sim_types", "Choose among the types of SIM shown."))
        });
        let mut new = NewOffer {
            name: Name::parse("name", &self.name)?,
            description: Description::parse(&self.description)?,
            sim_types: sim_types.collect::<Result<_>>()?,
            network: self.network(networks)?,
            services: self.services()?,
        };
        new.sim_types.sort_unstable();
        new.sim_types.dedup();
        Ok(new)
    }

    fn network(&self, networks: &[String]) -> Result<String> {
        match self.network.as_str() {
            "" => Ok(SIMULATED.to_owned()),
            name if networks.iter().any(|known| known == name) => Ok(name.to_owned()),
            _ => Err(Error::invalid("network", "Choose among the networks shown.")),
        }
    }

    fn services(&self) -> Result<Services> {
        let word = if self.services.is_empty() { SERVICES[0].0 } else { self.services.as_str() };
        let found = SERVICES.iter().find(|(known, ..)| *known == word).map(|(.., services)| *services);
        found.ok_or_else(|| Error::invalid("services", "Choose among the services shown."))
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
