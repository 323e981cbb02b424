//! Signs of life: when the networks last heard of SIMs.
//!
//! Only what has been put in service in a network that is more than pretended has a row. The worker asks
//! about the Active ones in the background, a bounded number at a time, and first about those that it has not asked about for the
//! longest time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};

use crate::db::Pool;
use crate::error::Result;
use crate::ids::{CompanyId, OperationId, SimId};
use crate::network::{Look, Network, SIMULATED, Subject, look_in_time};
use crate::operations::worker::Stop;
use crate::schema::{life_signs, sims};
use crate::tenancy::{CompanyScope, TreeScope};

/// How signs of life are asked for. The defaults are for production.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The most SIMs in a round.
    pub batch: i64,
    /// How long after a round the next one begins.
    pub pause: Duration,
    /// How long a SIM is left alone after it was asked about.
    pub rest: Duration,
    /// How long a network may take.
    pub deadline: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch: 1_000,
            pause: Duration::from_secs(5),
            rest: Duration::from_mins(5),
            deadline: Duration::from_secs(10),
        }
    }
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The subscription's IMSI.
    pub(crate) imsi: String,
    /// When the network heard of it.
    pub(crate) at: DateTime<Utc>,
}

/// A SIM that is asked about.
#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Text)]
    iccid: String,
    #[diesel(sql_type = Text)]
    imsi: String,
    #[diesel(sql_type = Text)]
    network: String,
    #[diesel(sql_type = Bool)]
    is_due: bool,
}

/// When networks last heard of these SIMs, as far as they are the active company's and it is known.
pub fn last_seen(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    ids: &[SimId],
) -> Result<HashMap<SimId, DateTime<Utc>>> {
    seen_in(conn, &[scope.company_id()], ids)
}

/// The same of SIMs of any account of a tree.
pub fn last_seen_in_tree(
    conn: &mut PgConnection,
    tree: &TreeScope,
    ids: &[SimId],
) -> Result<HashMap<SimId, DateTime<Utc>>> {
    seen_in(conn, &tree.ids(), ids)
}

fn seen_in(
    conn: &mut PgConnection,
    companies: &[CompanyId],
    ids: &[SimId],
) -> Result<HashMap<SimId, DateTime<Utc>>> {
    let seen: Vec<(SimId, Option<DateTime<Utc>>)> = life_signs::table
        .inner_join(sims::table)
        .filter(life_signs::sim_id.eq_any(ids))
        .filter(sims::company_id.eq_any(companies))
        .select((life_signs::sim_id, life_signs::last_seen_at))
        .load(conn)?;
    Ok(seen.into_iter().filter_map(|(id, at)| Some((id, at?))).collect())
}

/// Takes the SIMs of tasks of an operation in, which have been activated with this transaction; not those of the
/// network that only pretends.
pub(crate) fn enrol(
    conn: &mut PgConnection,
    operation: OperationId,
    (first, last): (i32, i32),
    positions: &[i32],
) -> Result<()> {
    let sql = format!(
        "INSERT INTO life_signs (sim_id) SELECT tasks.sim_id FROM tasks \
         JOIN operations act ON act.id = tasks.operation_id \
         JOIN offers ON offers.id = act.offer_id AND offers.network <> '{SIMULATED}' \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.position = ANY($4) \
         ORDER BY tasks.sim_id ON CONFLICT (sim_id) DO UPDATE SET looked_at = '-infinity'"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(first)
        .bind::<Integer, _>(last)
        .bind::<Array<Integer>, _>(positions)
        .execute(conn)?;
    Ok(())
}

/// Notes signs of life; what is known to be later stays.
pub(crate) fn note(conn: &mut PgConnection, seen: &[Seen]) -> Result<()> {
    const SQL: &str = "INSERT INTO life_signs AS known (sim_id, last_seen_at, looked_at) \
         SELECT sims.id, max(seen.at), now() FROM unnest($1, $2) AS seen (imsi, at) JOIN sims ON sims.imsi = seen.imsi \
         GROUP BY sims.id ORDER BY sims.id \
         ON CONFLICT (sim_id) DO UPDATE SET looked_at = excluded.looked_at, \
             last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)";
    if seen.is_empty() {
        return Ok(());
    }
    diesel::sql_query(SQL)
        .bind::<Array<Text>, _>(seen.iter().map(|seen| &seen.imsi).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(seen.iter().map(|seen| seen.at).collect::<Vec<_>>())
        .execute(conn)?;
    Ok(())
}

/// Asks the networks that can tell about the SIMs whose turn it is, and says how many turns were taken: as many
/// as a round has room for if there may be more.
///
/// Whoever takes a turn notes that first, so that any number of workers share them, and one that dies or
/// is not answered is late by one round.
pub fn refresh(pool: &Pool, network: &Arc<dyn Network>, pace: &Pace) -> Result<usize> {
    // One that is suspended rests for an hour, and one that no network tells of until it is activated again: they
    // take no turns from the others.
    const SQL: &str = "WITH turn AS (SELECT sim_id FROM life_signs \
             WHERE looked_at < now() - $2 * interval '1 millisecond' \
             ORDER BY looked_at LIMIT $1 FOR UPDATE SKIP LOCKED), \
         asked AS (SELECT sims.id, sims.iccid, sims.imsi, sims.state, coalesce(offers.network, '') AS network, \
             coalesce(offers.network = ANY($3), false) AS can_tell \
             FROM turn JOIN sims ON sims.id = turn.sim_id LEFT JOIN offers ON offers.id = sims.offer_id), \
         taken AS (UPDATE life_signs SET looked_at = CASE WHEN NOT asked.can_tell THEN 'infinity' \
             WHEN asked.state = 'active' THEN now() ELSE now() + interval '1 hour' END \
             FROM asked WHERE life_signs.sim_id = asked.id) \
         SELECT iccid, imsi, network, can_tell AND state = 'active' AS is_due FROM asked";
    let names = network.that_can_look();
    if names.is_empty() {
        return Ok(0);
    }
    let taken: Vec<Asked> = diesel::sql_query(SQL)
        .bind::<BigInt, _>(pace.batch)
        .bind::<BigInt, _>(i64::try_from(pace.rest.as_millis()).unwrap_or(i64::MAX))
        .bind::<Array<Text>, _>(names)
        .load(&mut **pool.get()?)?;
    let subjects: Vec<Subject> = taken
        .iter()
        .filter(|sim| sim.is_due)
        .map(|sim| Subject { iccid: sim.iccid.clone(), imsi: sim.imsi.clone(), network: sim.network.clone() })
        .collect();
    let looks = look_in_time(network, subjects.clone(), Instant::now() + pace.deadline);
    let seen: Vec<Seen> = subjects
        .into_iter()
        .zip(looks)
        .filter_map(|(subject, look)| match look {
            Look::Present(held) => Some(Seen { imsi: subject.imsi, at: held.last_seen? }),
            _ => None,
        })
        .collect();
    note(&mut **pool.get()?, &seen)?;
    Ok(taken.len())
}

/// Asks for signs of life until it is told to stop. To be run on a thread of its own; ends at once where no network
/// can tell.
pub fn run(pool: &Pool, network: &Arc<dyn Network>, pace: &Pace, stop: &Stop) {
    if !network.can_look() {
        return;
    }
    while !stop.is_stopped() {
        if let Err(cause) = refresh(pool, network, pace) {
            tracing::error!(%cause, "signs of life cannot be asked for now");
        }
        if stop.wait(pace.pause) {
            return;
        }
    }
}
