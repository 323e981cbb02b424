//! The worker that carries operations out, and the maker of exports, each on a thread of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use fleet::db::Pool;
use fleet::exports::maker::{self, Pace};
use fleet::installation;
use fleet::life_signs;
use fleet::network::{Network, Networks, SIMULATED, Simulated};
use fleet::operations::worker::{self, Settings, Stop};
use fleet::operations::{self, Letters, Plan};
use fleet::sealing::Sealer;

use super::database::Database;
use super::key_file::KeyFile;
use super::networks_file;

/// Some failures, so that the demo shows what they look like.
const DEMO_FAILURE_RATE: f64 = 0.002;
const DEMO_LATENCY_MS: u64 = 20;

/// The options of the networks that carry state changes out.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Simulated network")]
pub(super) struct NetworkOptions {
    /// How long it takes for a batch of SIMs [default: 0, with the demo fleet 20]
    #[arg(long = "network-latency", value_name = "MS", env = "SIMYARD_NETWORK_LATENCY")]
    latency: Option<u64>,
    /// Which share of the requests it refuses, 0 to 1 [default: 0, with the demo fleet 0.002]
    #[arg(long = "network-failure-rate", value_name = "SHARE", env = "SIMYARD_NETWORK_FAILURE_RATE", value_parser = share)]
    failure_rate: Option<f64>,
    /// Which requests these are: the same ones for the same number
    #[arg(long = "network-seed", value_name = "N", env = "SIMYARD_NETWORK_SEED", default_value_t = 1)]
    seed: u64,
    /// How long a batch stays with its worker: after that time, another takes over from one that died
    #[arg(long, value_name = "SECONDS", env = "SIMYARD_LEASE", default_value_t = 20, value_parser = clap::value_parser!(u64).range(3..=3600), help_heading = "Worker")]
    lease: u64,
    /// The file that names the networks beside the simulated one, as docs/networks.md shows
    #[arg(long, value_name = "FILE", env = "SIMYARD_NETWORKS", help_heading = "Worker")]
    networks: Option<PathBuf>,
    #[command(flatten)]
    key: KeyFile,
}

impl NetworkOptions {
    /// The networks that the file names; none without a file.
    pub(super) fn read(&self) -> anyhow::Result<Networks> {
        let sealer = self.key.read()?;
        let networks = self.networks.as_deref().map(|path| networks_file::read(path, sealer.as_ref()));
        networks.unwrap_or_else(|| Ok(Networks::default()))
    }

    /// What a portal encrypts with.
    pub(super) fn sealer(&self, database: &Database) -> anyhow::Result<Option<Sealer>> {
        self.key.read_or_make(database)
    }

    /// Makes sure that the key that is named, if one is, is the one of this installation.
    pub(super) fn check_key(&self, database: &Database) -> anyhow::Result<()> {
        match self.key.read()? {
            Some(sealer) => Ok(installation::bind_key(&mut *database.connect()?, &sealer)?),
            None => Ok(()),
        }
    }

    /// The networks, for a command that works on its own; the simulated one keeps its records through `pool`.
    pub(super) fn connect(&self, pool: Pool) -> anyhow::Result<Networks> {
        Ok(self.read()?.with(SIMULATED, Arc::new(Simulated::new(pool.clone()))).followed(pool))
    }

    /// The network must have answered, or been given up, well before the lease ends.
    pub(super) fn pace(&self) -> Settings {
        let lease = Duration::from_secs(self.lease);
        Settings { lease, network_deadline: lease * 2 / 3, ..Settings::default() }
    }
}

/// What a worker does by itself.
#[derive(Debug, Clone, Args)]
pub(super) struct PlanOptions {
    /// Compare SIMs with what their networks hold so often, as in 24h or 90m; never without this
    #[arg(long, value_name = "TIME", env = "SIMYARD_RECONCILE_EVERY", value_parser = interval, help_heading = "Worker")]
    reconcile_every: Option<Duration>,
    /// Put right in the networks what such a comparison finds
    #[arg(long, env = "SIMYARD_RECONCILE_MENDS", requires = "reconcile_every", help_heading = "Worker")]
    reconcile_mends: bool,
}

impl PlanOptions {
    /// When SIMs are compared with their networks by themselves.
    pub(super) fn plan(&self) -> Option<Plan> {
        self.reconcile_every.map(|every| Plan { every, mends: self.reconcile_mends })
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a number from 0 to 1".to_owned()),
    }
}

/// A time of at least a minute: a number with `m`, `h` or `d`.
fn interval(text: &str) -> Result<Duration, String> {
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        _ => return Err("no unit: write minutes, hours or days, as in 90m, 24h or 7d".to_owned()),
    };
    match text[..text.len() - 1].parse::<u32>() {
        Ok(number @ 1..) => Ok(Duration::from_secs(u64::from(number) * unit)),
        _ => Err("not a number from 1 on before the unit".to_owned()),
    }
}

/// A running worker, with the maker of exports beside it. Dropping it lets it finish the step that it is at, and waits for
/// that; an export that is being made is given up, and another maker begins it anew.
pub(super) struct Worker {
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts a worker on the database of `url`.
    pub(super) fn start(
        url: &str,
        options: &NetworkOptions,
        networks: &Networks,
        plan: Option<Plan>,
        letters: Arc<dyn Letters>,
        demo: bool,
    ) -> anyhow::Result<Self> {
        let pace = Settings { letters: Some(letters), ..options.pace() };
        // One for each loop of the worker, and one for the records of networks of each that asks them.
        let pool = fleet::db::pool(url, 1 + 2 * u32::from(pace.network_loops))?;
        let default = if demo { (DEMO_LATENCY_MS, DEMO_FAILURE_RATE) } else { (0, 0.0) };
        let simulated = Simulated::new(pool.clone())
            .latency(Duration::from_millis(options.latency.unwrap_or(default.0)))
            .failure_rate(options.failure_rate.unwrap_or(default.1))
            .seed(options.seed);
        let network: Arc<dyn Network> =
            Arc::new(networks.clone().with(SIMULATED, Arc::new(simulated)).followed(pool.clone()));
        let exports = fleet::db::pool(url, 2)?;
        let mut worker = Self { stop: Stop::new(), threads: Vec::new() };
        let names = network.that_can_look();
        if !names.is_empty() {
            let looking = fleet::db::pool(url, 2)?;
            if let Some(plan) = plan {
                let pool = looking.clone();
                worker.spawn("plan", move |stop| operations::keep_to(&pool, &names, &plan, stop))?;
            }
            let network = Arc::clone(&network);
            let pace = life_signs::Pace::default();
            worker.spawn("life-signs", move |stop| life_signs::run(&looking, &network, &pace, stop))?;
        }
        worker.spawn("worker", move |stop| worker::run(&pool, &network, &pace, stop))?;
        worker.spawn("exports", move |stop| maker::run(&exports, &Pace::default(), stop))?;
        Ok(worker)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce(&Stop) + Send + 'static) -> anyhow::Result<()> {
        let stop = self.stop.clone();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(&stop));
        self.threads.push(thread.with_context(|| format!("cannot start the thread {name}"))?);
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("the worker has panicked");
            }
        }
    }
}
