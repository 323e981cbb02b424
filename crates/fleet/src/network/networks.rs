//! The networks of an installation, by the names that offers call them by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::breaker::{self, Admission};
use super::{Network, Outcome, Request};
use crate::db::Pool;

/// The name of the network that only pretends; an offer is of this one unless it says otherwise.
pub const SIMULATED: &str = "simulated";

/// Several networks, of which each request goes to the one of its offer.
#[derive(Clone, Default)]
pub struct Networks {
    networks: BTreeMap<String, Arc<dyn Network>>,
    states: Option<Pool>,
}

impl Networks {
    /// Adds a network.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, network: Arc<dyn Network>) -> Self {
        self.networks.insert(name.into(), network);
        self
    }

    /// Keeps account of how they are doing, and leaves one alone for a while that does not answer: see [`breaker`].
    #[must_use]
    pub fn followed(self, states: Pool) -> Self {
        self.networks.values().for_each(|network| network.use_database(&states));
        Self { states: Some(states), ..self }
    }

    /// Their names, the simulated one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let is_first = |name: &&str| *name == SIMULATED;
        let names = || self.networks.keys().map(String::as_str);
        names().filter(is_first).chain(names().filter(move |name| !is_first(name)))
    }

    /// The network of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Network>> {
        self.networks.get(name)
    }

    /// Whether each of these may be asked now.
    fn admit<'a>(&self, names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, Admission> {
        let Some(states) = &self.states else { return BTreeMap::new() };
        let admitted = states.get().map_err(Into::into).and_then(|mut conn| {
            names.map(|name| Ok((name, breaker::admit(&mut conn, name)?))).collect::<crate::Result<_>>()
        });
        admitted.unwrap_or_else(|cause| {
            tracing::error!(%cause, "how the networks are doing is not known: they are asked");
            BTreeMap::new()
        })
    }

    /// Notes whether a network has answered anything.
    fn note(&self, name: &str, admission: Option<&Admission>, outcomes: &[Outcome]) {
        let (Some(states), Some(admission)) = (&self.states, admission) else { return };
        let answered = outcomes.iter().any(|outcome| *outcome != Outcome::Unreachable);
        let noted = if answered && matches!(admission, Admission::Usual) {
            return;
        } else if answered {
            states.get().map_err(Into::into).and_then(|mut conn| breaker::answered(&mut conn, name))
        } else {
            let problem = self.get(name).and_then(|network| network.last_problem());
            let is_try = matches!(admission, Admission::Try);
            states
                .get()
                .map_err(Into::into)
                .and_then(|mut conn| breaker::was_silent(&mut conn, name, is_try, problem.as_deref()))
        };
        if let Err(cause) = noted {
            tracing::error!(%cause, network = name, "how the network is doing cannot be noted");
        }
    }
}

impl std::fmt::Debug for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Network for Networks {
    /// The networks are asked at the same time, so that one that is slow holds up its own requests alone.
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, request) in requests.iter().enumerate() {
            parts.entry(&request.network).or_default().push(place);
        }
        let admissions = self.admit(parts.keys().copied());
        let mut outcomes = vec![Outcome::Unreachable; requests.len()];
        thread::scope(|scope| {
            let mut asked = Vec::new();
            for (name, places) in &parts {
                let Some(network) = self.networks.get(*name) else {
                    tracing::error!(network = name, "an offer is of a network that is not configured here");
                    continue;
                };
                if let Some(Admission::HeldBack { wait }) = admissions.get(name) {
                    for place in places {
                        outcomes[*place] = Outcome::HeldBack { wait: *wait };
                    }
                    continue;
                }
                let own: Vec<Request> = places.iter().map(|place| requests[*place].clone()).collect();
                let admission = admissions.get(name);
                let ask = move || {
                    let answered = network.carry_out(&own, deadline);
                    self.note(name, admission, &answered);
                    answered
                };
                asked.push((places, scope.spawn(ask)));
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

    fn answers_later(&self, network: &str) -> bool {
        self.get(network).is_some_and(|connector| connector.answers_later(network))
    }
}
