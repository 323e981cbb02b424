//! The data that is measured on: a company with many SIMs, a subaccount, another company, an administrator.

use std::path::Path;

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use fleet::ids::{CompanyUid, UserId};
use fleet::sims::{SimState, SimType};
use fleet::tenancy::Role;
use fleet::testing;
use simyard::cluster::{ClusterOptions, PrivateCluster};

/// How much there is of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// SIMs of the measured company.
    pub(crate) sims: i32,
    /// Whether all of them can be activated; else there are Active and Suspended ones, and as many SIMs again of
    /// another company.
    pub(crate) all_in_inventory: bool,
}
pub(crate) const EMAIL: &str = "ada@bench.example";
pub(crate) const PASSWORD: &str = "a password for benches";
const DATABASE: &str = "bench";

pub(crate) struct World {
    pub(crate) cluster: PrivateCluster,
    pub(crate) url: String,
    pub(crate) target: CompanyUid,
    /// The measured company, and its administrator.
    pub(crate) company: CompanyUid,
    pub(crate) user: UserId,
}

impl World {
    /// A durable cluster, made anew: speed without fsync would mean nothing.
    pub(crate) fn build(size: Size) -> anyhow::Result<Self> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-cluster");
        if directory.exists() {
            std::fs::remove_dir_all(&directory).context("the cluster of an earlier run")?;
        }
        let cluster = PrivateCluster::start(&ClusterOptions::durable(&directory))?;
        let url = cluster.ensure_database(DATABASE)?;
        let mut conn = PgConnection::establish(&url)?;
        fleet::db::migrate(&mut conn)?;
        let (company, user, target) = fill(&mut conn, size)?;
        let world = Self { cluster, url, target, company, user };
        world.settle()?;
        Ok(world)
    }

    /// Leaves nothing of what was written for the next measurement to pay.
    pub(crate) fn settle(&self) -> anyhow::Result<()> {
        let mut conn = self.connect()?;
        // One statement each: VACUUM does not run among others.
        conn.batch_execute("VACUUM ANALYZE")?;
        conn.batch_execute("CHECKPOINT")?;
        Ok(())
    }

    pub(crate) fn connect(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::establish(&self.url)?)
    }
}

fn fill(conn: &mut PgConnection, size: Size) -> anyhow::Result<(CompanyUid, UserId, CompanyUid)> {
    let (main, company) = testing::company(conn, None, "Bench Main")?;
    let (_, target) = testing::company(conn, Some(main), "Bench Target")?;
    let (other, _) = testing::company(conn, None, "Bench Other")?;
    let offer = testing::offer(conn, main, "Standard", SimType::ALL)?;
    let hash = bcrypt::hash(PASSWORD, 12)?;
    let ada = testing::person(conn, EMAIL, &hash)?;
    testing::member(conn, ada, main, Role::Administrator)?;
    testing::offer(conn, other, "Standard", SimType::ALL)?;
    let sam = testing::person(conn, "sam@bench.example", &hash)?;
    testing::member(conn, sam, other, Role::Administrator)?;
    if size.all_in_inventory {
        testing::sims(conn, main, size.sims, SimState::Inventory, None)?;
    } else {
        testing::sims(conn, main, size.sims * 6 / 10, SimState::Inventory, None)?;
        testing::sims(conn, main, size.sims * 3 / 10, SimState::Active, Some(offer))?;
        testing::sims(conn, main, size.sims / 10, SimState::Suspended, Some(offer))?;
        testing::sims(conn, other, size.sims, SimState::Inventory, None)?;
    }
    Ok((company, ada, target))
}
