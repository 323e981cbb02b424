//! A provisioning service in the file of networks.

use std::env;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use fleet::network::http::signature::{Key, SHORTEST_SECRET};
use fleet::network::http::{Http, Settings};
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::{Host, Url};

use super::{check_connections, usual_connections};

/// The most SIMs in a request: as many as a step has.
const BATCH: std::ops::RangeInclusive<usize> = 1..=1_000;
/// How many seconds a request may take, and how many an answer that comes later.
const TIMEOUT: std::ops::RangeInclusive<u64> = 1..=600;
const ANSWER: std::ops::RangeInclusive<u64> = 1..=7 * 24 * 3600;

/// What the file says of one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    /// Where it takes requests.
    url: String,
    /// The file that holds the secret.
    secret_file: Option<PathBuf>,
    /// The variable of the environment that holds it.
    secret_env: Option<String>,
    /// Refused: who may read about the networks may not know the secret.
    secret: Option<IgnoredAny>,
    /// Seconds that a request may take.
    #[serde(default = "usual_timeout")]
    timeout: u64,
    /// The most SIMs in a request.
    #[serde(default = "usual_batch")]
    batch: usize,
    /// The most requests at the same time.
    #[serde(default = "usual_connections")]
    connections: usize,
    /// Seconds that an answer may take which comes later.
    #[serde(default = "usual_answer")]
    answer_within: u64,
    /// A file with the certificates of the authorities that may vouch for it, instead of the system's.
    ca_file: Option<PathBuf>,
}

fn usual_timeout() -> u64 {
    10
}

fn usual_batch() -> usize {
    100
}

fn usual_answer() -> u64 {
    600
}

impl Service {
    pub(super) fn connect(self, name: &str) -> anyhow::Result<Http> {
        check_url(&self.url).with_context(|| format!("the url of the network {name} cannot be used"))?;
        check_connections(name, self.connections)?;
        if !BATCH.contains(&self.batch) {
            bail!("the network {name} can have batches of 1 to 1000 SIMs");
        }
        if !TIMEOUT.contains(&self.timeout) {
            bail!("the network {name} can have a timeout of 1 to 600 seconds");
        }
        if !ANSWER.contains(&self.answer_within) {
            bail!("the network {name} can have answer_within of 1 second to 7 days, which are 604800");
        }
        let settings = Settings {
            key: self.key(name)?,
            url: self.url,
            timeout: Duration::from_secs(self.timeout),
            batch: self.batch,
            connections: self.connections,
            answer_within: Duration::from_secs(self.answer_within),
            authorities: self.ca_file,
        };
        Http::new(name, settings).map_err(|problem| anyhow!("the network {name} cannot be used: {problem}"))
    }

    fn key(&self, name: &str) -> anyhow::Result<Key> {
        if self.secret.is_some() {
            bail!(
                "a secret does not belong into this file: for the network {name}, give secret_file or secret_env"
            );
        }
        let secret = match (&self.secret_file, &self.secret_env) {
            (Some(file), None) => std::fs::read_to_string(file).with_context(|| {
                format!("cannot read the secret of the network {name} in {}", file.display())
            })?,
            (None, Some(variable)) => env::var(variable)
                .map_err(|_| anyhow!("the secret of the network {name} is not set: {variable}"))?,
            _ => bail!("the network {name} needs a secret: give either secret_file or secret_env"),
        };
        Key::new(secret.trim()).with_context(|| {
            format!("the secret of the network {name} is too short: it needs {SHORTEST_SECRET} characters")
        })
    }
}

/// What is asked and answered there changes SIMs: nobody in between may read or change it.
fn check_url(text: &str) -> anyhow::Result<()> {
    let url = Url::parse(text)?;
    let stays_here = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if stays_here => {}
        "http" => bail!("what is said there would cross the network unencrypted: use https"),
        _ => bail!("it does not begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        bail!("it is shown to people: it can have no user, no password and no query");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::networks_file::parse;

    #[test]
    fn a_secret_comes_from_a_file_and_never_from_this_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let from_file = format!("secret_file = {:?}", file.path());
        let service = |rest: &str| {
            let entry = "[networks.own]\nkind = \"http\"\nurl = \"http://127.0.0.1:9/\"\n";
            parse(&format!("{entry}{rest}"), None).map_err(|error| format!("{error:#}"))
        };
        assert!(service(&from_file).unwrap_err().contains("32 characters"));
        std::fs::write(file.path(), "0123456789abcdef0123456789abcdef\n").unwrap();
        assert_eq!(service(&from_file).unwrap().names().collect::<Vec<_>>(), ["own"]);
        for (rest, words) in [
            (String::new(), "give either secret_file or secret_env"),
            ("secret_env = \"SIMYARD_NOT_SET\"".to_owned(), "SIMYARD_NOT_SET"),
            ("secret_file = \"/nowhere\"".to_owned(), "cannot read the secret"),
            ("secret = \"hush\"".to_owned(), "does not belong into this file"),
            (format!("{from_file}\nsecret_env = \"HOME\""), "give either"),
            (format!("{from_file}\nbatch = 0"), "1 to 1000"),
            (format!("{from_file}\ntimeout = 0"), "1 to 600"),
            (format!("{from_file}\nanswer_within = 0"), "7 days"),
            (format!("{from_file}\nconnections = 33"), "1 to 32"),
            (format!("{from_file}\ncolour = 1"), "unknown field"),
        ] {
            let error = service(&rest).unwrap_err();
            assert!(error.contains(words) && !error.contains("hush"), "{rest}: {error}");
        }
    }

    #[test]
    fn a_url_is_encrypted_or_stays_here_and_holds_no_secret() {
        for good in ["https://a.example/b", "http://localhost:1/", "http://[::1]:1/", "http://127.0.0.1:1"] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "ftp://a.example",
            "a",
            "https://a:b@a.example",
            "https://a.example?key=b",
            "",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
