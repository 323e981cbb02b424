//! What devices have been asked: kept on the server, for a few minutes, and taken once.

use chrono::Utc;
use diesel::PgConnection;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration};

use super::party::PATIENCE;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::schema::passkey_challenges::dsl;

/// What a device is asked.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// What the answer is awaited under; a browser's session keeps it.
    pub uid: Uuid,
    /// What the browser hands to the device, as JSON.
    pub options: String,
}

/// What the answer is compared with.
#[derive(Serialize, Deserialize)]
pub(super) enum Awaited {
    /// A new passkey.
    Registration(PasskeyRegistration),
    /// The signature of one of a person's passkeys.
    Proof(PasskeyAuthentication),
    /// The signature of a passkey that says whose it is.
    SignIn(DiscoverableAuthentication),
}

/// Keeps what `user`, or somebody who is not known yet, is asked.
pub(super) fn keep(
    conn: &mut PgConnection,
    user: Option<UserId>,
    awaited: &Awaited,
    options: &impl Serialize,
) -> Result<Challenge> {
    let uid = Uuid::new_v4();
    let expires_at = Utc::now() + PATIENCE;
    diesel::insert_into(dsl::passkey_challenges)
        .values((
            dsl::uid.eq(uid),
            dsl::user_id.eq(user),
            dsl::awaited.eq(serde_json::to_value(awaited).map_err(fault)?),
            dsl::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(Challenge { uid, options: serde_json::to_string(options).map_err(fault)? })
}

/// Takes what this person was asked: of two who answer at once, one is heard. None if it was answered, or too long ago.
pub(super) fn take(
    conn: &mut PgConnection,
    user: Option<UserId>,
    uid: Option<Uuid>,
) -> Result<Option<Awaited>> {
    let Some(uid) = uid else { return Ok(None) };
    let own = dsl::passkey_challenges
        .filter(dsl::uid.eq(uid))
        .filter(dsl::user_id.is_not_distinct_from(user))
        .filter(dsl::expires_at.gt(Utc::now()));
    let awaited: Option<Value> = diesel::delete(own).returning(dsl::awaited).get_result(conn).optional()?;
    awaited.map(serde_json::from_value).transpose().map_err(fault)
}

/// Forgets what this person was asked.
pub(super) fn forget(conn: &mut PgConnection, user: UserId) -> Result<()> {
    diesel::delete(dsl::passkey_challenges.filter(dsl::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Removes what nobody has answered in time.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    Ok(diesel::delete(dsl::passkey_challenges.filter(dsl::expires_at.lt(Utc::now()))).execute(conn)?)
}

fn fault(error: serde_json::Error) -> Error {
    Error::Internal(error.to_string())
}
