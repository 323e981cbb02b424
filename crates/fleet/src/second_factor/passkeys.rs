//! Passkeys (`WebAuthn`): keys that people's devices hold, and that sign for the portal's address alone.
//!
//! Whoever uses one has shown the device who they are, by a finger or a PIN: so it is enough by itself, too.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableKey, Passkey as Key, PublicKeyCredential, WebauthnError};

use super::challenges::{self, Awaited, Challenge};
use super::party::Party;
use crate::companies::Name;
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{PasskeyId, UserId};
use crate::people;
use crate::schema::passkeys::dsl;
use crate::schema::users;

/// The most that one person has.
pub const LIMIT: usize = 10;

/// A passkey of a person.
#[derive(Debug, Clone, Queryable)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What the person calls it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What came of an answer.
pub(super) enum Outcome {
    /// It is this person's.
    Right(UserId),
    /// It is nobody's, or not of what was asked; whose passkey it was meant to be, if that is known.
    Wrong(Option<UserId>),
    /// The signature is right, but the counter has gone back: there are two of the key.
    Copied(UserId),
}

/// A person's passkeys, the oldest first.
pub(super) fn list(conn: &mut PgConnection, user: UserId) -> Result<Vec<Passkey>> {
    Ok(dsl::passkeys
        .filter(dsl::user_id.eq(user))
        .order(dsl::id)
        .select((dsl::id, dsl::name, dsl::created_at, dsl::last_used_at))
        .load(conn)?)
}

/// Asks for a new passkey of this person. [`Error::Refused`] if they have as many as may be.
pub fn ask_to_register(conn: &mut PgConnection, party: &Party, user: UserId) -> Result<Challenge> {
    let own = keys(conn, user)?;
    require_room(own.len())?;
    let person = people::find(conn, user)?;
    let known = own.iter().map(|key| key.cred_id().clone()).collect();
    let handle = handle(conn, user)?;
    let (options, awaited) = party
        .webauthn()
        .start_passkey_registration(handle, &person.email, &person.name, Some(known))
        .map_err(fault)?;
    let mut options = serde_json::to_value(options).map_err(|error| Error::Internal(error.to_string()))?;
    // So that it can be found without an address being typed; a device that has no room for that makes one all the same.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = "preferred".into();
    challenges::keep(conn, Some(user), &Awaited::Registration(awaited), &options)
}

/// Stores the passkey that a device has made, as `awaited`.
pub(super) fn insert(
    conn: &mut PgConnection,
    party: &Party,
    user: UserId,
    awaited: Option<Awaited>,
    name: &Name,
    answer: &str,
) -> Result<()> {
    let Some(Awaited::Registration(awaited)) = awaited else {
        return Err(Error::refused(
            "This took too long, or was done already. Begin again, and answer within five minutes.",
        ));
    };
    require_room(list(conn, user)?.len())?;
    let finish =
        |answer| party.webauthn().finish_passkey_registration(&answer, &awaited).inspect_err(note).ok();
    let key = parse(answer).and_then(finish).ok_or_else(|| {
        Error::refused("The browser has brought no passkey that is one for this portal. Begin again.")
    })?;
    let stored = diesel::insert_into(dsl::passkeys)
        .values((
            dsl::user_id.eq(user),
            dsl::credential_id.eq(key.cred_id().as_slice()),
            dsl::name.eq(name.as_str()),
            dsl::credential.eq(to_json(&key)?),
        ))
        .execute(conn);
    match stored {
        Err(error) if broken_constraint(&error) == Some("passkeys_credential_id_key") => {
            Err(Error::refused("This passkey is set up already."))
        }
        other => other.map(drop).map_err(Error::from),
    }
}

