//! Answers that come later: kept by their keys until the step that waits for one has read it.
//!
//! A request is written down before the network is asked, so that its answer is known however soon it comes. One that
//! comes after its task has ended stays unread, unless somebody asks for the same thing with the same key.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};

use super::http::Callback;
use super::{Outcome, Request};
use crate::error::Result;
use crate::hearsay::brief;
use crate::ids::OperationId;
use crate::operations;

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// Its answer.
    Answer(Outcome),
    /// The network has said that it will answer, and has time left for that.
    ToCome,
    /// It had been asked, and has not answered in its time.
    Overdue,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<Bool>)]
    done: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    message: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    waits: Option<bool>,
}

/// What is known of the requests with these keys, in the order of the keys; of some nothing.
pub(crate) fn known(conn: &mut PgConnection, keys: &[&str]) -> Result<Vec<Option<Known>>> {
    const SQL: &str = "SELECT key, done, message, wait_until > clock_timestamp() AS waits \
         FROM network_answers WHERE key = ANY($1)";
    let rows: Vec<Row> = diesel::sql_query(SQL).bind::<Array<Text>, _>(keys).load(conn)?;
    let mut found: std::collections::HashMap<String, Known> = rows
        .into_iter()
        .map(|row| {
            let known = match (row.done, row.waits) {
                (Some(true), _) => Known::Answer(Outcome::Done),
                (Some(false), _) => {
                    Known::Answer(Outcome::Rejected { message: row.message.unwrap_or_default() })
                }
                (None, Some(true)) => Known::ToCome,
                (None, _) => Known::Overdue,
            };
            (row.key, known)
        })
        .collect();
    Ok(keys.iter().map(|key| found.remove(*key)).collect())
}

/// Writes down that these requests are about to be made for a step.
pub(crate) fn expect(
    conn: &mut PgConnection,
    operation: OperationId,
    first_position: i32,
    requests: &[&Request],
) -> Result<()> {
    const SQL: &str = "INSERT INTO network_answers (key, network, operation_id, first_position, asked_at) \
         SELECT key, network, $3, $4, clock_timestamp() FROM unnest($1, $2) AS asked (key, network) ORDER BY key \
         ON CONFLICT (key) DO UPDATE SET network = excluded.network, operation_id = excluded.operation_id, \
             first_position = excluded.first_position, asked_at = excluded.asked_at, wait_until = NULL";
    if requests.is_empty() {
        return Ok(());
    }
    diesel::sql_query(SQL)
        .bind::<Array<Text>, _>(requests.iter().map(|request| &request.key).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(requests.iter().map(|request| &request.network).collect::<Vec<_>>())
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(first_position)
        .execute(conn)?;
    Ok(())
}

/// Notes how long the answers to these keys may take, in milliseconds.
pub(crate) fn await_answers(conn: &mut PgConnection, waits: &[(&str, i64)]) -> Result<()> {
    const SQL: &str = "UPDATE network_answers SET wait_until = clock_timestamp() + ms * interval '1 millisecond' \
         FROM unnest($1, $2) AS waits (awaited, ms) WHERE key = awaited AND done IS NULL";
    if waits.is_empty() {
        return Ok(());
    }
    let (keys, times): (Vec<&str>, Vec<i64>) = waits.iter().copied().unzip();
    diesel::sql_query(SQL).bind::<Array<Text>, _>(keys).bind::<Array<BigInt>, _>(times).execute(conn)?;
    Ok(())
}

/// Forgets the answers to these keys: they have been read.
pub(crate) fn forget(conn: &mut PgConnection, keys: &[&str]) -> Result<()> {
    if !keys.is_empty() {
        diesel::sql_query("DELETE FROM network_answers WHERE key = ANY($1)")
            .bind::<Array<Text>, _>(keys)
            .execute(conn)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    operation_id: OperationId,
    #[diesel(sql_type = Integer)]
    first_position: i32,
}

/// Keeps the answers of a callback that somebody waits for, and wakes whoever does. The first answer to a key counts;
/// keys that nobody waits for are passed over.
pub fn keep(conn: &mut PgConnection, callback: &Callback) -> Result<()> {
    // Steps before answers, as the workers do it: whoever is about to end one of these steps then reads the answers.
    const STEPS: &str = "UPDATE steps SET not_before = least(not_before, clock_timestamp()) \
         WHERE (operation_id, first_position) IN (SELECT operation_id, first_position FROM steps \
             WHERE (operation_id, first_position) IN (SELECT a.operation_id, a.first_position FROM network_answers a \
                 WHERE a.network = $1 AND a.key = ANY($2) AND a.done IS NULL) \
             AND NOT done ORDER BY operation_id, first_position FOR NO KEY UPDATE) \
         RETURNING operation_id, first_position";
    const ANSWERS: &str = "UPDATE network_answers SET done = told.done, message = told.message \
         FROM (SELECT key, network_answers.network FROM network_answers \
             WHERE network = $1 AND key = ANY($2) AND done IS NULL ORDER BY key FOR NO KEY UPDATE) held \
         JOIN unnest($2, $3, $4) AS told (key, done, message) ON told.key = held.key \
         WHERE network_answers.key = held.key AND network_answers.done IS NULL";
    let keys: Vec<&str> = callback.answers.iter().map(|(key, _)| key.as_str()).collect();
    let done: Vec<bool> = callback.answers.iter().map(|(_, answer)| *answer == Outcome::Done).collect();
    let messages: Vec<Option<String>> = callback
        .answers
        .iter()
        .map(|(_, answer)| match answer {
            Outcome::Rejected { message } => Some(brief(message)),
            _ => None,
        })
        .collect();
    conn.transaction(|conn| {
        let woken: Vec<Waiting> = diesel::sql_query(STEPS)
            .bind::<Text, _>(&callback.network)
            .bind::<Array<Text>, _>(&keys)
            .load(conn)?;
        let kept = diesel::sql_query(ANSWERS)
            .bind::<Text, _>(&callback.network)
            .bind::<Array<Text>, _>(&keys)
            .bind::<Array<Bool>, _>(&done)
            .bind::<Array<Nullable<Text>>, _>(&messages)
            .execute(conn)?;
        tracing::debug!(network = callback.network, told = keys.len(), kept, "a network has answered later");
        if let Some(Waiting { operation_id, first_position }) = woken.first() {
            tracing::trace!(operation = %operation_id, first_position, "woken");
            operations::wake_workers(conn)?;
        }
        Ok(())
    })
}

/// The most that are removed at once.
const PURGED_AT_ONCE: i64 = 5_000;

/// Removes requests of a month ago that nobody waits for any more, with the answers that came too late; says how many.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const SQL: &str = "DELETE FROM network_answers WHERE key IN (SELECT a.key FROM network_answers a \
         JOIN steps ON steps.operation_id = a.operation_id AND steps.first_position = a.first_position AND steps.done \
         WHERE a.asked_at < now() - interval '30 days' ORDER BY a.asked_at LIMIT $1 FOR UPDATE OF a SKIP LOCKED)";
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(PURGED_AT_ONCE).execute(conn)?)
}
