//! The networks of an installation, by the names that offers call them by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::{Look, Network, Outcome, Request, Subject};

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

impl Networks {
    /// Hands each of `questions` to the network that it is for. The networks are asked at the same time, so that
    /// one that is slow holds up its own questions alone; for what one does not answer, the answer is `silence`.
    fn ask_each<Q: Clone + Sync + Send, A: Clone + Send>(
        &self,
        questions: &[Q],
        name_of: impl Fn(&Q) -> &str,
        silence: A,
        ask: impl Fn(&dyn Network, &[Q]) -> Vec<A> + Sync,
    ) -> Vec<A> {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, question) in questions.iter().enumerate() {
            parts.entry(name_of(question)).or_default().push(place);
        }
        let mut answers = vec![silence; questions.len()];
        thread::scope(|scope| {
            let mut asked = Vec::new();
            for (name, places) in &parts {
                let Some(network) = self.0.get(*name) else {
                    tracing::error!(network = name, "an offer is of a network that is not configured here");
                    continue;
                };
                let own: Vec<Q> = places.iter().map(|place| questions[*place].clone()).collect();
                let ask = &ask;
                asked.push((places, scope.spawn(move || ask(&**network, &own))));
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
        self.ask_each(requests, |request| &request.network, Outcome::Unreachable, ask)
    }

    fn can_look(&self) -> bool {
        self.0.values().any(|network| network.can_look())
    }

    fn that_can_look(&self) -> Vec<String> {
        self.0.iter().filter(|(_, network)| network.can_look()).map(|(name, _)| name.clone()).collect()
    }

    fn look(&self, subjects: &[Subject], deadline: Instant) -> Vec<Look> {
        let ask = |network: &dyn Network, own: &[Subject]| network.look(own, deadline);
        self.ask_each(subjects, |subject| &subject.network, Look::Unreachable, ask)
    }
}
