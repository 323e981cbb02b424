//! What the screen of the networks shows.

use askama::Template;
use chrono::Utc;
use fleet::network::breaker::State;
use fleet::network::overview::Seen;

use crate::web::badge::{self, Badge};
use crate::web::display::{counted, exact_time};
use crate::web::page::Page;

/// What came of a test.
pub struct Tested {
    /// The network.
    pub name: String,
    /// In a sentence: that it answered, or what was in the way.
    pub outcome: Result<String, String>,
}

/// The networks.
#[derive(Template)]
#[template(path = "networks/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// What is listed.
    pub networks: Vec<Seen>,
    /// What was tested just now.
    pub tested: Option<Tested>,
}

impl Index {
    /// What was found out about this network just now.
    fn outcome_of(&self, network: &Seen) -> Option<&Result<String, String>> {
        self.tested.as_ref().filter(|tested| tested.name == network.name).map(|tested| &tested.outcome)
    }
}

/// Whether a network is asked.
fn state(network: &Seen) -> Badge {
    badge::network_state(network.state.as_ref().map(|state| (state.open_since.is_some(), state.silent > 0)))
}

/// What follows from its state, in a sentence.
fn consequence(state: &State) -> String {
    match (state.open_since, state.held_until) {
        (Some(since), Some(until)) if until > Utc::now() => format!(
            "It has not answered {} in a row, and is left alone since {}. It is tried again after {}.",
            counted(state.silent, "call", "calls"),
            exact_time(&since),
            exact_time(&until)
        ),
        (Some(since), _) => format!(
            "It has been left alone since {}. The next step that needs it tries it again.",
            exact_time(&since)
        ),
        (None, _) if state.silent > 0 => {
            format!(
                "It has not answered {} in a row. It is asked again.",
                counted(state.silent, "call", "calls")
            )
        }
        (None, _) => String::new(),
    }
}
