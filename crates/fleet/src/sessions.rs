//! Sessions of the browser, kept in the database so that any portal process can serve any of them.
//!
//! Only the SHA-256 of a session's key is stored: who reads the table can't take a session over.
//!
//! A session ends when it was not used for a while, and some time after sign-in, used or not. An installation allows
//! [`IDLE`] and [`ABSOLUTE`]; a company can allow its people less (see [`crate::security`]). A person of several
//! companies has the least of what these allow, whichever is in focus: changing the focus is no way around a limit.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::audit::{self, Action};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, SessionUid, UserId};
use crate::password_links;
use crate::people::Person;
use crate::schema::sessions::dsl;
use crate::tenancy::{self, CompanyScope, Permission};

/// A session ends when it was not used for this long, at the latest.
pub const IDLE: TimeDelta = TimeDelta::hours(8);
/// A session ends this long after sign-in, used or not, at the latest.
pub const ABSOLUTE: TimeDelta = TimeDelta::days(7);
/// For so long a sign-in stands for the password of whoever has none, and a second factor for itself.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);
/// The use of a session is noted at most this often, so that not every page view writes.
pub const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);
/// The most sessions that a person is shown.
const SHOWN: i64 = 100;

/// Both limits of the sessions `s`, from what their person's companies allow. An aggregate: it has a row for each person.
const LIMITS: &str = "(expires_at, ends_at) = (SELECT \
        s.last_used_at + coalesce(min(c.session_idle_minutes), 480) * interval '1 minute', \
        s.created_at + coalesce(min(c.session_hours), 168) * interval '1 hour' \
    FROM memberships m JOIN companies c ON c.id = m.company_id WHERE m.user_id = s.user_id)";

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// Whose a session is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner {
    /// Who is signed in.
    pub signed_in: Option<UserId>,
    /// Who has still to show their second factor.
    pub pending: Option<UserId>,
}

/// A session that has not ended.
#[derive(Debug, Clone, Queryable)]
pub struct Loaded {
    /// What is in it.
    pub state: Value,
    /// Its name.
    pub uid: SessionUid,
    /// When its use was last noted.
    pub last_used_at: DateTime<Utc>,
}

/// The session with this key, unless it has ended.
pub fn load(conn: &mut PgConnection, key: &str) -> Result<Option<Loaded>> {
    Ok(dsl::sessions
        .find(hash(key))
        .filter(dsl::expires_at.gt(now))
        .filter(dsl::ends_at.gt(now))
        .select((dsl::state, dsl::uid, dsl::last_used_at))
        .first(conn)
        .optional()?)
}

/// Notes that a session is in use, which moves its idle limit on.
pub fn touch(conn: &mut PgConnection, uid: SessionUid) -> Result<()> {
    conn.transaction(|conn| {
        // One that has ended meanwhile must not come back.
        let live = dsl::sessions.filter(dsl::uid.eq(uid)).filter(dsl::expires_at.gt(now));
        diesel::update(live).set(dsl::last_used_at.eq(now)).execute(conn)?;
        let sql = format!("UPDATE sessions s SET {LIMITS} WHERE s.uid = $1");
        diesel::sql_query(sql).bind::<Uuid, _>(uid).execute(conn)?;
        Ok(())
    })
}

/// Gives the sessions of the company's people the limits that hold now.
pub(crate) fn limit_all(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    let sql = format!(
        "UPDATE sessions s SET {LIMITS} \
         WHERE s.user_id IN (SELECT user_id FROM memberships WHERE company_id = $1)"
    );
    let limit = diesel::sql_query(sql).bind::<BigInt, _>(company);
    tenancy::beyond(conn, |conn| limit.execute(conn))?;
    Ok(())
}

/// Stores a new session of `owner` at `device`.
pub fn insert(conn: &mut PgConnection, key: &str, owner: Owner, device: &str, state: &Value) -> Result<()> {
    conn.transaction(|conn| {
        let uid = diesel::insert_into(dsl::sessions)
            .values((
                dsl::key_hash.eq(hash(key)),
                dsl::user_id.eq(owner.signed_in),
                dsl::pending_user_id.eq(owner.pending),
                dsl::device.eq(device),
                dsl::state.eq(state),
                dsl::expires_at.eq(Utc::now() + IDLE),
            ))
            .returning(dsl::uid)
            .get_result(conn)?;
        touch(conn, uid)
    })
}

