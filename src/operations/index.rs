//! What the list of operations shows.

use askama::Template;
use fleet::ids::OperationId;
use fleet::operations::{self, OperationKind, OperationState, Outcome, Summary};

use super::json::Json;
use super::list_query::{ListQuery, Place};
use super::views::{any, around, asks};
use crate::web::forms::Choice;
use crate::web::page::Page;

/// The list.
#[derive(Template)]
#[template(path = "operations/index.html", blocks = ["list"])]
pub struct Index {
    page: Page,
    query: ListQuery,
    rows: Vec<Summary>,
    address: String,
    previous: String,
    next: String,
}

impl Index {
    /// A page of the list.
    pub fn new(
        page: Page,
        query: ListQuery,
        place: Place<OperationId>,
        found: operations::Page<Summary>,
    ) -> Self {
        let (first, last) = (found.rows.first(), found.rows.last());
        let (before, after) = around(place, found.has_more);
        Self {
            address: query.address(place),
            previous: first
                .filter(|_| before)
                .map_or_else(String::new, |row| query.address(Place::Before(row.number))),
            next: last
                .filter(|_| after)
                .map_or_else(String::new, |row| query.address(Place::After(row.number))),
            rows: found.rows,
            page,
            query,
        }
    }

    /// The page for programs.
    pub fn to_json(&self) -> serde_json::Value {
        let link = |address: &str| (!address.is_empty()).then(|| address.to_owned());
        serde_json::json!({
            "operations": self.rows.iter().map(Json::of).collect::<Vec<_>>(),
            "previous": link(&self.previous),
            "next": link(&self.next),
        })
    }

    fn asks(&self) -> &'static str {
        asks(&self.rows)
    }

    fn kinds() -> Vec<Choice> {
        any(OperationKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label())))
    }

    fn statuses() -> Vec<Choice> {
        let running = OperationState::ALL.iter().filter(|state| **state != OperationState::Finished);
        let states = running.map(|state| Choice::new(state.as_str(), state.label()));
        any(states.chain(Outcome::ALL.iter().map(|outcome| Choice::new(outcome.as_str(), outcome.label()))))
    }
}
