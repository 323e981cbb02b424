//! Operations on 10,000, 100,000 and 1,000,000 SIMs beside the best plain SQL that writes the same rows, and the grid
//! while the largest of them runs.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _};
use fleet::testing;

use crate::portal::Portal;
use crate::world::{Size, World};
use crate::{Effort, asking, load, median};

const SIZES: [i32; 3] = [10_000, 100_000, 1_000_000];
/// More of them take minutes each: they are measured once.
const LARGE: i32 = 1_000_000;

/// The rows of an operation and its tasks, by one transaction of set statements: nothing is claimed, leased or shown
/// on the way. Then come the SIMs, then the end of the tasks.
const BEGIN: &str = "
    INSERT INTO operations (company_id, kind, state, target_company_id, offer_id, selection, launched_by, finished_at)
    SELECT c.id, 'KIND', 'finished', TARGET, OFFER, '{}', u.id, now()
    FROM companies c, users u WHERE c.name = 'Bench Main' LIMIT 1;
    INSERT INTO tasks (operation_id, position, sim_id, before_company_id, before_state, before_offer_id)
    SELECT (SELECT max(id) FROM operations), row_number() OVER (ORDER BY iccid), id, company_id, state, offer_id
    FROM sims WHERE company_id = (SELECT id FROM companies WHERE name = 'FROM');";
const MOVE: &str = "
    UPDATE sims SET company_id = t.id, label_ids = '{}', name = NULL, changed_at = now()
    FROM tasks, companies t
    WHERE tasks.operation_id = (SELECT max(id) FROM operations) AND sims.id = tasks.sim_id AND t.name = 'TO';
    UPDATE tasks SET state = 'success', moved_to_company_id = t.id, finished_at = now()
    FROM companies t WHERE operation_id = (SELECT max(id) FROM operations) AND t.name = 'TO';";
/// With what the simulated network writes in its own ledger, and the state in between.
const ACTIVATE: &str = "
    UPDATE tasks SET state = 'in_progress' WHERE operation_id = (SELECT max(id) FROM operations);
    INSERT INTO simulated_network_requests (key, imsi, action, accepted)
    SELECT 'plain-' || tasks.operation_id || '-' || tasks.position, sims.imsi, 'activate', true
    FROM tasks JOIN sims ON sims.id = tasks.sim_id WHERE tasks.operation_id = (SELECT max(id) FROM operations);
    UPDATE sims SET state = 'active', offer_id = (SELECT min(id) FROM offers), activated_at = now(), changed_at = now()
    FROM tasks WHERE tasks.operation_id = (SELECT max(id) FROM operations) AND sims.id = tasks.sim_id;
    UPDATE tasks SET state = 'success', finished_at = now()
    WHERE operation_id = (SELECT max(id) FROM operations);";

pub(crate) fn measure(effort: Effort) -> anyhow::Result<()> {
    println!("\noperations               SIMs     SIMs/s   seconds   plain SQL   ratio");
    for sims in SIZES {
        let world = World::build(Size { sims, all_in_inventory: true })?;
        let portal = Portal::start(&world.url)?;
        let bench = Bench { portal, world, sims };
        let rounds = if sims >= LARGE { 1 } else { effort.rounds };
        bench.world.settle()?;
        asking::of_transfers(&bench.portal, &bench.world)?;
        bench.transfers(rounds, effort)?;
        bench.activations(rounds)?;
        println!("  peak memory of the portal: {:.1} MB", bench.portal.peak_memory_mb()?);
    }
    Ok(())
}

pub(crate) struct Bench {
    /// Before its database, so that it ends before that.
    pub(crate) portal: Portal,
    pub(crate) world: World,
    pub(crate) sims: i32,
}

impl Bench {
    /// There by a transfer, back by its recall; there and back again in plain SQL.
    fn transfers(&self, rounds: usize, effort: Effort) -> anyhow::Result<()> {
        let (mut there, mut back, mut plain_there, mut plain_back) = (vec![], vec![], vec![], vec![]);
        for _ in 0..rounds {
            self.world.settle()?;
            let target = self.world.target.to_string();
            let transfer = [("kind", "transfer"), ("target", target.as_str())];
            there.push(if self.sims >= LARGE {
                self.beside_the_grid(effort, || self.launch_and_wait(&transfer))?
            } else {
                self.launch_and_wait(&transfer)?
            });
            self.world.settle()?;
            let moved = self.newest()?;
            if back.is_empty() {
                asking::of_recall(&self.portal, &self.world, moved)?;
            }
            back.push(self.recall_and_wait(moved)?);
            for (times, from, to) in [
                (&mut plain_there, "Bench Main", "Bench Target"),
                (&mut plain_back, "Bench Target", "Bench Main"),
            ] {
                self.world.settle()?;
                let begin =
                    BEGIN.replace("KIND", "transfer").replace("TARGET", "(SELECT max(id) FROM companies)");
                let statements = format!("{begin}{MOVE}").replace("OFFER", "NULL");
                times.push(self.plain(
                    &statements.replace("FROM'", &format!("{from}'")).replace("TO'", &format!("{to}'")),
                )?);
            }
        }
        self.tell("transfer", there, plain_there);
        self.tell("recall", back, plain_back);
        Ok(())
    }

