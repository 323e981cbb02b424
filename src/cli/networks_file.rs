//! The file that names the networks of an installation.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use fleet::network::osmo_hlr::{Address, OsmoHlr};
use fleet::network::{Networks, SIMULATED};
use serde::Deserialize;

/// The most connections to one register.
const CONNECTIONS: std::ops::RangeInclusive<usize> = 1..=32;

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworksFile {
    #[serde(default)]
    networks: BTreeMap<String, Entry>,
}

/// One network.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Entry {
    /// A Home Location Register.
    OsmoHlr {
        /// Host and port of its control interface.
        control: String,
        /// Host and port of its terminal interface.
        terminal: String,
        /// Pairs of connections that are used at the same time.
        #[serde(default = "usual_connections")]
        connections: usize,
    },
}

fn usual_connections() -> usize {
    4
}

impl NetworksFile {
    /// Reads and checks the file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let problem = || format!("cannot use {} as the file of networks", path.display());
        let text = std::fs::read_to_string(path).with_context(problem)?;
        Self::parse(&text).with_context(problem)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: Self = toml::from_str(text)?;
        for (name, entry) in &file.networks {
            if name == SIMULATED {
                bail!("there is a network named {SIMULATED} already: name this one otherwise");
            }
            let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || name.len() > 40 || name.starts_with('-') || !name.chars().all(is_word) {
                bail!(
                    "{name:?} is no name for a network: use at most 40 lower-case letters, digits and hyphens"
                );
            }
            let Entry::OsmoHlr { control, terminal, connections } = entry;
            for address in [control, terminal] {
                let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
                if port.is_none() {
                    bail!(
                        "{address:?} in the network {name} is no address: give host and port, as in 127.0.0.1:4259"
                    );
                }
            }
            if !CONNECTIONS.contains(connections) {
                bail!("the network {name} can have 1 to 32 connections");
            }
        }
        Ok(file)
    }

    /// The names of all networks, the simulated one first.
    pub(super) fn names(&self) -> Vec<String> {
        std::iter::once(SIMULATED.to_owned()).chain(self.networks.keys().cloned()).collect()
    }

    /// The networks, without the simulated one.
    pub(super) fn connect(&self) -> Networks {
        self.networks.iter().fold(Networks::default(), |networks, (name, entry)| {
            let Entry::OsmoHlr { control, terminal, connections } = entry;
            let address =
                Address { control: control.clone(), terminal: terminal.clone(), connections: *connections };
            networks.with(name, Arc::new(OsmoHlr::new(address)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_with_what_is_usual() {
        let lab = "[networks.lab]\nkind = \"osmo-hlr\"\ncontrol = \"127.0.0.1:4259\"\nterminal = \"127.0.0.1:4258\"\n";
        let file = NetworksFile::parse(lab).unwrap();
        assert_eq!(file.names(), ["simulated", "lab"]);
        assert_eq!(NetworksFile::parse("").unwrap().names(), ["simulated"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        let entry = |name: &str, rest: &str| format!("[networks.{name}]\nkind = \"osmo-hlr\"\n{rest}");
        let both = "control = \"127.0.0.1:4259\"\nterminal = \"127.0.0.1:4258\"\n";
        for (text, words) in [
            ("networks = 1".to_owned(), "invalid type"),
            ("[networks.lab]\nkind = \"tin-cans\"".to_owned(), "unknown variant"),
            (entry("lab", "control = \"127.0.0.1:4259\""), "missing field `terminal`"),
            (entry("lab", &format!("{both}colour = 1")), "unknown field `colour`"),
            (entry("simulated", both), "name this one otherwise"),
            (entry("LAB", both), "no name for a network"),
            (entry("lab", "control = \"127.0.0.1\"\nterminal = \"127.0.0.1:4258\""), "host and port"),
            (entry("lab", &format!("{both}connections = 0")), "1 to 32"),
        ] {
            let error = format!("{:#}", NetworksFile::parse(&text).unwrap_err());
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