/// Removes one of a person's passkeys.
pub(super) fn remove(conn: &mut PgConnection, user: UserId, id: PasskeyId) -> Result<()> {
    let own = dsl::passkeys.filter(dsl::id.eq(id)).filter(dsl::user_id.eq(user));
    if diesel::delete(own).execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Removes all of a person's passkeys, and what was asked of them.
pub(super) fn remove_all(conn: &mut PgConnection, user: UserId) -> Result<()> {
    challenges::forget(conn, user)?;
    diesel::delete(dsl::passkeys.filter(dsl::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Asks for the signature of one of this person's passkeys; none if they have none.
pub fn ask_to_prove(conn: &mut PgConnection, party: &Party, user: UserId) -> Result<Option<Challenge>> {
    let own = keys(conn, user)?;
    if own.is_empty() {
        return Ok(None);
    }
    let (options, awaited) = party.webauthn().start_passkey_authentication(&own).map_err(fault)?;
    challenges::keep(conn, Some(user), &Awaited::Proof(awaited), &options).map(Some)
}

/// Asks for the signature of a passkey that says whose it is.
pub fn ask_anybody(conn: &mut PgConnection, party: &Party) -> Result<Challenge> {
    let (mut options, awaited) = party.webauthn().start_discoverable_authentication().map_err(fault)?;
    // It is asked for by a button, not while an address is typed.
    options.mediation = None;
    challenges::keep(conn, None, &Awaited::SignIn(awaited), &options)
}

/// Compares an answer with what is `awaited`, and notes that the passkey was used.
pub(super) fn redeem(
    conn: &mut PgConnection,
    party: &Party,
    awaited: Option<Awaited>,
    answer: &str,
) -> Result<Outcome> {
    let Some(answer) = parse::<PublicKeyCredential>(answer) else { return Ok(Outcome::Wrong(None)) };
    // Locked, so that of two answers with the same counter one is taken.
    let stored: Option<(PasskeyId, UserId, Value, i64)> = dsl::passkeys
        .filter(dsl::credential_id.eq(answer.get_credential_id()))
        .select((dsl::id, dsl::user_id, dsl::credential, dsl::counter))
        .for_update()
        .first(conn)
        .optional()?;
    let Some((id, user, stored, counter)) = stored else { return Ok(Outcome::Wrong(None)) };
    let mut key = from_json(stored)?;
    let webauthn = party.webauthn();
    let result = match awaited {
        Some(Awaited::Proof(awaited)) => webauthn.finish_passkey_authentication(&answer, &awaited),
        Some(Awaited::SignIn(awaited)) => match webauthn.identify_discoverable_authentication(&answer) {
            Ok((said, _)) if said == handle(conn, user)? => {
                let key = DiscoverableKey::from(&key);
                webauthn.finish_discoverable_authentication_v2(&answer, awaited, key)
            }
            _ => Err(WebauthnError::InvalidUserUniqueId),
        },
        _ => return Ok(Outcome::Wrong(Some(user))),
    };
    match result {
        // The question may be older than the last answer; a passkey that is kept in step among devices counts nothing.
        Ok(result) if result.counter() == 0 || i64::from(result.counter()) > counter => {
            key.update_credential(&result);
            diesel::update(dsl::passkeys.find(id))
                .set((
                    dsl::credential.eq(to_json(&key)?),
                    dsl::counter.eq(i64::from(result.counter())),
                    dsl::last_used_at.eq(Utc::now()),
                ))
                .execute(conn)?;
            Ok(Outcome::Right(user))
        }
        Ok(_) | Err(WebauthnError::CredentialPossibleCompromise) => Ok(Outcome::Copied(user)),
        Err(error) => {
            note(&error);
            Ok(Outcome::Wrong(Some(user)))
        }
    }
}

fn keys(conn: &mut PgConnection, user: UserId) -> Result<Vec<Key>> {
    let own = dsl::passkeys.filter(dsl::user_id.eq(user)).order(dsl::id).select(dsl::credential);
    own.load::<Value>(conn)?.into_iter().map(from_json).collect()
}

fn handle(conn: &mut PgConnection, user: UserId) -> Result<Uuid> {
    Ok(users::table.find(user).select(users::passkey_handle).first(conn)?)
}

fn require_room(present: usize) -> Result<()> {
    if present < LIMIT {
        return Ok(());
    }
    Err(Error::refused(format!("You have {LIMIT} passkeys, and can't have more. Remove one first.")))
}

/// What came from a browser; whatever else comes is no answer.
pub(super) fn parse<T: DeserializeOwned>(answer: &str) -> Option<T> {
    serde_json::from_str(answer).ok()
}

fn to_json(key: &Key) -> Result<Value> {
    serde_json::to_value(key).map_err(|error| Error::Internal(error.to_string()))
}

fn from_json(stored: Value) -> Result<Key> {
    serde_json::from_value(stored).map_err(|error| Error::Internal(error.to_string()))
}

/// Why an answer was wrong: for whoever runs the portal, as it may be set up wrongly.
fn note(error: &WebauthnError) {
    tracing::info!(target: "security", %error, "a passkey was refused");
}

fn fault(error: WebauthnError) -> Error {
    Error::Internal(error.to_string())
}
