//! Requests of a step, and what is known of them: answers may come later, and until then the step is left alone.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text};

use crate::error::Result;
use crate::ids::OperationId;
use crate::network::answers::{self, Known};
use crate::network::{Network, Outcome, Request};
use crate::operations::step::{Running, Step};

/// The requests of a step.
pub(super) struct Asked {
    requests: Vec<Request>,
    /// What is known of each before the network is asked. It is asked for those of which nothing is.
    known: Vec<Option<Outcome>>,
    /// Whether some of them may be answered later.
    later: bool,
}

/// How long a step is to be left alone.
#[derive(Default)]
pub(super) struct Waits {
    /// No longer than that.
    longest: Option<Duration>,
    /// No longer than the answers to these keys may take.
    awaited: Vec<String>,
}

impl Asked {
    /// Looks up what is known of `requests`, and writes down what the network is going to be asked, where its answer
    /// may come later. What is overdue after the last attempt is not asked again.
    pub(super) fn begin(
        conn: &mut PgConnection,
        network: &dyn Network,
        operation: &Running,
        step: &Step,
        most_attempts: i16,
        requests: Vec<Request>,
    ) -> Result<Self> {
        let answers_later = |request: &&Request| network.answers_later(&request.network);
        if !requests.iter().any(|request| answers_later(&request)) {
            let known = vec![None; requests.len()];
            return Ok(Self { requests, known, later: false });
        }
        let keys: Vec<&str> = requests.iter().map(|request| request.key.as_str()).collect();
        let outcome = |known| match known {
            Some(Known::Answer(outcome)) => Some(outcome),
            Some(Known::ToCome) => Some(Outcome::Pending { within: Duration::ZERO }),
            Some(Known::Overdue) if step.attempts >= most_attempts => Some(Outcome::Unreachable),
            Some(Known::Overdue) | None => None,
        };
        let known = answers::known(conn, &keys)?.into_iter().map(outcome).collect();
        let asked = Self { requests, known, later: true };
        let expected: Vec<&Request> = asked.unknown().filter(answers_later).collect();
        answers::expect(conn, operation.id, step.first_position, &expected)?;
        Ok(asked)
    }

    /// All of them.
    pub(super) fn requests(&self) -> &[Request] {
        &self.requests
    }

    fn unknown(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().zip(&self.known).filter(|(_, known)| known.is_none()).map(|(request, _)| request)
    }

    /// What the network is to be asked.
    pub(super) fn open(&self) -> Vec<Request> {
        self.unknown().cloned().collect()
    }

    /// What came of all of them: `answered` is what the network has said, to which comes what was known before and what
    /// has become known meanwhile. Answers that are read are forgotten.
    pub(super) fn end(&self, conn: &mut PgConnection, answered: Vec<Outcome>) -> Result<Vec<Outcome>> {
        let mut answered = answered.into_iter();
        let mut outcomes: Vec<Outcome> = self
            .known
            .iter()
            .map(|known| known.clone().or_else(|| answered.next()).unwrap_or(Outcome::Unreachable))
            .collect();
        if !self.later {
            return Ok(outcomes);
        }
        let keys: Vec<&str> = self.requests.iter().map(|request| request.key.as_str()).collect();
        for (outcome, known) in outcomes.iter_mut().zip(answers::known(conn, &keys)?) {
            if let (false, Some(Known::Answer(answer))) = (is_answer(outcome), known) {
                *outcome = answer;
            }
        }
        let with_keys = || keys.iter().copied().zip(&outcomes);
        let read: Vec<&str> =
            with_keys().filter(|(_, outcome)| is_answer(outcome)).map(|(key, _)| key).collect();
        answers::forget(conn, &read)?;
        let waits: Vec<(&str, i64)> = with_keys()
            .filter_map(|(key, outcome)| match outcome {
                Outcome::Pending { within } if !within.is_zero() => Some((key, milliseconds(*within))),
                _ => None,
            })
            .collect();
        answers::await_answers(conn, &waits)?;
        Ok(outcomes)
    }

    /// How many attempts there have been, after `before`. To wait for an answer is none.
    pub(super) fn attempts(&self, before: i16, outcomes: &[Outcome]) -> i16 {
        let in_vain = |(known, outcome): (&Option<Outcome>, &Outcome)| {
            known.is_none() && matches!(outcome, Outcome::Unreachable | Outcome::Pending { .. })
        };
        if self.known.iter().zip(outcomes).any(in_vain) {
            before.saturating_add(1)
        } else if outcomes.iter().any(|outcome| matches!(outcome, Outcome::HeldBack { .. })) {
            // It has begun, if not with the network.
            before.max(1)
        } else {
            before
        }
    }

    /// How long to leave the step alone after these outcomes; for `back_off` where the network was silent.
    pub(super) fn waits(&self, outcomes: &[Outcome], back_off: Duration) -> Waits {
        let mut waits = Waits::default();
        for (request, outcome) in self.requests.iter().zip(outcomes) {
            let wait = match outcome {
                Outcome::Done | Outcome::Rejected { .. } => continue,
                Outcome::Pending { .. } => {
                    waits.awaited.push(request.key.clone());
                    continue;
                }
                Outcome::Unreachable => back_off,
                Outcome::HeldBack { wait } => *wait,
            };
            waits.longest = Some(waits.longest.map_or(wait, |longest| longest.min(wait)));
        }
        waits
    }
}

const fn is_answer(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done | Outcome::Rejected { .. })
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Leaves the unanswered tasks of a step for later. The waits of steps that were put off together differ by up to a
/// quarter, so that they do not all come back together.
pub(super) fn put_off(
    conn: &mut PgConnection,
    operation: OperationId,
    step: &Step,
    attempts: i16,
    waits: Waits,
) -> Result<()> {
    const SQL: &str = "UPDATE steps SET attempts = $3, lease = NULL, leased_until = NULL, \
             not_before = coalesce(least( \
                 clock_timestamp() + $4 * (0.75 + random() / 4) * interval '1 millisecond', \
                 (SELECT min(wait_until) FROM network_answers WHERE key = ANY($5))), clock_timestamp()) \
         WHERE operation_id = $1 AND first_position = $2";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(step.first_position)
        .bind::<SmallInt, _>(attempts)
        .bind::<Nullable<BigInt>, _>(waits.longest.map(milliseconds))
        .bind::<Array<Text>, _>(waits.awaited)
        .execute(conn)?;
    Ok(())
}
