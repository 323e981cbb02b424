//! Comparing SIMs with what their network holds, and having it hold what they are here.
//!
//! Both look first, so that a network is told only what it does not hold already: who takes a step over from a
//! worker that has died looks again. What no SIM of a step is about, is neither looked at nor touched.

use std::sync::Arc;
use std::time::Instant;

use super::answers::Answer;
use crate::life_signs::Seen;
use crate::network::{
    Action, Held, Look, Network, Outcome, Request, Services, Subject, carry_out_in_time, look_in_time,
};
use crate::operations::FailureCode;
use crate::sims::SimState;

/// The network of a SIM without an offer. None should have it: those are asked that the company has offers of, and no
/// others, whose subscribers are none of its business.
pub(super) const ANY: &str = "";

/// What a network is to hold of a SIM in `state`: to be activated with these services, or terminated.
pub(super) const fn due(state: SimState, of_offer: Services) -> (Action, Services) {
    match state {
        SimState::Active => (Action::Activate, of_offer),
        SimState::Suspended => (Action::Activate, Services::NONE),
        SimState::Inventory | SimState::Retired => (Action::Terminate, Services::NONE),
    }
}

/// What came of a comparison.
pub(super) struct Compared {
    /// For each SIM, in their order.
    pub(super) answers: Vec<Answer>,
    /// The signs of life that were met with.
    pub(super) seen: Vec<Seen>,
}

/// A difference, and what is asked of the network to mend it.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    code: FailureCode,
    /// Both sides in words.
    words: Option<String>,
    /// One after the other.
    actions: Vec<Action>,
}

/// Compares what the network is to hold (`requests`, with what [`due`] says) with what it holds, and tells it where that
/// differs, if this `mends`. The company has offers of the networks `own`.
pub(super) fn compare(
    network: &Arc<dyn Network>,
    own: &[String],
    requests: &[Request],
    mends: bool,
    deadline: Instant,
) -> Compared {
    let mut all = network.that_can_look();
    all.retain(|name| own.contains(name));
    let (mut places, mut subjects) = (Vec::new(), Vec::new());
    for (place, request) in requests.iter().enumerate() {
        let names = if request.network == ANY { &all[..] } else { std::slice::from_ref(&request.network) };
        for name in names {
            let (iccid, imsi) = (request.iccid.clone(), request.imsi.clone());
            places.push(place);
            subjects.push(Subject { iccid, imsi, network: name.clone() });
        }
    }
    let looks = look_in_time(network, subjects.clone(), deadline);
    // Without a network that can tell, nothing is known of a SIM without an offer.
    let mut answers: Vec<Answer> = requests
        .iter()
        .map(|request| match request.network.as_str() {
            ANY if all.is_empty() => Answer::Failed(FailureCode::CannotTell, None),
            _ => Answer::Done(None),
        })
        .collect();
    let (mut seen, mut to_mend) = (Vec::new(), Vec::new());
    for ((place, subject), look) in places.into_iter().zip(subjects).zip(looks) {
        let request = Request { network: subject.network, ..requests[place].clone() };
        if let Look::Present(Held { last_seen: Some(at), .. }) = &look {
            seen.push(Seen { imsi: request.imsi.clone(), at: *at });
        }
        let found = match look {
            Look::Unreachable => Answer::Silence,
            Look::HeldBack { wait } => Answer::Later(Outcome::HeldBack { wait }),
            Look::CannotTell => Answer::Failed(FailureCode::CannotTell, None),
            Look::Absent => judge(difference(&request, None), &request, place, mends, &mut to_mend),
            Look::Present(held) => {
                judge(difference(&request, Some(&held)), &request, place, mends, &mut to_mend)
            }
        };
        worsen(&mut answers[place], found);
    }
    mend(network, to_mend, &mut answers, deadline);
    Compared { answers, seen }
}

