//! Where sessions are kept: in PostgreSQL, under a digest of their keys.

use std::collections::HashMap;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use anyhow::anyhow;
use fleet::db::Pool;
use fleet::sessions::{Loaded, Owner};
use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::Value;

use super::{DEVICE, LAST_USED, NEW_KEY, PENDING, Pending, UID, USER};
use crate::web::db;
use crate::web::error::AppError;

/// The key of a session.
fn random_key() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 64)
}

/// Sessions in PostgreSQL.
#[derive(Clone)]
pub struct PgSessions {
    pool: Pool,
}

impl PgSessions {
    /// Keeps sessions in the database behind `pool`.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

type State = HashMap<String, String>;

fn to_json(state: &State) -> Value {
    state
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn from_json(state: Value) -> Option<State> {
    serde_json::from_value(state).ok()
}

/// What is in a session, with what the database knows of it.
fn loaded(found: Loaded) -> Option<State> {
    let mut state = from_json(found.state)?;
    state.insert(UID.to_owned(), serde_json::to_string(&found.uid).ok()?);
    state.insert(LAST_USED.to_owned(), serde_json::to_string(&found.last_used_at).ok()?);
    Some(state)
}

/// In which kind of browser.
fn device_in(state: &State) -> String {
    state.get(DEVICE).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whose it is; the values of the state are JSON.
fn owner_in(state: &State) -> Owner {
    let user = |text: &String| serde_json::from_str::<String>(text).ok()?.parse().ok();
    let pending = |text: &String| serde_json::from_str::<Pending>(text).ok();
    Owner {
        signed_in: state.get(USER).and_then(user),
        pending: state.get(PENDING).and_then(pending).map(|pending| pending.user),
    }
}

fn cause(error: AppError) -> anyhow::Error {
    anyhow!("{error}")
}

impl SessionStore for PgSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let key = key.as_ref().to_owned();
        db::run(&self.pool, move |conn| fleet::sessions::load(conn, &key))
            .await
            .map(|found| found.and_then(loaded))
            .map_err(|error| LoadError::Other(cause(error)))
    }

    async fn save(&self, mut state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        // It gets a key as it is stored.
        state.remove(NEW_KEY);
        let key = random_key();
        let stored = key.clone();
        let insert = move |conn: &mut _| {
            fleet::sessions::insert(conn, &stored, owner_in(&state), &device_in(&state), &to_json(&state))
        };
        db::run(&self.pool, insert).await.map_err(|error| SaveError::Other(cause(error)))?;
        key.try_into().map_err(|_| SaveError::Other(anyhow!("the new session key was refused")))
    }

    async fn update(
        &self,
        key: SessionKey,
        mut state: State,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let before = key.as_ref().to_owned();
        let from_now_on = state.remove(NEW_KEY).map_or_else(|| before.clone(), |_| random_key());
        let (stored, owner, json) = (from_now_on.clone(), owner_in(&state), to_json(&state));
        let update = move |conn: &mut _| fleet::sessions::update(conn, &before, &stored, owner, &json);
        let found = db::run(&self.pool, update).await.map_err(|error| UpdateError::Other(cause(error)))?;
        // One that ended while the request ran must not come back: its cookie now leads nowhere.
        if !found {
            tracing::info!("a session ended during a request");
        }
        from_now_on.try_into().map_err(|_| UpdateError::Other(anyhow!("the new session key was refused")))
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        // The gate notes that a session is in use: it knows what kind of request that is.
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let key = key.as_ref().to_owned();
        db::run(&self.pool, move |conn| fleet::sessions::delete(conn, &key)).await.map_err(cause)
    }
}
