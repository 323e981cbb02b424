//! An operation for programs.

use fleet::ids::OperationId;
use fleet::operations::{Moment, OperationKind, OperationState, Outcome, Summary};

use crate::web::display::machine_time;

/// An operation for programs.
#[derive(serde::Serialize)]
pub struct Json {
    number: OperationId,
    kind: OperationKind,
    state: OperationState,
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_zone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<OperationId>,
    /// How many tasks there are so far.
    total: i32,
    /// How many SIMs it is for, where it was launched in the company in focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<i32>,
    counters: JsonCounters,
}

#[derive(serde::Serialize)]
struct JsonCounters {
    pending: i32,
    in_progress: i32,
    success: i32,
    failure: i32,
    cancelled: i32,
}

impl Json {
    /// The operation as JSON.
    pub fn of(summary: &Summary) -> Self {
        let c = &summary.counters;
        Self {
            number: summary.number,
            kind: summary.kind,
            state: summary.state,
            outcome: summary.outcome(),
            scheduled_for: summary.scheduled_for().map(|moment| machine_time(&moment.at())),
            scheduled_zone: summary.scheduled_for().map(Moment::zone),
            after: summary.after,
            total: c.total(),
            selected: summary.selected,
            counters: JsonCounters {
                pending: c.pending,
                in_progress: c.in_progress,
                success: c.success,
                failure: c.failure,
                cancelled: c.cancelled,
            },
        }
    }
}