/// The answer that a difference is, or that it is to be once it is mended.
fn judge(
    difference: Option<Difference>,
    request: &Request,
    place: usize,
    mends: bool,
    to_mend: &mut Vec<(usize, Request, Vec<Action>)>,
) -> Answer {
    match difference {
        None => Answer::Done(None),
        Some(Difference { code, words, .. }) if !mends => Answer::Failed(code, words),
        Some(Difference { code, words, actions }) => {
            to_mend.push((place, request.clone(), actions));
            let words = words.map(|words| format!(" ({words})")).unwrap_or_default();
            Answer::Done(Some(format!("Mended: {}{words}", code.label().to_lowercase())))
        }
    }
}

/// Several networks may be asked about a SIM: the worst that is heard counts.
fn worsen(answer: &mut Answer, other: Answer) {
    let badness = |answer: &Answer| match answer {
        Answer::Done(None) => 0,
        Answer::Done(Some(_)) => 1,
        Answer::Failed(..) => 2,
        Answer::Later(_) => 3,
        Answer::Silence => 4,
    };
    if badness(&other) > badness(answer) {
        *answer = other;
    }
}

/// Tells the network what it should hold, action by action.
fn mend(
    network: &Arc<dyn Network>,
    mut to_mend: Vec<(usize, Request, Vec<Action>)>,
    answers: &mut [Answer],
    deadline: Instant,
) {
    while !to_mend.is_empty() {
        let requests: Vec<Request> = to_mend
            .iter()
            .map(|(_, request, actions)| Request {
                key: format!("{}-{}", request.key, actions[0].as_str()),
                action: actions[0],
                ..request.clone()
            })
            .collect();
        let outcomes = carry_out_in_time(network, requests, deadline);
        for ((place, ..), outcome) in to_mend.iter().zip(outcomes) {
            worsen(&mut answers[*place], outcome.into());
        }
        for (.., actions) in &mut to_mend {
            actions.remove(0);
        }
        to_mend
            .retain(|(place, _, actions)| !actions.is_empty() && matches!(answers[*place], Answer::Done(_)));
    }
}

/// How what is held differs from what is due.
fn difference(due: &Request, held: Option<&Held>) -> Option<Difference> {
    let differs =
        |code, words, actions: &[Action]| Some(Difference { code, words, actions: actions.to_vec() });
    let held = match (due.action, held) {
        (Action::Terminate, None) => return None,
        (Action::Terminate, Some(_)) => {
            let words = Some(format!("it is in the network {}", due.network));
            return differs(FailureCode::PresentThere, words, &[Action::Terminate]);
        }
        (_, None) => return differs(FailureCode::AbsentThere, None, &[Action::Activate]),
        (_, Some(held)) => held,
    };
    let numbers = (held.msisdn != due.msisdn).then(|| {
        let number = |number: &Option<String>| number.clone().unwrap_or_else(|| "none".to_owned());
        format!("{} there, {} here", number(&held.msisdn), number(&due.msisdn))
    });
    if held.services == due.services {
        let words = numbers?;
        return differs(FailureCode::NumberDiffers, Some(words), &[Action::Renumber]);
    }
    // What is changed so is told to the network nodes that serve it at this moment.
    let access = if due.services == Services::NONE { Action::Suspend } else { Action::Resume };
    let code = match (due.services, held.services) {
        (Services::NONE, _) => FailureCode::ServedThere,
        (_, Services::NONE) => FailureCode::SilentThere,
        _ => FailureCode::ServicesDiffer,
    };
    let mut words = format!("{} there, {} here", in_words(held.services), in_words(due.services));
    let mut actions = vec![access];
    if let Some(numbers) = numbers {
        words = format!("{words}; number {numbers}");
        actions.push(Action::Renumber);
    }
    differs(code, Some(words), &actions)
}

const fn in_words(services: Services) -> &'static str {
    match services {
        Services { packet: true, circuit: true } => "data and calls",
        Services { packet: true, circuit: false } => "data",
        Services { packet: false, circuit: true } => "calls",
        Services::NONE => "nothing",
    }
}
