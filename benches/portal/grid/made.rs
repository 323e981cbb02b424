//! A database with many SIMs, made in minutes: without triggers and indexes, which come after.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};
use fleet::ids::{CompanyId, SimListUid, UserId};
use fleet::sim_lists::{self, Layout, Source};
use fleet::sims::SimType;
use fleet::tenancy::{CompanyScope, Role};
use fleet::testing;
use simyard::cluster::{ClusterOptions, PrivateCluster};

use crate::world::{EMAIL, PASSWORD};

/// How many SIMs the measured company has at most; the others are of a thousand companies, some large, most small.
pub(super) const MEASURED: i64 = 1_000_000;

pub(crate) struct Made {
    pub(crate) cluster: PrivateCluster,
    pub(crate) url: String,
    pub(crate) scope: CompanyScope,
    /// A short list and a long one.
    pub(crate) lists: [SimListUid; 2],
    directory: PathBuf,
}

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

impl Made {
    pub(crate) fn build(sims: i64) -> anyhow::Result<Self> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-grid-{sims}"));
        if let Ok(kept) = fs::read_to_string(directory.with_extension("kept")) {
            return Self::again(directory, &kept);
        }
        if directory.exists() {
            fs::remove_dir_all(&directory).context("the cluster of an earlier run")?;
        }
        let cluster = PrivateCluster::start(&ClusterOptions::durable(&directory))?;
        let url = cluster.ensure_database("bench")?;
        let mut conn = PgConnection::establish(&url)?;
        fleet::db::migrate(&mut conn)?;
        let (company, uid) = testing::company(&mut conn, None, "Bench Main")?;
        companies(&mut conn, company)?;
        fill(&mut conn, sims, company)?;
        let user = testing::person(&mut conn, EMAIL, &bcrypt::hash(PASSWORD, 12)?)?;
        testing::member(&mut conn, user, company, Role::Administrator)?;
        let scope = testing::scope(&mut conn, user, uid)?;
        let lists = [list(&mut conn, &scope, 997)?, list(&mut conn, &scope, 7)?];
        conn.batch_execute("VACUUM ANALYZE")?;
        conn.batch_execute("CHECKPOINT")?;
        let kept = format!("{uid} {} {}", lists[0], lists[1]);
        fs::write(directory.with_extension("kept"), kept)?;
        Ok(Self { cluster, url, scope, lists, directory })
    }

    /// What an earlier run has kept, with the schema of today.
    fn again(directory: PathBuf, kept: &str) -> anyhow::Result<Self> {
        let [company, short, long] = kept.split(' ').collect::<Vec<_>>()[..] else {
            anyhow::bail!("what was kept is not of this bench: {kept}");
        };
        let cluster = PrivateCluster::start(&ClusterOptions::durable(&directory))?;
        let url = cluster.ensure_database("bench")?;
        let mut conn = PgConnection::establish(&url)?;
        fleet::db::migrate(&mut conn)?;
        // A migration may have written a table anew, of which no index is then enough by itself.
        conn.batch_execute("VACUUM ANALYZE")?;
        let user = UserId(testing::number(&mut conn, "SELECT min(id) AS number FROM users")?);
        let scope = testing::scope(&mut conn, user, company.parse()?)?;
        let lists = [short.parse()?, long.parse()?];
        Ok(Self { cluster, url, scope, lists, directory })
    }

    /// Gives the disk back, unless `SIMYARD_BENCH_KEEP` is set: then the next run of this size takes what is there.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        self.cluster.stop();
        if std::env::var_os("SIMYARD_BENCH_KEEP").is_some() {
            return Ok(());
        }
        fs::remove_file(self.directory.with_extension("kept"))?;
        fs::remove_dir_all(self.directory).context("the cluster of this run")
    }
}

