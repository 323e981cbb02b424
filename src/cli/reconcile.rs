//! `simyard reconcile`.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use fleet::console::Console;
use fleet::db::Pool;
use fleet::ids::{CompanyId, OperationId};
use fleet::import_drafts;
use fleet::network::Network;
use fleet::operations::worker::{self, Settings};
use fleet::operations::{self, Counters};
use indicatif::ProgressBar;

use super::database::{Database, DatabaseOptions};
use super::import_sims::show;
use super::worker::NetworkOptions;
use crate::web::display::{count, counted};

/// Compare SIMs with what their networks hold
///
/// Of all SIMs that have been put in service in a network that can tell; SIMs that have never been are compared where they are
/// selected in the browser. Ends with 1 where something differs and stays so. Each comparison is an operation, whose
/// page in the portal names the SIMs.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// Name of a company, or its id where several have the same name; otherwise all companies are compared
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// Put right in the networks what differs: in an operation of its own, after the comparison
    #[arg(long)]
    mend: bool,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    network: NetworkOptions,
}

/// What the work is done with.
struct Means {
    console: Console,
    pool: Pool,
    network: Arc<dyn Network>,
    settings: Settings,
}

impl Reconcile {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.database.run(false, |database| self.reconcile(database))
    }

    fn reconcile(&self, database: &Database) -> anyhow::Result<()> {
        let pool = fleet::db::pool(database.url(), 2)?;
        let network: Arc<dyn Network> = Arc::new(self.network.connect(pool.clone())?);
        let (console, settings) = (database.connect()?, self.network.pace());
        let mut means = Means { console, pool, network, settings };
        let networks = means.network.that_can_look();
        if networks.is_empty() {
            bail!("no network can say what it holds: name one in a file, and the file with --networks");
        }
        let only = self.company.as_ref().map(|name| import_drafts::company_named(&mut means.console, name));
        let only = only.transpose()?;
        let mut companies = operations::reconcilable(&mut means.console, &networks)?;
        companies.retain(|(id, _)| only.is_none_or(|only| only == *id));
        if companies.is_empty() {
            println!("No SIM is in service in {}.", networks.join(" or "));
        }
        let mut left = 0;
        for (company, name) in companies {
            left += self.compare(&mut means, company, &name, &networks)?;
        }
        if left > 0 {
            bail!("{} to be looked at", counted(left, "SIM is", "SIMs are"));
        }
        Ok(())
    }

    /// Compares the SIMs of one company, and says how many are left that differ or could not be compared.
    fn compare(
        &self,
        means: &mut Means,
        company: CompanyId,
        name: &str,
        networks: &[String],
    ) -> anyhow::Result<i32> {
        let Some(compared) = operations::reconcile(&mut means.console, company, networks, None)? else {
            return Ok(0);
        };
        let ended = means.carry_out(compared)?;
        let sims = counted(ended.total(), "SIM", "SIMs");
        println!("{name}: {} of {sims} agree (operation #{compared}).", count(ended.success));
        for (code, sims) in operations::found_by(&mut means.console, compared)? {
            println!("  {}: {}", code.label(), count(sims));
        }
        if ended.failure == 0 || !self.mend {
            return Ok(ended.failure + ended.cancelled);
        }
        let Some(mended) = operations::reconcile(&mut means.console, company, networks, Some(compared))?
        else {
            return Ok(ended.failure);
        };
        let ended = means.carry_out(mended)?;
        println!("  Mended: {} (operation #{mended}).", count(ended.success));
        Ok(ended.failure + ended.cancelled)
    }
}

impl Means {
    fn carry_out(&self, operation: OperationId) -> anyhow::Result<Counters> {
        let bar = ProgressBar::no_length();
        let ended = worker::run_one(&self.pool, &self.network, &self.settings, operation, |counters| {
            bar.set_length(counters.total().unsigned_abs().into());
            show(&bar, "{bar:40} {human_pos} of {human_len} SIMs", counters.ended().unsigned_abs().into());
        });
        bar.finish_and_clear();
        Ok(ended?)
    }
}
