//! What is said to a provisioning service and what it says, as JSON: `docs/openapi/provisioning.yaml`.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::network::{Outcome, Request};

/// What is asked of the service at once.
#[derive(Debug, Serialize)]
pub(super) struct Batch<'a> {
    /// The network's name here.
    pub(super) network: &'a str,
    pub(super) requests: Vec<Asked<'a>>,
}

/// What is asked for one SIM. The same in every attempt.
#[derive(Debug, Serialize)]
pub(super) struct Asked<'a> {
    key: &'a str,
    action: &'static str,
    iccid: &'a str,
    imsi: &'a str,
    msisdn: Option<&'a str>,
    /// The number of the offer.
    offer: Option<i64>,
    services: Services,
}

#[derive(Debug, Serialize)]
struct Services {
    packet: bool,
    circuit: bool,
}

impl<'a> From<&'a Request> for Asked<'a> {
    fn from(request: &'a Request) -> Self {
        Self {
            key: &request.key,
            action: request.action.as_str(),
            iccid: &request.iccid,
            imsi: &request.imsi,
            msisdn: request.msisdn.as_deref(),
            offer: request.offer.map(|offer| offer.0),
            services: Services { packet: request.services.packet, circuit: request.services.circuit },
        }
    }
}

/// What the service says, at once or later.
#[derive(Debug, Deserialize)]
pub(super) struct Results {
    pub(super) results: Vec<Told>,
}

/// What the service says of one request.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    key: String,
    outcome: Word,
    message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Done,
    Rejected,
    Pending,
}

impl Results {
    /// Reads what a service has said.
    pub(super) fn read(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }

    /// What is said of each of `requests`, in their order; answers may be awaited for `within`.
    pub(super) fn of(self, requests: &[Request], within: Duration) -> Vec<Outcome> {
        let mut told: HashMap<_, _> = self.results.into_iter().map(|told| told.answer(within)).collect();
        requests.iter().map(|request| told.remove(&request.key).unwrap_or(Outcome::Unreachable)).collect()
    }
}

impl Told {
    /// The key, and the answer, which may be awaited for `within`.
    pub(super) fn answer(self, within: Duration) -> (String, Outcome) {
        let outcome = match self.outcome {
            Word::Done => Outcome::Done,
            Word::Rejected => Outcome::Rejected {
                message: self
                    .message
                    .filter(|message| !message.trim().is_empty())
                    .unwrap_or_else(|| "The provisioning service gave no reason.".to_owned()),
            },
            Word::Pending => Outcome::Pending { within },
        };
        (self.key, outcome)
    }
}
