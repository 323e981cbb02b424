//! Sessions of the browser, kept in the database so that any portal process can serve any of them.
//!
//! Only the SHA-256 of a session's key is stored: who reads the table can't take a session over.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::ids::UserId;
use crate::schema::sessions::dsl;

/// A session ends when it was not used for this long.
pub const IDLE: TimeDelta = TimeDelta::hours(8);
/// A session ends this long after sign-in, used or not.
pub const ABSOLUTE: TimeDelta = TimeDelta::days(7);
/// The idle limit is moved on at most this often, so that not every page view writes.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// The state of the session with this key, unless it has ended; using it moves its idle limit on.
pub fn load(conn: &mut PgConnection, key: &str) -> Result<Option<Value>> {
    let found: Option<(Value, DateTime<Utc>)> = dsl::sessions
        .find(hash(key))
        .filter(dsl::expires_at.gt(now))
        .filter(dsl::created_at.gt(Utc::now() - ABSOLUTE))
        .select((dsl::state, dsl::expires_at))
        .first(conn)
        .optional()?;
    let Some((state, expires_at)) = found else { return Ok(None) };
    let limit = idle_limit();
    if expires_at < limit - TOUCH_EVERY {
        diesel::update(dsl::sessions.find(hash(key))).set(dsl::expires_at.eq(limit)).execute(conn)?;
    }
    Ok(Some(state))
}

/// Stores a new session, in which `user` is signed in.
pub fn insert(conn: &mut PgConnection, key: &str, user: Option<UserId>, state: &Value) -> Result<()> {
    diesel::insert_into(dsl::sessions)
        .values((
            dsl::key_hash.eq(hash(key)),
            dsl::user_id.eq(user),
            dsl::state.eq(state),
            dsl::expires_at.eq(idle_limit()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Replaces a session's state; false if there is no such session any more.
pub fn update(conn: &mut PgConnection, key: &str, user: Option<UserId>, state: &Value) -> Result<bool> {
    let changed = diesel::update(dsl::sessions.find(hash(key)))
        .set((dsl::user_id.eq(user), dsl::state.eq(state), dsl::expires_at.eq(idle_limit())))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Ends a session.
pub fn delete(conn: &mut PgConnection, key: &str) -> Result<()> {
    diesel::delete(dsl::sessions.find(hash(key))).execute(conn)?;
    Ok(())
}

/// Ends all sessions of a person, wherever they are signed in.
pub fn delete_all(conn: &mut PgConnection, user: UserId) -> Result<()> {
    diesel::delete(dsl::sessions.filter(dsl::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Removes the sessions that have ended, and says how many those were.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    Ok(diesel::delete(
        dsl::sessions.filter(dsl::expires_at.lt(now).or(dsl::created_at.lt(Utc::now() - ABSOLUTE))),
    )
    .execute(conn)?)
}

fn idle_limit() -> DateTime<Utc> {
    Utc::now() + IDLE
}
