//! The circuit breaker: a network that does not answer is left alone for a while, each time longer, and then tried with
//! one step.
//!
//! Where this stands is in the database, so that all workers know it and people can see it. It is written when something
//! changes, not with each call.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::error::Result;
use crate::hearsay::brief;
use crate::schema::network_states;

/// How many calls in a row nobody has to answer before a network is left alone.
const SILENT_CALLS: i32 = 5;
/// How long it is left alone at first, and at most. Each time differs by up to a quarter, so that those who wait do not
/// all come at once.
const AT_FIRST: &str = "interval '5 seconds'";
const AT_MOST: &str = "interval '5 minutes'";
/// How long a try may take before somebody else makes one.
const TRY: &str = "interval '1 minute'";

/// Whether a network may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may, and there is nothing to note if it answers.
    Usual,
    /// It may, and it is worth noting if it answers.
    Noteworthy,
    /// It may by this caller alone, to see whether it answers again.
    Try,
    /// It may not.
    HeldBack {
        /// For how long.
        wait: Duration,
    },
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Bool)]
    is_open: bool,
    #[diesel(sql_type = Bool)]
    is_usual: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    held_ms: Option<i64>,
}

fn standing(conn: &mut PgConnection, network: &str) -> Result<Option<Standing>> {
    const SQL: &str = "SELECT open_since IS NOT NULL AS is_open, \
             silent = 0 AND last_success_at > clock_timestamp() - interval '1 minute' IS TRUE AS is_usual, \
             ceil(extract(epoch FROM held_until - clock_timestamp()) * 1000)::bigint AS held_ms \
         FROM network_states WHERE network = $1";
    Ok(diesel::sql_query(SQL).bind::<Text, _>(network).get_result(conn).optional()?)
}

/// Asks whether the network of that name may be asked now. Of several who come when it may be tried, one may.
pub fn admit(conn: &mut PgConnection, network: &str) -> Result<Admission> {
    let Some(now) = standing(conn, network)? else { return Ok(Admission::Noteworthy) };
    if !now.is_open {
        return Ok(if now.is_usual { Admission::Usual } else { Admission::Noteworthy });
    }
    let try_it = format!(
        "UPDATE network_states SET held_until = clock_timestamp() + {TRY} \
         WHERE network = $1 AND open_since IS NOT NULL AND held_until <= clock_timestamp()"
    );
    if diesel::sql_query(try_it).bind::<Text, _>(network).execute(conn)? > 0 {
        return Ok(Admission::Try);
    }
    let held_ms = standing(conn, network)?.filter(|now| now.is_open).and_then(|now| now.held_ms);
    Ok(held_ms.map_or(Admission::Noteworthy, |ms| Admission::HeldBack {
        wait: Duration::from_millis(u64::try_from(ms).unwrap_or(0)),
    }))
}

/// The network has answered: it may be asked, and what waited for that may go on.
pub fn answered(conn: &mut PgConnection, network: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO network_states AS s (network, last_success_at) VALUES ($1, clock_timestamp()) \
         ON CONFLICT (network) DO UPDATE SET silent = 0, open_since = NULL, held_until = NULL, failed_tries = 0, \
             last_success_at = excluded.last_success_at";
    let was_open = standing(conn, network)?.is_some_and(|now| now.is_open);
    diesel::sql_query(SQL).bind::<Text, _>(network).execute(conn)?;
    if was_open {
        tracing::info!(network, "the network answers again");
        crate::operations::network_is_back(conn)?;
    }
    Ok(())
}

/// The network has answered nothing of a call. A `try` that fails has it left alone for longer.
pub fn was_silent(conn: &mut PgConnection, network: &str, is_try: bool, problem: Option<&str>) -> Result<()> {
    let sql = format!(
        "INSERT INTO network_states AS s (network, silent, last_problem, last_problem_at) \
             VALUES ($1, 1, $3, clock_timestamp()) \
         ON CONFLICT (network) DO UPDATE SET silent = least(s.silent + 1, 1000000), \
             last_problem = coalesce(excluded.last_problem, s.last_problem), \
             last_problem_at = excluded.last_problem_at, \
             open_since = CASE WHEN s.silent + 1 >= {SILENT_CALLS} \
                 THEN coalesce(s.open_since, clock_timestamp()) END, \
             failed_tries = CASE WHEN $2 THEN least(s.failed_tries + 1, 1000) ELSE s.failed_tries END, \
             held_until = CASE WHEN $2 OR (s.open_since IS NULL AND s.silent + 1 >= {SILENT_CALLS}) \
                 THEN clock_timestamp() + (0.75 + random() / 4) \
                     * least({AT_FIRST} * 2 ^ least(s.failed_tries + $2::int, 10), {AT_MOST}) \
                 ELSE s.held_until END \
         RETURNING open_since IS NOT NULL AS is_open, false AS is_usual, NULL::bigint AS held_ms"
    );
    let now: Standing = diesel::sql_query(sql)
        .bind::<Text, _>(network)
        .bind::<Bool, _>(is_try)
        .bind::<Nullable<Text>, _>(problem.map(brief))
        .get_result(conn)?;
    if now.is_open {
        tracing::warn!(network, "the network does not answer and is left alone for a while");
    }
    Ok(())
}

/// How a network is doing.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = network_states, check_for_backend(diesel::pg::Pg))]
pub struct State {
    /// Its name.
    pub network: String,
    /// Calls in a row that nobody answered.
    pub silent: i32,
    /// Since when it is left alone.
    pub open_since: Option<DateTime<Utc>>,
    /// Until when it is left alone, or a try is under way.
    pub held_until: Option<DateTime<Utc>>,
    /// What was in the way last.
    pub last_problem: Option<String>,
    /// When it did not answer last.
    pub last_problem_at: Option<DateTime<Utc>>,
    /// When it answered last, to the minute.
    pub last_success_at: Option<DateTime<Utc>>,
}

/// How the networks are doing that have been asked before.
pub(super) fn states(conn: &mut PgConnection) -> Result<Vec<State>> {
    Ok(network_states::table.order(network_states::network).select(State::as_select()).load(conn)?)
}
