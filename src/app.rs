//! Puts the portal together: its state, its middleware from the outside in, and its server.

use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_identity::IdentityMiddleware;
use actix_session::SessionMiddleware;
use actix_web::body::MessageBody;
use actix_web::cookie::Key;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer, middleware, web};
use anyhow::Context as _;
use diesel::PgConnection;
use fleet::db::Pool;
use fleet::network::{Networks, SIMULATED, Simulated};
use fleet::sealing::Sealer;
use fleet::second_factor::Party;
use fleet::single_sign_on::reach::Reach;
use ipnet::IpNet;
use rustls::ServerConfig;
use tokio::sync::Semaphore;
use tracing_actix_web::TracingLogger;

use crate::exports::Downloads;
use crate::mail::BaseUrl;
use crate::routes;
use crate::sign_in::{Hasher, Limits};
use crate::single_sign_on::Providers;
use crate::telemetry::RequestSpan;
use crate::web::headers::HttpsHosts;
use crate::web::pace::{self, Pace};
use crate::web::refusals::{self, Refusals};
use crate::web::session::PgSessions;
use crate::web::upload::Uploads;
use crate::web::{
    bearer, body, compress, cookies, csrf, db, error, focus_guard, gate, headers, nul, session, whole_page,
};

/// Networks that are tested at once, each on one of the blocking threads.
const NETWORK_TESTS_AT_ONCE: usize = 2;

/// The work that the hash of a password takes unless more is configured: 2 to the power of this.
pub const BCRYPT_COST: u32 = 12;

/// What an installation can set about the portal.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cost of bcrypt: each step doubles the work. [`BCRYPT_COST`] in production, or more.
    pub bcrypt_cost: u32,
    /// Whether browsers come by HTTPS, and are told to come by nothing else: off only for plain HTTP on loopback.
    pub secure_cookies: bool,
    /// Which hosts they are told so of.
    pub https_hosts: HttpsHosts,
    /// How many requests of one person are answered at once, and again every ten seconds; none where that is not limited.
    pub requests_at_once: Option<NonZeroU32>,
    /// The proxies that are believed where they say whom they ask for.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the demo's people may sign in, with the password that everybody knows; the sign-in page then names them.
    pub demo: bool,
    /// Whether e-mail is sent from this installation: people are then asked whether they want some.
    pub sends_mail: bool,
    /// How people reach the portal, where that is set: what links begin with.
    pub base_url: Option<BaseUrl>,
    /// What passkeys are made for; none where browsers give none for the address of this portal, or it has none.
    pub passkeys: Option<Party>,
    /// The most bytes of an upload.
    pub upload_limit: usize,
    /// How long an upload may bring next to nothing.
    pub upload_patience: Duration,
    /// What encrypts the secrets of companies and of authenticator apps; none without a key file.
    pub sealer: Option<Sealer>,
    /// What may be asked of the companies' providers.
    pub reach: Reach,
    /// The networks that offers can be of, beside the simulated one.
    pub networks: Networks,
}

/// A million lines of 200 characters.
const UPLOAD_LIMIT: usize = 200 * 1024 * 1024;
/// As for forms.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(30);

impl Default for Settings {
    fn default() -> Self {
        Self {
            bcrypt_cost: BCRYPT_COST,
            secure_cookies: true,
            https_hosts: HttpsHosts::default(),
            requests_at_once: NonZeroU32::new(pace::AT_ONCE),
            trusted_proxies: Vec::new(),
            demo: false,
            sends_mail: false,
            base_url: None,
            passkeys: None,
            upload_limit: UPLOAD_LIMIT,
            upload_patience: UPLOAD_PATIENCE,
            sealer: None,
            reach: Reach::default(),
            networks: Networks::default(),
        }
    }
}

/// What every handler can reach.
pub struct State {
    pub(crate) pool: Pool,
    pub(crate) hasher: Hasher,
    pub(crate) limits: Limits,
    /// How much each person has asked, where that is limited.
    pub(crate) pace: Option<Pace>,
    pub(crate) refusals: Refusals,
    /// Who may make the file of an export now.
    pub(crate) exports: Downloads,
    pub(crate) uploads: Uploads,
    /// All networks.
    pub(crate) networks: Networks,
    /// Who may test a network now.
    pub(crate) network_tests: Semaphore,
    /// Who may ask a provider now.
    pub(crate) providers: Providers,
    pub(crate) settings: Settings,
    cookie_key: Key,
}

impl State {
    /// Makes the state; reads the installation's secrets from the database.
    pub fn new(pool: Pool, settings: Settings) -> anyhow::Result<Self> {
        let mut conn = pool.get().context("no connection to the database")?;
        let secret = fleet::installation::secret(&mut conn, "cookies")?;
        fleet::second_factor::hold_key(&mut conn, settings.sealer.as_ref())?;
        Ok(Self {
            hasher: Hasher::start(settings.bcrypt_cost)?,
            limits: Limits::new(
                fleet::installation::secret(&mut conn, "known devices")?,
                settings.secure_cookies,
            ),
            pace: settings.requests_at_once.map(Pace::new),
            refusals: Refusals::default(),
            uploads: Uploads::new(settings.upload_patience),
            exports: Downloads::new(),
            networks: settings.networks.clone().with(SIMULATED, Arc::new(Simulated::new(pool.clone()))),
            network_tests: Semaphore::new(NETWORK_TESTS_AT_ONCE),
            cookie_key: Key::try_from(secret.as_slice()).context("the cookie key is too short")?,
            pool,
            providers: Providers::default(),
            settings,
        })
    }
}

