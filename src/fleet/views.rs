//! What the grid shows.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, Utc};
use fleet::custom_fields::Field;
use fleet::grid_layouts::Layout;
use fleet::ids::{OfferId, SimId};
use fleet::operations::OperationKind;
use fleet::saved_views::SavedView;
use fleet::sims::{Column, Grid, GridRequest, Place, Row, SimFilter, Start};
use fleet::tenancy::TreeScope;

use super::actions::{self, Action};
use super::address::GridAddress;
use super::contents::{Contents, Origin};
use crate::sims;
use crate::web::display;
use crate::web::page::Page;

/// The screen *Connectivity Portal*.
#[derive(Template)]
#[template(path = "fleet/index.html", blocks = ["grid"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    pub(super) address: GridAddress,
    pub(super) layout: Layout,
    pub(super) view: Option<(SavedView, bool)>,
    has_default: bool,
    gone: Option<&'static str>,
    actions: Vec<Action>,
    may_import: bool,
    may_export: bool,
    origin: Origin,
    pub(super) grid: Grid,
    last_seen: HashMap<SimId, DateTime<Utc>>,
    pub(super) tree: Option<TreeScope>,
    pub(super) tree_size: Option<i64>,
}

impl Index {
    /// Makes the view.
    pub fn new(page: Page, contents: Contents) -> Self {
        let Contents { address, layout, view, has_default, gone, actions, may_import, may_export, .. } =
            contents;
        let Contents { origin, grid, last_seen, tree, tree_size, .. } = contents;
        Self {
            page,
            address,
            layout,
            view,
            has_default,
            gone,
            actions,
            may_import,
            may_export,
            origin,
            grid,
            last_seen,
            tree,
            tree_size,
        }
    }

    pub(super) fn filter(&self) -> &SimFilter {
        &self.address.request.filter
    }

    fn rows(&self) -> &[Row] {
        &self.grid.rows
    }

    /// The filter, as what the selection is kept under.
    fn filter_query(&self) -> String {
        self.address.selection_query()
    }

    /// What the dialog of an export is sent for all that match: which SIMs, and which columns are shown.
    fn export_values(&self) -> String {
        let filter = self.filter_query();
        serde_json::json!({ "selection": "matching", "filter": filter, "shown": self.shown_text() })
            .to_string()
    }

    /// How many SIMs match, where that is known without counting.
    fn total(&self) -> Option<i64> {
        let filter = self.filter();
        if filter.is_by_group_alone() {
            return Some(self.grid.facets.count(filter));
        }
        let is_all = self.address.request.start == Start::First && self.grid.next.is_none();
        is_all.then(|| i64::try_from(self.rows().len()).unwrap_or(i64::MAX))
    }

    /// The page for programs.
    pub fn to_json(&self) -> serde_json::Value {
        let Grid { rows, facets, in_flight, .. } = &self.grid;
        let flight = |row: &Row| in_flight.iter().find(|flight| flight.sim == row.id);
        let link = |address: String| Some(address).filter(|address| !address.is_empty());
        serde_json::json!({
            "sims": rows.iter().map(|row| sims::Json::of(row, facets, flight(row))).collect::<Vec<_>>(),
            "total": self.total(),
            "previous": link(self.previous()),
            "next": link(self.next()),
        })
    }

    /// How much of the whole is shown, for eyes and screen readers.
    fn shown(&self) -> String {
        let rows = self.rows().len();
        match self.total() {
            Some(total) => format!("{} of {}", display::count(rows), display::counted(total, "SIM", "SIMs")),
            None => display::counted(rows, "SIM", "SIMs"),
        }
    }

    fn select_all_words(&self) -> String {
        match self.total() {
            Some(total) => format!("Select all {} that match", display::count(total)),
            None => "Select all that match".to_owned(),
        }
    }

    fn is_subaccount(&self) -> bool {
        self.origin == Origin::Parent
    }

    fn is_filtered(&self) -> bool {
        !self.filter().is_empty()
    }

    pub(super) fn is_search(&self) -> bool {
        self.filter().is_search()
    }

    /// The address with another request.
    pub(super) fn to(&self, change: impl FnOnce(&mut GridRequest)) -> String {
        self.led_to(&self.address.with(change))
    }

    pub(super) fn led_to(&self, address: &GridAddress) -> String {
        let address = address.to_address();
        // Alone, this leads to the view that the person begins with.
        if self.has_default && address == "/fleet" { "/fleet?view=none".to_owned() } else { address }
    }

    /// The address of the first page with another filter.
    pub(super) fn with(&self, change: impl FnOnce(&mut SimFilter)) -> String {
        self.to(|request| {
            request.start = Start::First;
            change(&mut request.filter);
        })
    }

    /// The address of this very page, to be loaded again when SIMs have changed.
    pub fn here(&self) -> String {
        self.to(|_| {})
    }

    fn page_address(&self, place: Option<&Place>, start: impl Fn(Place) -> Start) -> String {
        place.map_or_else(String::new, |place| self.to(|request| request.start = start(place.clone())))
    }

    fn previous(&self) -> String {
        self.page_address(self.grid.previous.as_ref(), Start::Before)
    }

    fn next(&self) -> String {
        self.page_address(self.grid.next.as_ref(), Start::After)
    }

    fn offer(&self, row: &Row) -> &str {
        row.offer.and_then(|id: OfferId| self.grid.facets.offer(id)).unwrap_or_default()
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.grid.facets.fields
    }

    /// What stands in the column of a custom field.
    fn value(row: &Row, column: &Column) -> String {
        match column {
            Column::Field(id) => row.field(*id).unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }

    fn last_seen(&self, row: &Row) -> Option<&DateTime<Utc>> {
        self.last_seen.get(&row.id)
    }

    fn labels(&self, row: &Row) -> Vec<&fleet::labels::Label> {
        row.labels.iter().filter_map(|id| self.grid.facets.label(*id)).collect()
    }

    /// What is being done with a SIM, and by which operation.
    fn flight(&self, row: &Row) -> Option<(&'static str, i64)> {
        let flight = self.grid.in_flight.iter().find(|flight| flight.sim == row.id)?;
        let kind: OperationKind = flight.kind;
        Some((actions::under_way(kind), flight.operation.0))
    }
}
