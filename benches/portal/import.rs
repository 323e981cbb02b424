//! A vendor's file of 1,000,000 rows through the portal (sent, checked, loaded by an operation) beside a bare `COPY` of
//! the same SIMs into the same table with its indexes and counters.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use fleet::{demo, testing};

use crate::portal::Portal;
use crate::world::{Size, World};

const ROWS: i32 = 1_000_000;
/// What the columns of a file become.
const COLUMNS: &str = "company_id, iccid, imsi, msisdn, eid, sim_type, label_ids";

pub(crate) fn measure() -> anyhow::Result<()> {
    let file = demo::vendor_file(usize::try_from(ROWS)?, 1)?;
    let megabytes = file.len() / 1_000_000;
    println!("\nan import of {ROWS} rows ({megabytes} MB)");
    let world = World::build(Size { sims: 0, all_in_inventory: true })?;
    let portal = Portal::start(&world.url)?;
    let idle = portal.peak_memory_mb()?;

    let begun = Instant::now();
    portal.post_body("/fleet", "/imports", "multipart/form-data; boundary=limit", form(&file))?;
    drop(file);
    let sent = begun.elapsed();
    let checking = Instant::now();
    let draft = newest_draft(&world)?;
    wait(&world, "SELECT count(*) AS number FROM import_drafts WHERE checked_at IS NOT NULL")?;
    let checked = checking.elapsed();
    let launching = Instant::now();
    portal.post("/fleet", &format!("/imports/{draft}/operation"), &[])?;
    let launched = launching.elapsed();
    let loading = Instant::now();
    ensure!(launched < Duration::from_secs(1), "the launch took {launched:?}");
    wait(&world, "SELECT count(*) AS number FROM operations WHERE state = 'finished'")?;
    let (loaded_in, through) = (loading.elapsed(), begun.elapsed());
    let loaded = testing::number(&mut world.connect()?, "SELECT count(*) AS number FROM sims")?;
    ensure!(loaded == i64::from(ROWS), "{loaded} SIMs were loaded");
    let memory = portal.peak_memory_mb()?;
    drop(portal);

    let plain = plain(&world)?;
    let seconds = |time: Duration| time.as_secs_f64();
    println!(
        "  sent in {:.2} s, checked in {:.2} s, launched in {:.3} s, loaded in {:.2} s",
        seconds(sent),
        seconds(checked),
        seconds(launched),
        seconds(loaded_in)
    );
    println!("  all of it {:.2} s, {:.0} rows/s", seconds(through), f64::from(ROWS) / seconds(through));
    println!(
        "  a bare COPY {:.2} s: ratio {:.2} (aim: at least 0.4)",
        seconds(plain),
        seconds(plain) / seconds(through)
    );
    println!("  peak memory of the portal: {memory:.1} MB, {idle:.1} MB before");
    Ok(())
}

fn form(file: &[u8]) -> Vec<u8> {
    const HEAD: &[u8] =
        b"--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"batch.csv\"\r\n\
        Content-Type: text/csv\r\n\r\n";
    [HEAD, file, b"\r\n--limit--\r\n"].concat()
}

#[derive(diesel::QueryableByName)]
struct Draft {
    #[diesel(sql_type = Text)]
    uid: String,
}

fn newest_draft(world: &World) -> anyhow::Result<String> {
    let sql = "SELECT uid::text FROM import_drafts ORDER BY id DESC LIMIT 1";
    let Draft { uid } = diesel::sql_query(sql).get_result(&mut world.connect()?)?;
    Ok(uid)
}

/// Waits until the answer is not zero.
fn wait(world: &World, question: &str) -> anyhow::Result<()> {
    let mut conn = world.connect()?;
    let deadline = Instant::now() + Duration::from_mins(15);
    while testing::number(&mut conn, question)? == 0 {
        ensure!(Instant::now() < deadline, "in vain: {question}");
        // A look takes as long as one more statement; the deadline bounds the loop.
        diesel::sql_query("SELECT pg_sleep(0.02)").execute(&mut conn).context("a pause")?;
    }
    Ok(())
}

/// Takes the SIMs out in the order of the file, empties the tables, and copies them back.
fn plain(world: &World) -> anyhow::Result<Duration> {
    let mut conn = world.connect()?;
    // Where the server can write, whoever runs it.
    let path = world.cluster.directory().join("sims.copy");
    let path = path.to_str().context("a path")?;
    conn.batch_execute(&format!("COPY (SELECT {COLUMNS} FROM sims ORDER BY id) TO '{path}'"))?;
    conn.batch_execute("TRUNCATE sims, tasks, sim_labels, sim_label_counts, sim_counts, sim_group_counts, activation_counts CASCADE")?;
    world.settle()?;
    let begun = Instant::now();
    conn.batch_execute(&format!("COPY sims ({COLUMNS}) FROM '{path}'"))?;
    Ok(begun.elapsed())
}