impl State {
    /// The names of the networks that offers can be of, the simulated one first.
    pub(crate) fn network_names(&self) -> Vec<String> {
        self.networks.names().map(str::to_owned).collect()
    }

    /// What passkeys are made for.
    pub(crate) fn passkeys(&self) -> fleet::Result<Party> {
        self.settings.passkeys.clone().ok_or_else(|| {
            fleet::Error::refused(
                "There are no passkeys here: whoever runs this portal has to start it with --base-url and an address by HTTPS.",
            )
        })
    }

    /// What encrypts the secrets of authenticator apps.
    pub(crate) fn sealer(&self) -> fleet::Result<Sealer> {
        self.settings.sealer.clone().ok_or_else(|| {
            fleet::Error::refused(
                "There are no authenticator apps here: whoever runs this portal has to start it with --key-file.",
            )
        })
    }
}

/// The application with everything around it, for one worker thread.
pub fn build(
    state: web::Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let upload_limit = state.settings.upload_limit;
    // The last wrapped runs first.
    App::new()
        .app_data(state.clone())
        .configure(move |config| error::configure_extractors(config, upload_limit))
        .configure(routes::configure)
        .default_service(web::to(error::no_such_page))
        .wrap(middleware::from_fn(whole_page::complete))
        .wrap(middleware::from_fn(nul::check))
        .wrap(middleware::from_fn(focus_guard::check))
        .wrap(middleware::from_fn(csrf::check))
        .wrap(middleware::from_fn(body::read))
        .wrap(middleware::from_fn(gate::check))
        .wrap(middleware::from_fn(refusals::watch))
        .wrap(IdentityMiddleware::default())
        .wrap(
            SessionMiddleware::builder(PgSessions::new(state.pool.clone()), state.cookie_key.clone())
                .cookie_name(cookies::name(session::COOKIE, state.settings.secure_cookies))
                .cookie_secure(state.settings.secure_cookies)
                .cookie_http_only(true)
                .cookie_same_site(actix_web::cookie::SameSite::Lax)
                .session_lifecycle(session::lifecycle())
                .build(),
        )
        .wrap(middleware::from_fn(bearer::check))
        .wrap(middleware::from_fn(error::present))
        .wrap(middleware::from_fn(headers::add))
        .wrap(middleware::from_fn(compress::answers))
        .wrap(TracingLogger::<RequestSpan>::new())
}

/// Starts serving on `listener`, by HTTPS if `tls` says how. The server ends on SIGTERM or Ctrl-C, letting requests finish.
///
/// `pool` of the state should have as many connections as there are blocking threads in all,
/// here eight, else requests queue unfairly for connections.
pub fn serve(state: State, listener: TcpListener, tls: Option<ServerConfig>) -> anyhow::Result<Server> {
    let state = Arc::new(state);
    actix_web::rt::spawn(remove_what_has_ended(Arc::downgrade(&state)));
    let state = web::Data::from(state);
    let server = HttpServer::new(move || build(state.clone()))
        .workers(2)
        .worker_max_blocking_threads(4)
        .tcp_nodelay(true)
        .shutdown_timeout(5);
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

type Purge = fn(&mut PgConnection) -> fleet::Result<usize>;

/// What is removed when it has grown old.
const PURGES: [(&str, Purge); 10] = [
    ("ended sessions", fleet::sessions::purge),
    ("unanswered passkey challenges", fleet::second_factor::purge),
    ("old lists of SIMs", fleet::sim_lists::purge),
    ("old import drafts", fleet::import_drafts::purge),
    ("old messages", fleet::messages::purge),
    ("old letters", fleet::outbox::purge),
    ("old invitations", fleet::invitations::purge),
    ("old exports", fleet::exports::purge),
    ("old requests to networks", fleet::network::answers::purge),
    ("removed labels and fields", fleet::removed_details::purge),
];

/// Removes the sessions that have ended, the lists, drafts, messages, letters, invitations, exports and requests to networks that
/// have grown old, and
/// what SIMs hold of removed labels and fields, now and every hour, for as long as the portal serves.
async fn remove_what_has_ended(state: Weak<State>) {
    let mut hours = actix_web::rt::time::interval(Duration::from_hours(1));
    loop {
        hours.tick().await;
        // Not held while this waits: a portal that has ended leaves no connection open.
        let Some(state) = state.upgrade() else { return };
        for (what, purge) in PURGES {
            match db::run(&state.pool, purge).await {
                Ok(removed) => tracing::debug!(removed, "removed {what}"),
                Err(error) => tracing::warn!(%error, "{what} stay for another hour"),
            }
        }
    }
}
