//! The address of a SIM's page: which part of its timeline is shown.

use fleet::ids::OperationId;
use fleet::operations::{OperationKind, TaskState, TimelineFilter};
use serde::{Deserialize, Serialize};

use crate::operations::{launched, with_query, word};
use crate::web::error::AppError;
use crate::web::forms::Choice;

/// The filters of a timeline, as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimelineQuery {
    /// Operations of this kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What came of them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Launched on this day (UTC) or later.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Launched on this day (UTC) or earlier.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The events from before this operation on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
}

impl TimelineQuery {
    /// The filter of the engine.
    pub fn filter(&self) -> Result<TimelineFilter, AppError> {
        let (since, until) = launched(&self.from, &self.to)?;
        Ok(TimelineFilter {
            kind: word::<OperationKind>(&self.kind, "a type")?,
            state: word::<TaskState>(&self.outcome, "an outcome")?,
            since,
            until,
        })
    }

    /// The operation that the shown part ends before.
    pub fn before(&self) -> Result<Option<OperationId>, AppError> {
        word(&self.before, "a page")
    }

    /// The address of the part before `before`, with the same filters; none: of the newest part.
    pub fn address(&self, iccid: &str, before: Option<OperationId>) -> String {
        let before = before.map(|number| number.to_string()).unwrap_or_default();
        with_query(&format!("/sims/{iccid}"), &Self { before, ..self.clone() })
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        [&self.kind, &self.outcome, &self.from, &self.to].iter().any(|field| !field.trim().is_empty())
    }

    /// The kinds to choose from. Without networks beside the one that only pretends nothing is compared and mended,
    /// though it may have been, and an address may ask for it.
    pub fn kinds(&self, has_networks: bool) -> Vec<Choice> {
        let of_networks = [OperationKind::Reconcile, OperationKind::Mend];
        let is_shown =
            |kind: &&OperationKind| has_networks || !of_networks.contains(kind) || kind.as_str() == self.kind;
        any(OperationKind::ALL.iter().filter(is_shown).map(|kind| Choice::new(kind.as_str(), kind.label())))
    }

    /// The outcomes to choose from.
    pub fn outcomes() -> Vec<Choice> {
        any(TaskState::ALL.iter().map(|state| Choice::new(state.as_str(), state.label())))
    }
}

fn any(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", "Any")).chain(choices).collect()
}
