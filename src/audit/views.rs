//! What the screen of the log shows.

use askama::Template;
use fleet::audit::{Action, Event, Listed, Place};

use super::query::AuditQuery;
use crate::web::display::counted;
use crate::web::forms::Choice;
use crate::web::page::Page;

/// The log.
#[derive(Template)]
#[template(path = "audit/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// The lines of this page.
    pub listed: Listed,
    /// Which lines, and which page.
    pub query: AuditQuery,
}

impl Index {
    fn actions() -> Vec<Choice> {
        let mut choices: Vec<Choice> =
            Action::ALL.iter().map(|action| Choice::new(action.as_str(), action.label())).collect();
        choices.sort_by(|one, other| one.text.cmp(&other.text));
        choices.insert(0, Choice::new("", "All"));
        choices
    }

    fn shown(&self) -> String {
        counted(self.listed.events.len(), "line", "lines")
    }

    fn previous(&self) -> String {
        self.listed.before.map_or_else(String::new, |id| self.query.address(Place::Before(id)))
    }

    fn next(&self) -> String {
        self.listed.after.map_or_else(String::new, |id| self.query.address(Place::After(id)))
    }

    fn changes(event: &Event) -> Vec<String> {
        event.changes().iter().map(change_words).collect()
    }
}

/// A change as people read it: `name: before → after`.
pub fn change_words((name, before, after): &(String, String, String)) -> String {
    match (before.as_str(), after.as_str()) {
        ("", after) => format!("{name}: {after}"),
        (before, "") => format!("{name}: {before} → none"),
        (before, after) => format!("{name}: {before} → {after}"),
    }
}
