//! `simyard work`.

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::database::DatabaseOptions;
use super::demo;
use super::mail::{Courier, MailOptions};
use super::worker::{NetworkOptions, PlanOptions, Worker};

/// Carry out operations, without serving the portal
///
/// Any number of these can work on one database, on any number of machines, beside portals that are started with
/// `serve --no-worker`. SIGTERM or Ctrl-C ends it after the step that it is at.
#[derive(Debug, Args)]
pub(super) struct Work {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    plan: PlanOptions,
    #[command(flatten)]
    mail: MailOptions,
}

impl Work {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mail = self.mail.check()?;
        let networks = self.network.read()?;
        self.database.run(true, |database| {
            self.network.check_key(database)?;
            let demo = demo::is_loaded(database)?;
            let worker = Worker::start(
                database.url(),
                &self.network,
                &networks,
                self.plan.plan(),
                mail.letters.clone(),
                demo,
            )?;
            let courier =
                mail.server.map(|server| Courier::start(database.url(), server, mail.letters)).transpose()?;
            println!("Carrying out operations. Ctrl-C stops it.");
            actix_web::rt::System::new().block_on(stop_signal())?;
            drop(courier);
            drop(worker);
            Ok(())
        })
    }
}

/// Returns when this process is asked to end.
async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for signals")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