/// Nine offers of the measured company, of which the last is on a few SIMs alone; labels; and a thousand others.
fn companies(conn: &mut PgConnection, measured: CompanyId) -> anyhow::Result<()> {
    for place in 1..=9 {
        testing::offer(conn, measured, &format!("Offer {place}"), SimType::ALL)?;
    }
    for place in 1..=1_000 {
        let (other, _) = testing::company(conn, None, &format!("Bench Other {place}"))?;
        testing::offer(conn, other, "Offer", SimType::ALL)?;
    }
    let labels = ["everywhere", "seldom", "hardly", "last"];
    for label in labels {
        diesel::sql_query("INSERT INTO labels (company_id, name) VALUES ($1, $2)")
            .bind::<BigInt, _>(measured)
            .bind::<Text, _>(label)
            .execute(conn)?;
    }
    conn.batch_execute(
        "CREATE FUNCTION h(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
             AS 'SELECT abs(hashint8extended($1, $2))';
         CREATE TABLE made_companies (place, company_id)
             AS SELECT row_number() OVER (ORDER BY id) - 1, id FROM companies;
         CREATE TABLE made_offers (company_id, place, id)
             AS SELECT company_id, row_number() OVER (PARTITION BY company_id ORDER BY id), id FROM offers;
         ALTER TABLE made_companies ADD PRIMARY KEY (place);
         ALTER TABLE made_offers ADD PRIMARY KEY (company_id, place);
         ANALYZE made_companies; ANALYZE made_offers",
    )?;
    Ok(())
}

fn fill(conn: &mut PgConnection, sims: i64, measured: CompanyId) -> anyhow::Result<()> {
    let indexes: Vec<Definition> = diesel::sql_query(
        "SELECT indexname AS name, indexdef AS definition FROM pg_indexes
         WHERE tablename = 'sims' AND indexname <> 'sims_pkey'",
    )
    .load(conn)?;
    conn.batch_execute(
        "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'",
    )?;
    for index in &indexes {
        conn.batch_execute(&format!("DROP INDEX {}", index.name))?;
    }
    diesel::sql_query(include_str!("fill.sql"))
        .bind::<BigInt, _>(sims)
        .bind::<BigInt, _>(sims.min(MEASURED))
        .bind::<BigInt, _>(measured)
        .execute(conn)?;
    for index in &indexes {
        conn.batch_execute(&index.definition)?;
    }
    conn.batch_execute(
        "INSERT INTO sim_counts SELECT company_id, state, count(*) FROM sims GROUP BY 1, 2;
         INSERT INTO sim_group_counts
             SELECT company_id, state, sim_type, coalesce(offer_id, 0), count(*) FROM sims GROUP BY 1, 2, 3, 4;
         INSERT INTO sim_labels
             SELECT label_id, iccid, company_id, id, state, sim_type, offer_id, label_ids, activated_at, changed_at,
                 imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth
             FROM sims CROSS JOIN unnest(label_ids) AS of (label_id) ORDER BY 1, 2;
         INSERT INTO sim_label_counts SELECT label_id, count(*) FROM sim_labels GROUP BY 1;
         RESET session_replication_role; RESET maintenance_work_mem; RESET work_mem",
    )?;
    Ok(())
}

/// A list of every so many SIMs of the company.
fn list(conn: &mut PgConnection, scope: &CompanyScope, every: i64) -> anyhow::Result<SimListUid> {
    #[derive(QueryableByName)]
    struct Iccids {
        #[diesel(sql_type = Text)]
        iccids: String,
    }
    let company = scope.company_id();
    let found: Iccids = diesel::sql_query(
        "SELECT string_agg(iccid, E'\\n') AS iccids FROM sims WHERE company_id = $1 AND h(id, 18) % $2 = 0",
    )
    .bind::<BigInt, _>(company)
    .bind::<BigInt, _>(every)
    .get_result(conn)?;
    let source =
        Source { text: found.iccids.as_bytes(), layout: Layout::Table, origin: format!("one in {every}") };
    Ok(sim_lists::create(conn, scope, source)?.uid)
}
