//! A transfer of 100,000 SIMs through the portal beside the best plain SQL that writes the same rows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use fleet::testing;

use crate::portal::Portal;
use crate::world::{self, SIMS, World};
use crate::{Effort, median};

/// The same rows by one transaction of set statements, with nothing claimed, leased or shown on the way.
const PLAIN: &str = "
    INSERT INTO operations (company_id, kind, state, target_company_id, selection, launched_by, finished_at)
    SELECT f.id, 'transfer', 'finished', t.id, '{}', u.id, now()
    FROM companies f, companies t, users u WHERE f.name = 'FROM' AND t.name = 'TO' LIMIT 1;
    INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state, before_offer_id)
    SELECT (SELECT max(id) FROM operations), row_number() OVER (ORDER BY iccid), id, company_id, state, offer_id
    FROM sims WHERE company_id = (SELECT id FROM companies WHERE name = 'FROM');
    UPDATE sims SET company_id = t.id, label_ids = '{}', name = NULL, changed_at = now()
    FROM tasks, companies t
    WHERE tasks.operation_id = (SELECT max(id) FROM operations) AND sims.id = tasks.sim_id AND t.name = 'TO';
    UPDATE tasks SET state = 'success', moved_to_company_id = t.id, finished_at = now()
    FROM companies t WHERE operation_id = (SELECT max(id) FROM operations) AND t.name = 'TO';";

pub(crate) fn measure(world: &World, portal: &Portal, effort: Effort) -> anyhow::Result<()> {
    let mut conn = world.connect()?;
    let (mut through, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        settle(&mut conn)?;
        through.push(through_the_portal(world, portal, &mut conn)?.as_secs_f64());
        settle(&mut conn)?;
        plain.push(plain_sql(&mut conn, "Bench Target", "Bench Main")?.as_secs_f64());
    }
    let (through, plain) = (median(through), median(plain));
    println!(
        "\ntransfer of {SIMS} SIMs: {through:.2} s through the portal, {plain:.2} s in plain SQL: {:.2} times (aim: at most 2)",
        through / plain
    );
    println!("  {:.0} SIMs a second", f64::from(SIMS) / through);
    Ok(())
}

/// The offer travels with the SIMs only where both have it.
fn settle(conn: &mut PgConnection) -> anyhow::Result<()> {
    conn.batch_execute(
        "INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id) \
         SELECT t.id, o.id, o.company_id FROM offers o, companies t WHERE t.name = 'Bench Target' \
         ON CONFLICT DO NOTHING",
    )?;
    world::settle(conn)
}

fn plain_sql(conn: &mut PgConnection, from: &str, to: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    conn.transaction(|conn| {
        conn.batch_execute(&PLAIN.replace("FROM'", &format!("{from}'")).replace("TO'", &format!("{to}'")))
    })?;
    Ok(begun.elapsed())
}

fn through_the_portal(world: &World, portal: &Portal, conn: &mut PgConnection) -> anyhow::Result<Duration> {
    let target = world.target.to_string();
    let key = uuid::Uuid::now_v7().to_string();
    let begun = Instant::now();
    let form = [
        ("kind", "transfer"),
        ("selection", "matching"),
        ("filter", ""),
        ("target", &target),
        ("launch_key", &key),
    ];
    portal.post("/fleet", "/operations", &form)?;
    let number = testing::number(conn, "SELECT max(id) AS number FROM operations")?;
    let deadline = begun + Duration::from_mins(5);
    loop {
        let operation: serde_json::Value =
            serde_json::from_str(&portal.get(&format!("/operations/{number}"), "application/json")?)?;
        if operation["state"] == "finished" {
            ensure!(operation["counters"]["success"] == SIMS, "not every SIM moved: {operation}");
            return Ok(begun.elapsed());
        }
        ensure!(Instant::now() < deadline, "the transfer does not end: {operation}");
        // A look takes as long as one more statement; the deadline bounds the loop.
        diesel::sql_query("SELECT pg_sleep(0.02)").execute(conn).context("a pause")?;
    }
}
