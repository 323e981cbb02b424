//! `simyard serve`.

use std::io;
use std::net::{IpAddr, TcpListener, ToSocketAddrs};
use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use fleet::companies;
use fleet::network::Networks;
use fleet::second_factor::{Party, hold_key};
use fleet::single_sign_on::reach::{PATIENCE, Reach};
use ipnet::IpNet;

use super::create_admin;
use super::database::{Database, DatabaseOptions};
use super::demo;
use super::hashing::HashingOptions;
use super::mail::{Courier, Mail, MailOptions};
use super::tls::{Certificate, TlsOptions};
use super::worker::{NetworkOptions, PlanOptions, Worker};
use crate::app::{self, Settings, State};
use crate::web::headers::HttpsHosts;
use crate::web::pace;

/// As many connections as the server has blocking threads.
const POOL: u32 = 8;

/// Serve the portal, and carry out operations
///
/// Starts a private PostgreSQL when `DATABASE_URL` is not set, brings the database up to date, and loads the demo fleet
/// into a private database that is empty. SIGTERM or Ctrl-C ends it: requests are finished, then the private PostgreSQL
/// is stopped.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to serve on
    #[arg(long, value_name = "ADDRESS", env = "SIMYARD_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    https: HttpsOptions,
    /// Address, or network as in 10.0.0.0/8, of a proxy that is believed where its header X-Forwarded-For says whom it
    /// asks for; may be given several times
    #[arg(long, value_name = "ADDRESS", env = "SIMYARD_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// Network, as in 10.0.0.0/8, or address in which providers of single sign-on may be; all others that are not public are
    /// refused. May be given several times
    #[arg(long, value_name = "NETWORK", env = "SIMYARD_SINGLE_SIGN_ON_NETWORKS", value_delimiter = ',', value_parser = network)]
    single_sign_on_network: Vec<IpNet>,
    /// Requests of one person that are answered at once, and again every ten seconds; 0 for any number
    #[arg(long, value_name = "NUMBER", env = "SIMYARD_REQUESTS_AT_ONCE", default_value_t = pace::AT_ONCE)]
    requests_at_once: u32,
    #[command(flatten)]
    hashing: HashingOptions,
    #[command(flatten)]
    tls: TlsOptions,
    /// Leave an empty installation empty, instead of loading the demo fleet; it is loaded on a loopback address alone, and without HTTPS
    #[arg(long)]
    no_demo: bool,
    /// Leave the carrying out of operations to `simyard work`
    #[arg(long)]
    no_worker: bool,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    plan: PlanOptions,
    #[command(flatten)]
    mail: MailOptions,
}

/// What stands between browsers and the portal.
#[derive(Debug, Args)]
struct HttpsOptions {
    /// Browsers reach this through a proxy that speaks HTTPS: cookies are for HTTPS only, also on a loopback address
    #[arg(long, env = "SIMYARD_BEHIND_HTTPS")]
    behind_https: bool,
    /// Serve in clear on an address that is not loopback: whoever is in between reads along, API tokens too
    #[arg(long, env = "SIMYARD_IN_CLEAR")]
    in_clear: bool,
    /// Browsers are to ask all hosts below the portal's by HTTPS, too, for a year: only where all of them speak it
    #[arg(long, env = "SIMYARD_HSTS_SUBDOMAINS")]
    hsts_subdomains: bool,
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<()> {
        // First, because it is quick to fail and leaves a running portal alone.
        let listener = listen(&self.listen)?;
        let tls = self.tls.read()?;
        let address = listener.local_addr()?;
        let is_in_clear = tls.is_none() && !self.https.behind_https;
        let is_here_alone = address.ip().is_loopback() && is_in_clear;
        let is_vouched_for = self.https.in_clear || !self.trusted_proxy.is_empty();
        ensure!(
            is_here_alone || !is_in_clear || is_vouched_for,
            "others would reach {address}, and in clear: give a certificate with --tls-certificate, say --behind-https or \
             --trusted-proxy where a proxy that speaks HTTPS stands in front, or --in-clear if that is meant"
        );
        let mail = self.mail.check()?;
        let networks = self.network.read()?;
        self.database.run(true, |database| {
            // Everybody knows the password of its people: it is for whoever tries the portal out on their own machine.
            if !self.no_demo && is_here_alone {
                demo::load_if_empty(database)?;
            }
            actix_web::rt::System::new().block_on(self.serve(listener, tls, database, mail, &networks))
        })
    }

