//! The networks of an installation, by the names that offers call them by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::{Network, Outcome, Request};

/// The name of the network that only pretends; an offer is of this one unless it says otherwise.
pub const SIMULATED: &str = "simulated";

/// Several networks, of which each request goes to the one of its offer.
#[derive(Clone, Default)]
pub struct Networks(BTreeMap<String, Arc<dyn Network>>);

impl Networks {
    /// Adds a network.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, network: Arc<dyn Network>) -> Self {
        self.0.insert(name.into(), network);
        self
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Network for Networks {
    /// The networks are asked at the same time, so that one that is slow holds up its own requests alone.
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, request) in requests.iter().enumerate() {
            parts.entry(&request.network).or_default().push(place);
        }
        let mut outcomes = vec![Outcome::Unreachable; requests.len()];
        thread::scope(|scope| {
            let mut asked = Vec::new();
            for (name, places) in &parts {
                let Some(network) = self.0.get(*name) else {
                    tracing::error!(network = name, "an offer is of a network that is not configured here");
                    continue;
                };
                let own: Vec<Request> = places.iter().map(|place| requests[*place].clone()).collect();
                asked.push((places, scope.spawn(move || network.carry_out(&own, deadline))));
            }
            for (places, asking) in asked {
                let answered = asking.join().unwrap_or_default();
                if answered.len() != places.len() {
                    tracing::error!(
                        asked = places.len(),
                        answered = answered.len(),
                        "a network's answer does not fit"
                    );
                    continue;
                }
                for (place, outcome) in places.iter().zip(answered) {
                    outcomes[*place] = outcome;
                }
            }
        });
        outcomes
    }
}
