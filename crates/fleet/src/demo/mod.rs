//! The demo fleet: a main account with twelve subaccounts and the past two months of their work, made from a seed.
//!
//! The SIMs come through the same check and the same import as any vendor's. What has happened to them since is played
//! operation by operation, so that each before-image, counter and date is what it would be had people done it.

mod cast;
mod history;
mod layout;
mod schedule;
mod stage;
mod vendor;
mod write;

use std::io::Cursor;

use chrono::{Duration, NaiveTime};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::companies;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::import_drafts::{self, Drafted, Importer, Source};
use crate::operations;
use crate::sim_files::ReadOptions;

/// How large the demo fleet is, and what makes it the same each time.
#[derive(Debug, Clone, Copy)]
pub struct DemoOptions<'a> {
    /// How many SIMs in all.
    pub sims: usize,
    /// Decides everything that is drawn.
    pub seed: u64,
    /// The bcrypt hash of [`DEMO_PASSWORD`](crate::passwords::DEMO_PASSWORD), which all share.
    pub password_hash: &'a str,
}

impl<'a> DemoOptions<'a> {
    /// The usual demo.
    pub fn usual(password_hash: &'a str) -> Self {
        Self { sims: 100_000, seed: 1, password_hash }
    }
}

/// How far the loading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many rows of the file have been checked.
    Check(u32),
    /// SIMs are being loaded.
    Import {
        /// SIMs so far.
        sims: i32,
        /// SIMs in all.
        of: i32,
    },
    /// So many operations of the past are being written.
    History {
        /// How many.
        operations: usize,
    },
}

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSummary {
    /// Companies, the main account with them.
    pub companies: usize,
    /// People who can sign in.
    pub people: usize,
    /// SIMs in all companies.
    pub sims: u64,
    /// Finished operations.
    pub operations: usize,
    /// Their tasks.
    pub tasks: usize,
}

/// Who is worth signing in as: the address, and what one sees then. All have the demo password.
pub const SIGN_INS: [(&str, &str); 4] = [
    ("ada@meridian.example", "administrator of Meridian IoT, Clienticity and Harbourline Logistics"),
    ("omar@meridian.example", "operator of Meridian IoT"),
    ("vera@meridian.example", "viewer of Meridian IoT"),
    ("nora@northwind.example", "administrator of Northwind Metering"),
];

/// Loads the demo fleet; [`Error::Refused`] when there is a company already. All of it or nothing.
pub fn load(
    console: &mut Console,
    options: &DemoOptions<'_>,
    mut progress: impl FnMut(Progress),
) -> Result<DemoSummary> {
    let summary = console.transaction(|conn| load_all(conn, options, &mut progress))?;
    // Every SIM has been written twice: give the space free before people look.
    console.batch_execute("VACUUM (ANALYZE) sims")?;
    Ok(summary)
}

/// Adds an offer on each of `networks` that the main account has none on, so that they can be tried.
pub fn offer_networks(console: &mut Console, networks: &[String]) -> Result<()> {
    console.transaction(|conn| stage::offer_networks(conn, networks))
}

fn load_all(
    conn: &mut PgConnection,
    options: &DemoOptions<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<DemoSummary> {
    // Of two at once, the second one has to see the companies of the first.
    conn.batch_execute("LOCK TABLE companies IN SHARE ROW EXCLUSIVE MODE")?;
    if companies::any(conn)? {
        return Err(Error::refused(
            "There are companies already. The demo fleet is only loaded into an empty installation.",
        ));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let sims = layout::lay_out(options.sims, &mut rng);
    let stage = stage::build(conn, options.password_hash)?;

    let file = vendor::write_file(&sims, options.seed)
        .map_err(|error| Error::Internal(format!("the demo's file: {error}")))?;
    let today = write::today(conn)?;
    let imported_at = (today + Duration::days(schedule::IMPORT_DAY)).and_time(NaiveTime::MIN).and_utc();
    let loaded = import(conn, &stage, file, progress)?;
    write::backdate_import(conn, imported_at)?;
    let launches = schedule::schedule(&sims, today, &mut rng);
    let history = history::play(&sims, launches, imported_at)?;
    progress(Progress::History { operations: history.operations.len() });
    write::write(conn, &stage, &history, imported_at, &mut rng)?;
    stage::backdate(conn, imported_at - Duration::days(30))?;
    Ok(DemoSummary {
        companies: stage.companies.len(),
        people: stage.people.len(),
        sims: loaded,
        operations: history.operations.len(),
        tasks: history.operations.iter().map(|(_, tasks)| tasks.len()).sum(),
    })
}

/// Loads the vendor's file as the first administrator of the main account, and says how many SIMs there are.
fn import(
    conn: &mut PgConnection,
    stage: &stage::Stage,
    file: Vec<u8>,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64> {
    let importer = Importer::of_demo(stage.companies[0], stage.people[0]);
    let source = Source {
        file: Cursor::new(file),
        name: "batch.csv".to_owned(),
        options: ReadOptions::default(),
        columns_of: Vec::new(),
    };
    let drafted = import_drafts::create(conn, importer, source, |rows| progress(Progress::Check(rows)))?;
    let Drafted::Made(draft) = drafted else {
        return Err(Error::Internal(format!("the demo's file is unclear: {drafted:?}")));
    };
    let operation = import_drafts::launch(conn, importer, draft, false)?;
    let counters = operations::load_all(conn, operation, |done| {
        progress(Progress::Import { sims: done.success, of: done.total() });
    })?;
    u64::try_from(counters.success).map_err(|_| Error::Internal("fewer SIMs than none".into()))
}

/// A vendor's file of so many SIMs with valid identifiers, for trying and measuring imports.
pub fn vendor_file(sims: usize, seed: u64) -> Result<Vec<u8>> {
    let sims = layout::lay_out(sims, &mut ChaCha8Rng::seed_from_u64(seed));
    vendor::write_file(&sims, seed).map_err(|error| Error::Internal(error.to_string()))
}