    async fn serve(
        &self,
        listener: TcpListener,
        tls: Option<Arc<Certificate>>,
        database: &Database,
        mail: Mail,
        networks: &Networks,
    ) -> anyhow::Result<()> {
        let address = listener.local_addr()?;
        let demo = demo::is_loaded(database)?;
        if demo {
            let mut console = database.connect()?;
            let names: Vec<String> = networks.names().map(str::to_owned).collect();
            fleet::demo::offer_networks(&mut console, &names)?;
        }
        let is_empty = !companies::any(&mut *database.connect()?)?;
        let is_https = self.https.behind_https || tls.is_some();
        let secure_cookies = is_https || !address.ip().is_loopback();
        // Whoever tries the portal out on their own machine has passkeys without setting anything.
        let here = || (!secure_cookies).then(|| format!("http://localhost:{}", address.port()));
        let known_as = mail.letters.base_url.as_ref().map(ToString::to_string).or_else(here);
        let settings = Settings {
            bcrypt_cost: self.hashing.bcrypt_cost,
            secure_cookies,
            https_hosts: if self.https.hsts_subdomains { HttpsHosts::AndBelow } else { HttpsHosts::Own },
            requests_at_once: NonZeroU32::new(self.requests_at_once),
            passkeys: known_as.and_then(|address| Party::at(&address)),
            trusted_proxies: self.trusted_proxy.clone(),
            demo,
            sends_mail: mail.server.is_some(),
            base_url: mail.letters.base_url.clone(),
            sealer: self.network.sealer(database)?,
            reach: Reach::new(self.single_sign_on_network.clone(), PATIENCE),
            networks: networks.clone(),
            ..Settings::default()
        };
        let config = tls.as_ref().map(Certificate::config).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        if let Some(certificate) = tls {
            actix_web::rt::spawn(certificate.follow());
        }
        // Before there is a pool: where this refuses, the private database ends while that would still be connecting.
        hold_key(&mut *database.connect()?, settings.sealer.as_ref())?;
        let state = State::new(fleet::db::pool(database.url(), POOL)?, settings)?;
        let server = actix_web::rt::spawn(app::serve(state, listener, config)?);
        // It hears signals from its first turn on: nothing that must be ended well begins before.
        tokio::task::yield_now().await;
        let worker = (!self.no_worker)
            .then(|| {
                Worker::start(
                    database.url(),
                    &self.network,
                    networks,
                    self.plan.plan(),
                    mail.letters.clone(),
                    demo,
                )
            })
            .transpose()?;
        let courier =
            mail.server.map(|server| Courier::start(database.url(), server, mail.letters)).transpose()?;
        announce(&format!("{scheme}://{address}"), demo, secure_cookies && !is_https);
        if is_empty {
            println!(
                "There is no company yet. In another terminal, make the first one and its administrator:"
            );
            println!("  {}", create_admin::usage(database));
        }
        println!("Ctrl-C stops it.");
        server.await.context("the portal broke off")?.context("the portal ended")?;
        drop(courier);
        drop(worker);
        Ok(())
    }
}

fn announce(address: &str, demo: bool, needs_https: bool) {
    println!("Simyard is at {address}");
    if needs_https {
        println!(
            "Browsers only stay signed in over HTTPS there: give a certificate with --tls-certificate, or put a proxy that \
             speaks it in front of this."
        );
    }
    if demo {
        demo::print_sign_ins();
    }
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| address())
        .map_err(|_| "not an address or a network such as 10.0.0.0/8".to_owned())
}

/// Takes the first of the addresses of this name that is free.
fn listen(name: &str) -> anyhow::Result<TcpListener> {
    let addresses = name.to_socket_addrs().map_err(|_| {
        anyhow!("{name} is no address to listen on: give one such as 127.0.0.1:8080 with --listen")
    })?;
    TcpListener::bind(addresses.collect::<Vec<_>>().as_slice()).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow!(
                "{name} is taken by another program: stop that one, or choose another address with --listen"
            )
        }
        io::ErrorKind::PermissionDenied => {
            anyhow!("only root may listen on {name}: choose a port above 1023 with --listen")
        }
        io::ErrorKind::AddrNotAvailable => {
            anyhow!("{name} is no address of this machine: choose another with --listen")
        }
        _ => anyhow!(error).context(format!("cannot listen on {name}")),
    })
}
