//! The list of the files that were sent.

use askama::Template;
use diesel::PgConnection;
use fleet::ids::ImportDraftUid;
use fleet::import_drafts::{self, Check, Listed};
use fleet::operations::{self, OperationState, Outcome};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;

use crate::web::badge::{self, Badge};
use crate::web::page::Page;

/// Rows of a page of the list.
const PAGE: i64 = 25;

/// Which page of the list: the first one where nothing is said.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    /// From after this file on, in the order of the list.
    after: Option<ImportDraftUid>,
    /// Up to right before this one.
    before: Option<ImportDraftUid>,
}

/// A page of the list as it was read.
pub type Read = (bool, operations::Page<Listed>, Place);

impl Place {
    /// Reads that page.
    pub fn read(
        self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
    ) -> fleet::Result<operations::Page<Listed>> {
        match self.before {
            Some(file) => import_drafts::list_before(conn, scope, file, PAGE),
            None => import_drafts::list(conn, scope, self.after, PAGE),
        }
    }

    fn address(self) -> String {
        let key = |name: &str, file: Option<ImportDraftUid>| file.map(|file| format!("?{name}={file}"));
        let place = key("before", self.before).or_else(|| key("after", self.after));
        format!("/imports{}", place.unwrap_or_default())
    }
}

/// The page.
#[derive(Template)]
#[template(path = "imports/index.html", blocks = ["list"])]
pub struct Index {
    page: Page,
    rows: Vec<Listed>,
    address: String,
    previous: String,
    next: String,
    /// Whether more files can be sent.
    may_import: bool,
}

impl Index {
    /// A page of the list.
    pub fn new(page: Page, (may_import, found, place): Read) -> Self {
        let is_first = place.after.is_none() && place.before.is_none();
        let (has_previous, has_next) =
            if place.before.is_some() { (found.has_more, true) } else { (!is_first, found.has_more) };
        let before = found.rows.first().filter(|_| has_previous).map(|row| row.uid);
        let after = found.rows.last().filter(|_| has_next).map(|row| row.uid);
        let address = |place: Place| place.address();
        Self {
            page,
            may_import,
            address: place.address(),
            previous: before.map_or_else(String::new, |_| address(Place { before, after: None })),
            next: after.map_or_else(String::new, |_| address(Place { after, before: None })),
            rows: found.rows,
        }
    }

    /// How the trigger of the list ends: it asks as long as something is checked or loaded.
    fn asks(&self) -> &'static str {
        let moves = |row: &Listed| row.check() == Check::UnderWay || is_loading(row);
        if self.rows.iter().any(moves) { ", every 3s" } else { "" }
    }

    fn problems(row: &Listed) -> Option<i32> {
        (row.check() == Check::Done).then_some(row.rows - row.ready)
    }

    fn state(row: &Listed) -> Badge {
        match (row.check(), row.operation_state) {
            (Check::UnderWay, _) => Badge { word: "Checking", ..badge::operation_state("in_progress") },
            (Check::Failed(_), _) => badge::operation_state("failed"),
            (Check::Done, None) if row.ready == 0 => {
                Badge { word: "Nothing to load", ..badge::operation_state("failed") }
            }
            (Check::Done, None) => Badge { word: "Checked", ..badge::operation_state("scheduled") },
            (Check::Done, Some(state)) => loading(state, row.outcome()),
        }
    }

    /// Whether it waits for somebody to say that it is loaded.
    fn is_open(row: &Listed) -> bool {
        row.check() == Check::Done && row.operation.is_none() && row.ready > 0
    }
}

fn is_loading(row: &Listed) -> bool {
    row.operation_state.is_some_and(|state| state != OperationState::Finished)
}

fn loading(state: OperationState, outcome: Option<Outcome>) -> Badge {
    match outcome {
        Some(Outcome::Succeeded) => Badge { word: "Loaded", ..badge::operation_state("succeeded") },
        Some(Outcome::PartlyFailed) => {
            Badge { word: "Partly loaded", ..badge::operation_state("partly_failed") }
        }
        Some(other) => badge::operation_state(other.as_str()),
        None if state == OperationState::InProgress => {
            Badge { word: "Loading", ..badge::operation_state("in_progress") }
        }
        None => badge::operation_state(state),
    }
}
