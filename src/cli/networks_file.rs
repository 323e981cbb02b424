//! The file that names the networks of an installation.

mod http;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use fleet::network::osmo_hlr::{Address, OsmoHlr};
use fleet::network::{Network, Networks, SIMULATED};
use fleet::sealing::Sealer;
use fleet::sim_keys::KeyStore;
use serde::Deserialize;

use self::http::Service;

/// The most connections to one network.
const CONNECTIONS: std::ops::RangeInclusive<usize> = 1..=32;

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworksFile {
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
        /// Whether it is told the keys of the SIMs, as `simyard load-keys` keeps them.
        #[serde(default)]
        keys: bool,
    },
    /// A provisioning service.
    Http(Service),
}

fn usual_connections() -> usize {
    4
}

/// Reads and checks the file, and the secrets that it points to. The networks, without the simulated one.
/// `sealer` has encrypted the keys of the SIMs.
pub(super) fn read(path: &Path, sealer: Option<&Sealer>) -> anyhow::Result<Networks> {
    let problem = || format!("cannot use {} as the file of networks", path.display());
    let text = std::fs::read_to_string(path).with_context(problem)?;
    parse(&text, sealer).with_context(problem)
}

fn parse(text: &str, sealer: Option<&Sealer>) -> anyhow::Result<Networks> {
    let file: NetworksFile = toml::from_str(text)?;
    file.networks.into_iter().try_fold(Networks::default(), |networks, (name, entry)| {
        check_name(&name)?;
        let network = entry.connect(&name, sealer)?;
        Ok(networks.with(name, network))
    })
}

fn check_name(name: &str) -> anyhow::Result<()> {
    if name == SIMULATED {
        bail!("there is a network named {SIMULATED} already: name this one otherwise");
    }
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || name.starts_with('-') || !name.chars().all(is_word) {
        bail!("{name:?} is no name for a network: use at most 40 lower-case letters, digits and hyphens");
    }
    Ok(())
}

fn check_connections(name: &str, connections: usize) -> anyhow::Result<()> {
    if !CONNECTIONS.contains(&connections) {
        bail!("the network {name} can have 1 to 32 connections");
    }
    Ok(())
}

impl Entry {
    /// Checks what is said, and makes the connector, which connects when there is something to ask.
    fn connect(self, name: &str, sealer: Option<&Sealer>) -> anyhow::Result<Arc<dyn Network>> {
        match self {
            Self::OsmoHlr { control, terminal, connections, keys } => {
                for address in [&control, &terminal] {
                    let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
                    if port.is_none() {
                        bail!(
                            "{address:?} in the network {name} is no address: give host and port, as in 127.0.0.1:4259"
                        );
                    }
                }
                check_connections(name, connections)?;
                let register = OsmoHlr::new(Address { control, terminal, connections });
                if !keys {
                    return Ok(Arc::new(register));
                }
                let Some(sealer) = sealer else {
                    bail!(
                        "the network {name} is to have the keys of SIMs: name the file of the key with --key-file"
                    );
                };
                Ok(Arc::new(register.with_keys(KeyStore::new(sealer.clone()))))
            }
            Self::Http(service) => Ok(Arc::new(service.connect(name)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_with_what_is_usual() {
        let lab = "[networks.lab]\nkind = \"osmo-hlr\"\ncontrol = \"127.0.0.1:4259\"\nterminal = \"127.0.0.1:4258\"\n";
        assert_eq!(parse(lab, None).unwrap().names().collect::<Vec<_>>(), ["lab"]);
        assert!(parse(&format!("{lab}keys = true"), Some(&Sealer::new(&[7; 32]))).is_ok());
        assert_eq!(parse("", None).unwrap().names().count(), 0);
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
            (entry("lab", &format!("{both}keys = true")), "--key-file"),
        ] {
            let error = format!("{:#}", parse(&text, None).unwrap_err());
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
