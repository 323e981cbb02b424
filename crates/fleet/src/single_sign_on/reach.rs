//! Through what a provider is asked. Its address is typed by an administrator of one company, and the portal stands in the network
//! of whoever runs it: so nothing is asked that is not public, unless the owner of the machine says otherwise.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use openidconnect::{HttpRequest, HttpResponse, SyncHttpClient};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::error::{Error, Result};
use crate::outgoing;

/// The most bytes of an answer: keys and tokens are a few thousand.
const ANSWER_LIMIT: u64 = 256 * 1024;

/// How long all that one sign-in asks of a provider may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Checks and normalises the address of an issuer, which came in the form's field `issuer`: HTTPS, or plain HTTP on this very machine.
pub fn issuer(text: &str) -> Result<String> {
    const WRONG: &str = "Enter the issuer's address, which begins with https://, as the provider names it.";
    let text = text.trim();
    let fine = text.parse::<Uri>().is_ok_and(|uri| is_encrypted(&uri) && uri.query().is_none());
    let odd = text.contains(['@', '#', '?']) || text.chars().any(char::is_control) || text.len() > 500;
    if fine && !odd { Ok(text.to_owned()) } else { Err(Error::invalid("issuer", WRONG)) }
}

/// Whether nobody in between can read or change what is said there.
pub(super) fn is_encrypted(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stays_here = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) || bare == "localhost";
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => stays_here,
        _ => false,
    }
}

/// What may be asked, and for how long.
#[derive(Debug, Clone)]
pub struct Reach {
    networks: Arc<[IpNet]>,
    patience: Duration,
    agent: Arc<OnceLock<ureq::Agent>>,
}

impl Default for Reach {
    fn default() -> Self {
        Self::new(Vec::new(), PATIENCE)
    }
}

impl Reach {
    /// Public addresses, and those of `networks`. All that one sign-in asks of a provider takes at most `patience`.
    pub fn new(networks: Vec<IpNet>, patience: Duration) -> Self {
        Self { networks: networks.into(), patience, agent: Arc::default() }
    }

    /// What asks, from now until the time is over.
    pub(super) fn begin(&self) -> Caller {
        let agent = self.agent.get_or_init(|| self.agent()).clone();
        Caller { agent, deadline: Instant::now() + self.patience }
    }

    fn agent(&self) -> ureq::Agent {
        // None of a system without any: then no certificate is accepted, and the answer says so.
        let authorities = outgoing::authorities(&rustls_native_certs::load_native_certs().certs);
        let config = outgoing::config(authorities).build();
        let resolver = PublicAddresses { networks: Arc::clone(&self.networks) };
        ureq::Agent::with_parts(config, DefaultConnector::default(), resolver)
    }
}

/// Resolves names to addresses that may be asked: what was checked is what is connected to.
#[derive(Debug)]
struct PublicAddresses {
    networks: Arc<[IpNet]>,
}

impl Resolver for PublicAddresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in &found {
            let ip = address.ip().to_canonical();
            if is_public(ip) || self.networks.iter().any(|network| network.contains(&ip)) {
                allowed.push(*address);
            }
        }
        if allowed.is_empty() {
            return Err(ureq::Error::Other(Box::new(Problem::NotPublic)));
        }
        Ok(allowed)
    }
}

/// Whether an address is one of the public internet, for all that is known of it (IANA's registries of special addresses).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocols = a == 192 && b == 0 && c == 0;
    let relays = a == 192 && b == 88 && c == 99;
    let benchmarks = a == 198 && (b == 18 || b == 19);
    let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation();
    !(a == 0 || a >= 224 || shared || protocols || relays || benchmarks || special)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let global = (0x2000..0x4000).contains(&a);
    // Teredo and the like, documentation, and 6to4, which has any address of IPv4 in it.
    let special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    global && !special
}

/// Why a provider has not answered, in plain words.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is not at a public address.
    #[error(
        "It is at an address that is not public. Whoever runs this portal can allow it, with --single-sign-on-network."
    )]
    NotPublic,
    /// It is at an address that would be asked unencrypted.
    #[error("It names an address that does not begin with https://.")]
    NotEncrypted,
    /// It answered too slowly.
    #[error("It did not answer in time.")]
    TooSlow,
    /// It answered too much.
    #[error("It answered more than {} KB.", ANSWER_LIMIT / 1024)]
    TooMuch,
    /// It answered that something is elsewhere.
    #[error("It answered that something is elsewhere, which is not followed.")]
    Elsewhere,
    /// Another.
    #[error("{0}")]
    Other(String),
}

impl From<ureq::Error> for Problem {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::TooSlow,
            ureq::Error::BodyExceedsLimit(_) => Self::TooMuch,
            ureq::Error::HostNotFound => Self::Other("There is no host of that name.".to_owned()),
            ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
                Self::Other("Nothing listens at that address.".to_owned())
            }
            ureq::Error::Rustls(cause) => {
                Self::Other(format!("Its certificate or its TLS is not accepted: {cause}."))
            }
            ureq::Error::Other(cause) => match cause.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Other(format!("The connection failed: {other}.")),
            },
            other => Self::Other(format!("The connection failed: {other}.")),
        }
    }
}

/// Asks a provider, as often as it takes, until a deadline.
pub(super) struct Caller {
    agent: ureq::Agent,
    deadline: Instant,
}

impl SyncHttpClient for Caller {
    type Error = Problem;

    fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, Problem> {
        if !is_encrypted(request.uri()) {
            return Err(Problem::NotEncrypted);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Problem::TooSlow);
        }
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        let answer = self.agent.run(request)?;
        let (parts, mut body) = answer.into_parts();
        if parts.status.is_redirection() {
            return Err(Problem::Elsewhere);
        }
        let body = body.with_config().limit(ANSWER_LIMIT).read_to_vec()?;
        Ok(HttpResponse::from_parts(parts, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_not_asked() {
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "2001:db8::1",
            "2001::1",
        ] {
            let ip: IpAddr = inside.parse().unwrap();
            assert!(!is_public(ip.to_canonical()), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_issuer_is_encrypted_or_on_this_machine() {
        for good in
            ["https://id.example", "https://id.example/realms/a", "http://127.0.0.1:1", "http://[::1]:1/"]
        {
            assert_eq!(issuer(&format!(" {good} ")).unwrap(), good);
        }
        for bad in [
            "",
            "id.example",
            "http://id.example",
            "ftp://id.example",
            "https://a:b@id.example",
            "https://id.example/?a",
            "https://id.example/#a",
            "http://127.0.0.1.example",
            "https://",
        ] {
            assert!(issuer(bad).is_err(), "{bad:?}");
        }
    }
}
