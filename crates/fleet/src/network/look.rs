//! Looking at what a network holds, without changing anything there.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Services;

/// A subscription that a network is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The SIM's ICCID.
    pub iccid: String,
    /// The subscription's IMSI.
    pub imsi: String,
    /// The name of the network that is asked.
    pub network: String,
}

/// What a network says about a [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It has no such subscription.
    Absent,
    /// It has it, and holds this.
    Present(Held),
    /// No answer just now.
    Unreachable,
    /// Not asked, because the network is left alone now.
    HeldBack {
        /// For how long.
        wait: Duration,
    },
    /// It is of a kind that does not tell, or is asked for something that it can't tell.
    CannotTell,
}

/// What a network holds of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What it serves; nothing if the subscription is barred.
    pub services: Services,
    /// Its number, if it has one.
    pub msisdn: Option<String>,
    /// When the network last heard of it, if it tells.
    pub last_seen: Option<DateTime<Utc>>,
}