/// Whether the person of this session has signed in within the last [`FRESH`].
pub fn is_fresh(conn: &mut PgConnection, uid: SessionUid) -> Result<bool> {
    let fresh = dsl::sessions.filter(dsl::uid.eq(uid)).filter(dsl::created_at.gt(Utc::now() - FRESH));
    Ok(diesel::select(diesel::dsl::exists(fresh)).get_result(conn)?)
}

/// Replaces a session's state, and its key where `from_now_on` is another; false if there is no such session any more.
pub fn update(
    conn: &mut PgConnection,
    key: &str,
    from_now_on: &str,
    owner: Owner,
    state: &Value,
) -> Result<bool> {
    let owner = (dsl::user_id.eq(owner.signed_in), dsl::pending_user_id.eq(owner.pending));
    let changed = diesel::update(dsl::sessions.find(hash(key)))
        .set((dsl::key_hash.eq(hash(from_now_on)), owner, dsl::state.eq(state)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// A session as its person sees it.
#[derive(Debug, Clone, Queryable)]
pub struct Session {
    /// Its name.
    pub uid: SessionUid,
    /// The browser, and the system that it runs on.
    pub device: String,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
}

/// The sessions of a person, those in use first.
pub fn list(conn: &mut PgConnection, user: UserId) -> Result<Vec<Session>> {
    Ok(dsl::sessions
        .filter(dsl::user_id.eq(user))
        .filter(dsl::expires_at.gt(now))
        .filter(dsl::ends_at.gt(now))
        .order((dsl::last_used_at.desc(), dsl::uid))
        .limit(SHOWN)
        .select((dsl::uid, dsl::device, dsl::created_at, dsl::last_used_at, dsl::ends_at))
        .load(conn)?)
}

/// Ends one session of a person; [`Error::NotFound`] if it is none of theirs.
pub fn end(conn: &mut PgConnection, user: UserId, uid: SessionUid, from: Option<IpAddr>) -> Result<()> {
    let own = dsl::sessions.filter(dsl::uid.eq(uid)).filter(dsl::user_id.eq(user));
    if diesel::delete(own).execute(conn)? == 0 {
        return Err(Error::NotFound);
    }
    audit::note_person(conn, user, Action::SessionsEnded, from)
}

/// Ends all sessions of a person but `kept`, and sign-ins that have begun. Says how many those were.
pub fn end_others(
    conn: &mut PgConnection,
    user: UserId,
    kept: SessionUid,
    from: Option<IpAddr>,
) -> Result<usize> {
    let own = dsl::user_id.eq(user).or(dsl::pending_user_id.eq(user));
    let others = dsl::sessions.filter(own).filter(dsl::uid.ne(kept));
    let ended = diesel::delete(others).execute(conn)?;
    if ended > 0 {
        audit::note_person(conn, user, Action::SessionsEnded, from)?;
    }
    Ok(ended)
}

/// Ends all sessions of a user of the company in focus, for who has all rights that they have in each of their companies: a session
/// is the person's, and not of one company.
pub fn end_of_user(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<Person> {
    scope.require(Permission::PeopleManage)?;
    conn.transaction(|conn| {
        if id == scope.user() {
            return Err(Error::refused("End your own sessions in My profile."));
        }
        let person = password_links::require_all_of(conn, scope, id, "end the sessions")?;
        audit::note_to_person(conn, id, Action::SessionsEnded, Some(scope))?;
        delete_all(conn, id)?;
        Ok(person)
    })
}

/// Ends a session.
pub fn delete(conn: &mut PgConnection, key: &str) -> Result<()> {
    diesel::delete(dsl::sessions.find(hash(key))).execute(conn)?;
    Ok(())
}

/// Ends all sessions of a person, wherever they are signed in, and sign-ins that have begun.
pub fn delete_all(conn: &mut PgConnection, user: UserId) -> Result<()> {
    let own = dsl::sessions.filter(dsl::user_id.eq(user).or(dsl::pending_user_id.eq(user)));
    tenancy::beyond(conn, |conn| diesel::delete(own).execute(conn))?;
    Ok(())
}

/// Removes the sessions that have ended, and says how many those were.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    let ended = dsl::sessions.filter(dsl::expires_at.lt(now).or(dsl::ends_at.lt(now)));
    Ok(diesel::delete(ended).execute(conn)?)
}
