//! The networks of an installation, by the names that offers call them by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::breaker::{self, Admission};
use super::unanswered::Said;
use super::{Look, Network, Outcome, Request, Subject};
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
    fn note(&self, name: &str, admission: Option<&Admission>, answered: bool) {
        let (Some(states), Some(admission)) = (&self.states, admission) else { return };
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

impl Networks {
    /// Hands each of `questions` to the network that it is for. The networks are asked at the same time, so that
    /// one that is slow holds up its own questions alone.
    fn ask_each<Q: Clone + Sync + Send, A: Said>(
        &self,
        questions: &[Q],
        name_of: impl Fn(&Q) -> &str,
        ask: impl Fn(&dyn Network, &[Q]) -> Vec<A> + Sync,
    ) -> Vec<A> {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, question) in questions.iter().enumerate() {
            parts.entry(name_of(question)).or_default().push(place);
        }
        let admissions = self.admit(parts.keys().copied());
        let mut answers = vec![A::SILENCE; questions.len()];
        thread::scope(|scope| {
            let mut asked = Vec::new();
            for (name, places) in &parts {
                let Some(network) = self.networks.get(*name) else {
                    tracing::error!(network = name, "an offer is of a network that is not configured here");
                    continue;
                };
                let admission = admissions.get(name);
                if let Some(Admission::HeldBack { wait }) = admission {
                    for place in places {
                        answers[*place] = A::held_back(*wait);
                    }
                    continue;
                }
                let own: Vec<Q> = places.iter().map(|place| questions[*place].clone()).collect();
                let ask = &ask;
                asked.push((
                    places,
                    scope.spawn(move || {
                        let answered = ask(&**network, &own);
                        // Where all were held back, how it is doing is as unknown as before.
                        if let Some(any) = answered.iter().filter_map(A::answered).max() {
                            self.note(name, admission, any);
                        }
                        answered
                    }),
                ));
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
                for (place, answer) in places.iter().zip(answered) {
                    answers[*place] = answer;
                }
            }
        });
        answers
    }
}

impl Network for Networks {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let ask = |network: &dyn Network, own: &[Request]| network.carry_out(own, deadline);
        self.ask_each(requests, |request| &request.network, ask)
    }

    fn can_look(&self) -> bool {
        self.networks.values().any(|network| network.can_look())
    }

    fn that_can_look(&self) -> Vec<String> {
        self.networks.iter().filter(|(_, network)| network.can_look()).map(|(name, _)| name.clone()).collect()
    }

    fn look(&self, subjects: &[Subject], deadline: Instant) -> Vec<Look> {
        let ask = |network: &dyn Network, own: &[Subject]| network.look(own, deadline);
        // One that cannot tell is not asked: so it says nothing of how it is doing, either.
        let cannot =
            |subject: &Subject| self.get(&subject.network).is_some_and(|network| !network.can_look());
        let askable: Vec<Subject> = subjects.iter().filter(|subject| !cannot(subject)).cloned().collect();
        let mut looks = self.ask_each(&askable, |subject| &subject.network, ask).into_iter();
        let look = |subject| {
            if cannot(subject) { Look::CannotTell } else { looks.next().unwrap_or(Look::Unreachable) }
        };
        subjects.iter().map(look).collect()
    }

    fn answers_later(&self, network: &str) -> bool {
        self.get(network).is_some_and(|connector| connector.answers_later(network))
    }
}
