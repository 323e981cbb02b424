//! A network that only pretends, with settable latency and failures, the same for the same seed.
//!
//! It keeps its own ledger, as a real network keeps its own state: what it was asked, by
//! idempotency key, so that repeating a request has no second effect and gets the same answer.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};
use sha2::{Digest, Sha256};

use super::{About, Network, Outcome, Request};
use crate::db::Pool;
use crate::error::Result;

/// A network that only pretends.
#[derive(Clone)]
pub struct Simulated {
    pool: Pool,
    latency: Duration,
    failure_rate: f64,
    unreachable_rate: f64,
    seed: u64,
}

impl Simulated {
    /// A network that answers at once and does all it is asked. Its ledger is written through `pool`.
    pub fn new(pool: Pool) -> Self {
        Self { pool, latency: Duration::ZERO, failure_rate: 0.0, unreachable_rate: 0.0, seed: 0 }
    }

    /// Takes this long for each batch of requests.
    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// Refuses this share (0 to 1) of the requests, always the same ones.
    #[must_use]
    pub fn failure_rate(self, failure_rate: f64) -> Self {
        Self { failure_rate, ..self }
    }

    /// Gives no answer to this share (0 to 1) of the attempts. Every second one of them has
    /// been carried out all the same: only its answer is lost.
    #[must_use]
    pub fn unreachable_rate(self, unreachable_rate: f64) -> Self {
        Self { unreachable_rate, ..self }
    }

    /// Chooses which requests fail.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Whether this network refuses to carry `request` out.
    pub fn rejects(&self, request: &Request) -> bool {
        self.chance(&["reject", &request.iccid, request.action.as_str()]) < self.failure_rate
    }

    /// A number from 0 to 1 that depends on the seed and `parts` alone.
    fn chance(&self, parts: &[&str]) -> f64 {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        let number = digest.iter().take(4).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        f64::from(number) / f64::from(u32::MAX)
    }

    /// Where in its way this attempt is lost, if it is.
    fn lost(&self, request: &Request) -> Option<Lost> {
        let attempt = request.attempt.to_string();
        let chance = self.chance(&["lose", &request.iccid, request.action.as_str(), &attempt]);
        if chance >= self.unreachable_rate {
            None
        } else if chance >= self.unreachable_rate / 2.0 {
            Some(Lost::Answer)
        } else {
            Some(Lost::Request)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Request,
    Answer,
}

impl Network for Simulated {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        if !self.latency.is_zero() {
            wait(self.latency.min(deadline.saturating_duration_since(Instant::now())));
        }
        let arriving: Vec<&Request> =
            requests.iter().filter(|request| self.lost(request) != Some(Lost::Request)).collect();
        let ledger = match self.note(&arriving) {
            Ok(ledger) => ledger,
            Err(cause) => {
                tracing::error!(%cause, "the simulated network cannot write its ledger");
                return vec![Outcome::Unreachable; requests.len()];
            }
        };
        requests
            .iter()
            .map(|request| match ledger.get(&request.key) {
                Some(_) | None if self.lost(request).is_some() => Outcome::Unreachable,
                Some(true) => Outcome::Done,
                Some(false) => {
                    Outcome::Rejected { message: "subscription barred by the operator".to_owned() }
                }
                None => Outcome::Unreachable,
            })
            .collect()
    }

    fn about(&self) -> About {
        About { kind: "Simulated", address: "in Simyard itself".to_owned() }
    }

    fn test(&self, _deadline: Instant) -> std::result::Result<String, String> {
        Ok("There is nothing to reach: this network only pretends.".to_owned())
    }
}

#[derive(QueryableByName)]
struct Noted {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Bool)]
    accepted: bool,
}

impl Simulated {
    /// Writes the requests in the ledger, and says what it holds for each of them.
    fn note(&self, requests: &[&Request]) -> Result<HashMap<String, bool>> {
        const SQL: &str = "INSERT INTO simulated_network_requests AS r (key, imsi, action, accepted) \
             SELECT * FROM unnest($1, $2, $3, $4) AS asked (key, imsi, action, accepted) ORDER BY key \
             ON CONFLICT (key) DO UPDATE SET asked = r.asked + 1 RETURNING r.key, r.accepted";
        let column = |of: fn(&Request) -> &str| requests.iter().map(|r| of(r)).collect::<Vec<_>>();
        let accepted: Vec<bool> = requests.iter().map(|request| !self.rejects(request)).collect();
        let noted: Vec<Noted> = diesel::sql_query(SQL)
            .bind::<Array<Text>, _>(column(|request| &request.key))
            .bind::<Array<Text>, _>(column(|request| &request.imsi))
            .bind::<Array<Text>, _>(column(|request| request.action.as_str()))
            .bind::<Array<Bool>, _>(accepted)
            .load(&mut **self.pool.get()?)?;
        Ok(noted.into_iter().map(|noted| (noted.key, noted.accepted)).collect())
    }
}

/// Waits on a channel that nobody sends on.
fn wait(time: Duration) {
    let (_silent, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(time);
}