    /// Activates all; between two rounds the SIMs are put back by hand.
    fn activations(&self, rounds: usize) -> anyhow::Result<()> {
        let offer =
            testing::number(&mut self.world.connect()?, "SELECT min(id) AS number FROM offers")?.to_string();
        let (mut through, mut plain) = (vec![], vec![]);
        for _ in 0..rounds {
            self.put_back()?;
            through.push(self.launch_and_wait(&[("kind", "activate"), ("offer", offer.as_str())])?);
            if plain.is_empty() {
                self.world.settle()?;
                asking::of_termination(&self.portal, &self.world, self.sims)?;
            }
            self.put_back()?;
            let begin = BEGIN.replace("KIND", "activate").replace("TARGET", "NULL").replace("OFFER", &offer);
            plain.push(self.plain(&format!("{begin}{ACTIVATE}").replace("FROM'", "Bench Main'"))?);
        }
        self.tell("activation", through, plain);
        Ok(())
    }

    fn put_back(&self) -> anyhow::Result<()> {
        self.world.connect()?.batch_execute(
            "UPDATE sims SET state = 'inventory', offer_id = NULL, activated_at = NULL WHERE state <> 'inventory'",
        )?;
        self.world.settle()
    }

    /// Launches an act on all SIMs, and says how long it took until the last one was done.
    pub(crate) fn launch_and_wait(&self, act: &[(&str, &str)]) -> anyhow::Result<Duration> {
        let key = uuid::Uuid::now_v7().to_string();
        let mut form = vec![("selection", "matching"), ("filter", ""), ("launch_key", &key)];
        form.extend(act);
        let begun = Instant::now();
        self.portal.post("/fleet", "/operations", &form)?;
        let launched = begun.elapsed();
        ensure!(launched < Duration::from_secs(1) || self.sims < LARGE, "the launch took {launched:?}");
        self.wait(begun)
    }

    fn recall_and_wait(&self, number: i64) -> anyhow::Result<Duration> {
        let key = uuid::Uuid::now_v7().to_string();
        let number = number.to_string();
        let begun = Instant::now();
        let form = [
            ("kind", "recall"),
            ("selection", "changed"),
            ("operation", &number),
            ("recalls", &number),
            ("launch_key", &key),
        ];
        self.portal.post("/fleet", "/operations", &form)?;
        self.wait(begun)
    }

    fn newest(&self) -> anyhow::Result<i64> {
        Ok(testing::number(&mut self.world.connect()?, "SELECT max(id) AS number FROM operations")?)
    }

    /// The time since `begun` when the newest operation has ended well.
    fn wait(&self, begun: Instant) -> anyhow::Result<Duration> {
        let number = self.newest()?;
        let mut conn = self.world.connect()?;
        let deadline = begun + Duration::from_mins(15);
        loop {
            let operation: serde_json::Value = serde_json::from_str(
                &self.portal.get(&format!("/operations/{number}"), "application/json")?,
            )?;
            if operation["state"] == "finished" {
                ensure!(operation["counters"]["success"] == self.sims, "not every SIM was done: {operation}");
                return Ok(begun.elapsed());
            }
            ensure!(Instant::now() < deadline, "the operation does not end: {operation}");
            // A look takes as long as one more statement; the deadline bounds the loop.
            diesel::sql_query("SELECT pg_sleep(0.02)").execute(&mut conn).context("a pause")?;
        }
    }

    fn plain(&self, statements: &str) -> anyhow::Result<Duration> {
        let mut conn = self.world.connect()?;
        let begun = Instant::now();
        conn.transaction(|conn| conn.batch_execute(statements))?;
        Ok(begun.elapsed())
    }

    /// Loads the grid all the time that `work` takes, and says how much slower it was than before.
    fn beside_the_grid(
        &self,
        effort: Effort,
        work: impl FnOnce() -> anyhow::Result<Duration>,
    ) -> anyhow::Result<Duration> {
        let url = format!("{}/fleet", self.portal.address);
        let idle = load::wrk(&url, &self.portal.cookie, 1, effort.period, None)?;
        let (busy, time) = std::thread::scope(|scope| {
            let grid = scope.spawn(|| load::wrk(&url, &self.portal.cookie, 1, effort.period * 3, None));
            let time = work();
            (grid.join(), time)
        });
        let busy = busy.map_err(|_| anyhow::anyhow!("the load of the grid broke off"))??;
        println!(
            "  the grid while a transfer of {} runs: p99 {:.2} ms, idle {:.2} ms: {:.2} times (aim: at most 3)",
            self.sims,
            busy.p99_ms,
            idle.p99_ms,
            busy.p99_ms / idle.p99_ms,
        );
        time
    }

    fn tell(&self, what: &str, through: Vec<Duration>, plain: Vec<Duration>) {
        let seconds = |times: Vec<Duration>| median(times.iter().map(Duration::as_secs_f64).collect());
        let (through, plain) = (seconds(through), seconds(plain));
        println!(
            "  {what:<12} {:>14} {:>10.0} {through:>9.2} {plain:>11.2} {:>7.2}   (aim: at most 1.5)",
            self.sims,
            f64::from(self.sims) / through,
            through / plain,
        );
    }
}
