//! A Home Location Register: osmo-hlr, over its control and terminal interfaces.
//!
//! Activation creates the subscriber with the services of the offer, suspension cuts it off, termination removes it. Each
//! act reads back what the register holds before it counts as done, and each can be repeated. Neither interface knows
//! who asks: the register listens on loopback or behind a tunnel only.

mod course;
mod ctrl;
mod line;
mod vty;

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use self::ctrl::{Ask, Ctrl};
use self::vty::Vty;
use super::{About, Action, Network, Outcome, Request};
use crate::db::Pool;
use crate::sim_keys::{KeyStore, SimKeys};

/// A variable of a subscriber that no register has.
const NOBODY: &str = "subscriber.by-imsi-000000000000000.info";

/// Where an osmo-hlr listens, and how many connections it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Host and port of the control interface.
    pub control: String,
    /// Host and port of the terminal interface.
    pub terminal: String,
    /// How many pairs of connections are used at the same time.
    pub connections: usize,
}

/// An osmo-hlr.
pub struct OsmoHlr {
    address: Address,
    /// The keys of the SIMs, where the register is to get them from here.
    keys: Option<KeyStore>,
    /// Connections that nobody uses now.
    idle: Mutex<Vec<Line>>,
    problem: Mutex<Option<String>>,
}

/// A pair of connections.
struct Line {
    ctrl: Ctrl,
    vty: Vty,
}

impl Line {
    fn connect(address: &Address, deadline: Instant) -> io::Result<Self> {
        Ok(Self {
            ctrl: Ctrl::connect(&address.control, deadline)?,
            vty: Vty::connect(&address.terminal, deadline)?,
        })
    }
}

impl OsmoHlr {
    /// The register at `address`. It is asked when there is something to ask.
    pub fn new(address: Address) -> Self {
        Self { address, keys: None, idle: Mutex::default(), problem: Mutex::default() }
    }

    /// The same, told the keys of each SIM that is activated. Those of one that is terminated are forgotten.
    #[must_use]
    pub fn with_keys(self, keys: KeyStore) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Carries out what is the same `action`, with the keys that it takes, or leaves behind.
    fn carry_out_part(&self, action: Action, requests: &[&Request], deadline: Instant) -> Vec<Outcome> {
        let Some(store) = &self.keys else { return self.ask(action, requests, &HashMap::new(), deadline) };
        let keys = match action {
            Action::Activate => store.of(&imsis(requests.iter().copied())),
            Action::Suspend | Action::Resume | Action::ChangeOffer | Action::Terminate => Ok(HashMap::new()),
        };
        let keys = match keys {
            Ok(keys) => keys,
            Err(cause) => {
                tracing::error!(%cause, "the keys of SIMs cannot be read");
                return vec![Outcome::Unreachable; requests.len()];
            }
        };
        let outcomes = self.ask(action, requests, &keys, deadline);
        if action == Action::Terminate {
            let ended = requests.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Done);
            if let Err(cause) = store.forget(&imsis(ended.map(|(request, _)| *request))) {
                tracing::error!(%cause, "the keys of terminated SIMs are still kept");
            }
        }
        outcomes
    }

    /// Carries out what is the same `action`, on one pair of connections. One that was idle may have been closed
    /// meanwhile: then what has no outcome yet is asked once more, on a new one.
    fn ask(
        &self,
        action: Action,
        requests: &[&Request],
        keys: &HashMap<String, SimKeys>,
        deadline: Instant,
    ) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; requests.len()];
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        loop {
            let was_idle = idle.is_some();
            let went = idle.take().map_or_else(|| Line::connect(&self.address, deadline), Ok).and_then(
                |mut line| {
                    let open: Vec<usize> =
                        (0..requests.len()).filter(|place| outcomes[*place].is_none()).collect();
                    let left: Vec<&Request> = open.iter().map(|place| requests[*place]).collect();
                    let (known, went) = course::carry_out(&mut line, action, &left, keys, deadline);
                    for (place, outcome) in open.into_iter().zip(known) {
                        outcomes[place] = outcome;
                    }
                    went.map(|()| line)
                },
            );
            match went {
                Ok(line) => self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(line),
                Err(cause) if was_idle => {
                    tracing::debug!(%cause, "a connection to the register was of no use any more");
                    continue;
                }
                Err(cause) => {
                    tracing::warn!(%cause, register = self.address.control, "the register cannot be asked");
                    *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(in_words(&cause));
                }
            }
            return outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Unreachable)).collect();
        }
    }
}

fn imsis<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<&'a str> {
    requests.map(|request| request.imsi.as_str()).collect()
}

impl Network for OsmoHlr {
    fn use_database(&self, pool: &Pool) {
        self.keys.iter().for_each(|keys| keys.open(pool));
    }

    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let all: Vec<&Request> = requests.iter().collect();
        let size = all.len().div_ceil(self.address.connections.max(1)).max(1);
        thread::scope(|scope| {
            let parts = all.chunk_by(|a, b| a.action == b.action).flat_map(|same| same.chunks(size));
            let asked: Vec<_> = parts
                .map(|part| {
                    let asking = scope.spawn(move || self.carry_out_part(part[0].action, part, deadline));
                    (part.len(), asking)
                })
                .collect();
            asked
                .into_iter()
                .flat_map(|(len, asking)| asking.join().unwrap_or_else(|_| vec![Outcome::Unreachable; len]))
                .collect()
        })
    }

    fn about(&self) -> About {
        let Address { control, terminal, .. } = &self.address;
        About { kind: "osmo-hlr", address: format!("{control} (CTRL), {terminal} (VTY)") }
    }

    fn last_problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connects to both interfaces, and asks for a subscriber that nobody has.
    fn test(&self, deadline: Instant) -> Result<String, String> {
        Line::connect(&self.address, deadline)
            .and_then(|mut line| line.ctrl.ask(&[Ask::Get(NOBODY.to_owned())], deadline))
            .map_err(|cause| in_words(&cause))?;
        Ok("The register answered on both of its interfaces.".to_owned())
    }
}

/// Why the register can't be asked, in plain words.
fn in_words(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::ConnectionRefused => "Nothing listens at one of its addresses.".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "It did not answer in time.".to_owned(),
        _ => format!("The connection failed: {cause}."),
    }
}
