//! What a provisioning service says later.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::wire::Results;
use crate::network::{Networks, Outcome};

/// More than any key has.
const LONGEST_KEY: usize = 100;

/// Answers that somebody with the network's secret has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    pub(in crate::network) network: String,
    /// Final answers, by their keys.
    pub(in crate::network) answers: Vec<(String, Outcome)>,
}

/// Why a callback is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is not signed, or not as it should be, or too long ago; or there is no network of that name that signs.
    Forged,
    /// It is signed, and not what a callback says.
    Unreadable,
}

impl Callback {
    /// Reads a callback for the network of that name. Nothing of `body` is looked at before its signature.
    pub fn read(
        networks: &Networks,
        network: &str,
        signature: &str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let connector = networks.get(network).ok_or(Refusal::Forged)?;
        let key = connector.signs_with().ok_or(Refusal::Forged)?;
        if !key.verifies(signature, body, now) {
            return Err(Refusal::Forged);
        }
        let told = Results::read(body).map_err(|_| Refusal::Unreadable)?;
        let mut answers = BTreeMap::new();
        for told in told.results {
            let (key, outcome) = told.answer(Duration::ZERO);
            let could_be_ours = key.len() <= LONGEST_KEY && key.chars().all(|c| c.is_ascii_graphic());
            // That it is still to come says nothing new.
            if could_be_ours && !matches!(outcome, Outcome::Pending { .. }) {
                answers.entry(key).or_insert(outcome);
            }
        }
        Ok(Self { network: network.to_owned(), answers: answers.into_iter().collect() })
    }
}
