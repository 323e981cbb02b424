//! A Home Location Register: osmo-hlr, over its control and terminal interfaces.
//!
//! Activation creates the subscriber with the services of the offer, suspension cuts it off, termination removes it. Each
//! act reads back what the register holds before it counts as done, and each can be repeated. Neither interface knows
//! who asks: the register listens on loopback or behind a tunnel only.

mod course;
mod ctrl;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod line;
mod look;
mod vty;

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use self::ctrl::{Ask, Ctrl};
use self::vty::Vty;
use super::slots::{SOON, Slots};
use super::unanswered::Said;
use super::{About, Action, Look, Network, Outcome, Request, Subject};
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
    /// How many pairs of connections there are at most, whoever asks.
    pub connections: usize,
}

/// An osmo-hlr.
pub struct OsmoHlr {
    address: Address,
    /// The keys of the SIMs, where the register is to get them from here.
    keys: Option<KeyStore>,
    /// One for each pair of connections: whoever has one may take an idle pair, or connect if there is none.
    slots: Slots,
    /// Connections that nobody uses now.
    idle: Mutex<Vec<Line>>,
    problem: Mutex<Option<String>>,
}

/// The keys of SIMs, by IMSI; none of those that can't be decrypted.
type Keys = HashMap<String, Option<SimKeys>>;

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
        let slots = Slots::new(address.connections);
        Self { address, keys: None, slots, idle: Mutex::default(), problem: Mutex::default() }
    }

    /// The same, told the keys of each SIM that is activated.
    #[must_use]
    pub fn with_keys(self, keys: KeyStore) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Carries out what is the same `action`, with the keys that it takes.
    fn carry_out_part(&self, action: Action, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let imsis = || requests.iter().map(|request| request.imsi.as_str()).collect::<Vec<_>>();
        let keys = match &self.keys {
            Some(store) if action == Action::Activate => store.of(&imsis()),
            _ => Ok(Keys::new()),
        };
        match keys {
            Ok(keys) => self.ask_part(requests, deadline, |line, requests| {
                course::carry_out(line, action, requests, &keys, deadline)
            }),
            Err(cause) => {
                tracing::error!(%cause, "the keys of SIMs cannot be read");
                self.note("The keys of SIMs cannot be read from the portal's database.".to_owned());
                vec![Outcome::Unreachable; requests.len()]
            }
        }
    }

    /// Does `ask` with `questions` on one pair of connections, as soon as there is one. One that was idle may have been
    /// closed meanwhile: then what has no answer yet is asked once more, on a new one.
    fn ask_part<Q, A: Said>(
        &self,
        questions: &[Q],
        deadline: Instant,
        ask: impl Fn(&mut Line, &[&Q]) -> (Vec<Option<A>>, io::Result<()>),
    ) -> Vec<A> {
        let Some(_slot) = self.slots.take(deadline) else {
            return vec![A::held_back(SOON); questions.len()];
        };
        let mut answers: Vec<Option<A>> = vec![None; questions.len()];
        let mut idle = self.lines().pop();
        loop {
            let was_idle = idle.is_some();
            let went = idle.take().map_or_else(|| Line::connect(&self.address, deadline), Ok).and_then(
                |mut line| {
                    let open: Vec<usize> =
                        (0..questions.len()).filter(|place| answers[*place].is_none()).collect();
                    let left: Vec<&Q> = open.iter().map(|place| &questions[*place]).collect();
                    let (known, went) = ask(&mut line, &left);
                    for (place, answer) in open.into_iter().zip(known) {
                        answers[place] = answer;
                    }
                    went.map(|()| line)
                },
            );
            match went {
                Ok(line) => self.lines().push(line),
                Err(cause) if was_idle => {
                    tracing::debug!(%cause, "a connection to the register was of no use any more");
                    continue;
                }
                Err(cause) => {
                    tracing::warn!(%cause, register = self.address.control, "the register cannot be asked");
                    self.note(in_words(&cause));
                }
            }
            return answers.into_iter().map(|answer| answer.unwrap_or(A::SILENCE)).collect();
        }
    }

    /// Does `ask` with all of `parts`, each on a connection of its own, and puts the answers one after the other.
    fn ask_parts<'a, Q: Sync + 'a, A: Said>(
        parts: impl Iterator<Item = &'a [Q]>,
        ask: impl Fn(&'a [Q]) -> Vec<A> + Sync,
    ) -> Vec<A> {
        thread::scope(|scope| {
            let ask = &ask;
            let asked: Vec<_> = parts.map(|part| (part.len(), scope.spawn(move || ask(part)))).collect();
            asked
                .into_iter()
                .flat_map(|(len, asking)| asking.join().unwrap_or_else(|_| vec![A::SILENCE; len]))
                .collect()
        })
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, problem: String) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    /// How many questions of `all` go to one connection.
    fn share(&self, all: usize) -> usize {
        all.div_ceil(self.address.connections.max(1)).max(1)
    }
}

impl Network for OsmoHlr {
    fn use_database(&self, pool: &Pool) {
        self.keys.iter().for_each(|keys| keys.open(pool));
    }

    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let size = self.share(requests.len());
        let parts = requests.chunk_by(|a, b| a.action == b.action).flat_map(|same| same.chunks(size));
        Self::ask_parts(parts, |part| self.carry_out_part(part[0].action, part, deadline))
    }

    fn can_look(&self) -> bool {
        true
    }

    fn look(&self, subjects: &[Subject], deadline: Instant) -> Vec<Look> {
        let parts = subjects.chunks(self.share(subjects.len()));
        Self::ask_parts(parts, |part| {
            self.ask_part(part, deadline, |line, subjects| {
                match look::look(&mut line.vty, subjects, deadline) {
                    Ok(looks) => (looks.into_iter().map(Some).collect(), Ok(())),
                    Err(cause) => (vec![None; subjects.len()], Err(cause)),
                }
            })
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
        let _slot = self.slots.take(deadline).ok_or("All of its connections are in use.")?;
        // A new pair instead of an idle one, which shows less.
        drop(self.lines().pop());
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
