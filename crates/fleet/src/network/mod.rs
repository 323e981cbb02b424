//! What carries a state change out in the real world, behind one trait.

pub mod answers;
pub mod breaker;
pub mod http;
mod in_time;
mod look;
mod networks;
pub mod osmo_hlr;
pub mod overview;
mod simulated;
mod slots;
mod unanswered;

pub(crate) use in_time::{carry_out_in_time, look_in_time};
pub use look::{Held, Look, Subject};
pub use networks::{Networks, SIMULATED};
pub use simulated::Simulated;

use std::time::{Duration, Instant};

use crate::db::Pool;
use crate::ids::OfferId;

/// What a network can be asked to do with a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Put it in service on an offer.
    Activate,
    /// Take it out of service for a time.
    Suspend,
    /// Put it back in service.
    Resume,
    /// Put it on another offer.
    ChangeOffer,
    /// End it for good.
    Terminate,
    /// Give it its number, and leave its services alone. Asked of networks that can look, to mend that.
    Renumber,
}

impl Action {
    /// The word for it, as written in idempotency keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::ChangeOffer => "change_offer",
            Self::Terminate => "terminate",
            Self::Renumber => "renumber",
        }
    }
}

/// What a subscription may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Services {
    /// Packet service: data.
    pub packet: bool,
    /// Circuit service: calls and text messages.
    pub circuit: bool,
}

impl Services {
    /// Nothing.
    pub const NONE: Self = Self { packet: false, circuit: false };
}

/// One thing that is asked of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The same for every attempt at the same thing: a network does it once and repeats its answer.
    pub key: String,
    /// What to do.
    pub action: Action,
    /// How often it could not be reached for this before.
    pub attempt: i16,
    /// The SIM's ICCID.
    pub iccid: String,
    /// The subscription's IMSI.
    pub imsi: String,
    /// The subscription's number, if it has one.
    pub msisdn: Option<String>,
    /// The offer that it goes on, or is on.
    pub offer: Option<OfferId>,
    /// The name of the network that the offer is of.
    pub network: String,
    /// The services of the offer.
    pub services: Services,
}

/// What came of a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// The network has refused, and would again.
    Rejected {
        /// Why, in the network's words.
        message: String,
    },
    /// No answer: whether it is done isn't known. It is asked again with the same key.
    Unreachable,
    /// The network has taken it and answers later, by its key. If it has not done so in this time, it is asked again.
    Pending {
        /// How long to wait for it.
        within: Duration,
    },
    /// Not asked, because the network has not answered for a while and is left alone now: see [`breaker`].
    HeldBack {
        /// For how long.
        wait: Duration,
    },
}

/// What people are shown of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What kind of connector it is.
    pub kind: &'static str,
    /// Where it is; nothing secret.
    pub address: String,
}

/// Something that carries requests out.
pub trait Network: Send + Sync {
    /// Carries `requests` out, and answers for each of them, in their order, before `deadline`.
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome>;

    /// Is told of the portal's database before it is asked to carry anything out.
    fn use_database(&self, _pool: &Pool) {}

    /// Whether the network of this name may answer later: its answers are then kept by their keys, see [`answers`].
    fn answers_later(&self, _network: &str) -> bool {
        false
    }

    /// What people are shown of it.
    fn about(&self) -> About {
        About { kind: "Other", address: String::new() }
    }

    /// Why it has not answered when it last did not, in plain words, if that is known.
    fn last_problem(&self) -> Option<String> {
        None
    }

    /// Asks it for something that changes nothing, before `deadline`. Says in a sentence what came of it, or what was
    /// in the way.
    fn test(&self, _deadline: Instant) -> Result<String, String> {
        Err("This kind of network has nothing to test.".to_owned())
    }

    /// What it signs its callbacks with, if it sends any.
    fn signs_with(&self) -> Option<&http::signature::Key> {
        None
    }

    /// Whether it can say what it holds. One that can has its own [`Network::look`].
    fn can_look(&self) -> bool {
        false
    }

    /// The names of the networks behind this one that can say what they hold.
    fn that_can_look(&self) -> Vec<String> {
        Vec::new()
    }

    /// Says what it holds of each of `subjects`, in their order, before `deadline`. Changes nothing.
    fn look(&self, subjects: &[Subject], deadline: Instant) -> Vec<Look> {
        let _ = deadline;
        vec![Look::CannotTell; subjects.len()]
    }
}
