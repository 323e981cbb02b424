//! The portal that the journeys go through: the demo fleet, a real server, a real worker.

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fleet::demo::{self, DemoOptions};
use fleet::network::{Network, Networks, SIMULATED, Simulated};
use fleet::operations::worker::{self, Settings as Pace, Stop};
use fleet::passwords::DEMO_PASSWORD;
use fleet::sealing::Sealer;
use fleet::second_factor::Party;
use fleet::single_sign_on::reach::{PATIENCE, Reach};
use simyard::app::Settings;

use super::portal::{BCRYPT_COST, TestApp, TestDb, test_settings};

/// Enough for several pages of each state in the larger companies.
const SIMS: usize = 4_000;

/// A portal with the demo fleet, and a worker that carries its operations out.
pub(crate) struct Demo {
    pub(crate) app: TestApp,
    stop: Stop,
    worker: Option<JoinHandle<()>>,
}

impl Demo {
    /// Starts one on a fresh copy of the demo fleet. The network takes a moment for each batch, so
    /// that operations can be seen while they run.
    /// It refuses the share `failing` of what it is asked. The portal knows `networks` beside that one.
    pub(crate) async fn start(failing: f64, networks: Networks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let portal = format!("http://{}", listener.local_addr().expect("an address"));
        let settings = Settings {
            demo: true,
            networks: networks.clone(),
            sealer: Some(Sealer::new(&[7; 32])),
            passkeys: Party::at(&portal.replace("127.0.0.1", "localhost")),
            base_url: Some(portal.parse().expect("an address")),
            reach: Reach::new(vec!["127.0.0.0/8".parse().expect("a network")], PATIENCE),
            ..test_settings()
        };
        let app = TestApp::start_at(listener, TestDb::copy_of(template()), settings).await;
        let pool = fleet::db::pool(&app.db.url, 9).expect("a pool");
        let simulated = Simulated::new(pool.clone()).latency(Duration::from_millis(50)).failure_rate(failing);
        let network: Arc<dyn Network> = Arc::new(networks.with(SIMULATED, Arc::new(simulated)));
        let stop = Stop::new();
        let signal = stop.clone();
        let worker = thread::spawn(move || worker::run(&pool, &network, &Pace::default(), &signal));
        Self { app, stop, worker: Some(worker) }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stop.stop();
        let _ = self.worker.take().map(JoinHandle::join);
    }
}

/// The demo fleet, loaded once for all journeys, by the code that loads it for people.
fn template() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let db = TestDb::new();
        let password_hash = bcrypt::hash(DEMO_PASSWORD, BCRYPT_COST).expect("a hash");
        let options = DemoOptions { sims: SIMS, seed: 1, password_hash: &password_hash };
        demo::load(&mut db.console(), &options, |_| {}).expect("the demo fleet");
        db.into_template()
    })
}
