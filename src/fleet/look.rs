//! How the grid looks: its columns, its page size, and the view that it was made from.

use fleet::grid_layouts::Density;
use fleet::sims::{Column, Columns, PAGE_SIZES, Sort, Start};

use super::address::GridAddress;
use super::views::Index;
use crate::grid_layouts;

/// The head of a column.
pub struct Head {
    /// The column.
    pub column: Column,
    /// Its words.
    pub words: String,
    /// How many pixels wide it is.
    pub width: u16,
    /// The address that sorts by it; empty where that can't be done.
    pub address: String,
    /// `ascending`, `descending`, or nothing.
    pub direction: &'static str,
}

/// The saved view that the grid was made from.
pub struct OpenView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its changes are sent.
    pub address: String,
    /// What is sent to save what the grid shows now; empty if that is the view, or not to be changed.
    pub changes: String,
    /// Whether the grid shows something else by now.
    pub is_changed: bool,
}

impl Index {
    fn shown_columns(&self) -> &Columns {
        self.address.columns.as_ref().unwrap_or(&self.layout.columns)
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        self.shown_columns().among(self.fields())
    }

    /// The columns that are shown, as they are written in addresses.
    pub(super) fn shown_text(&self) -> String {
        self.shown_columns().to_text()
    }

    pub(super) fn heads(&self) -> Vec<Head> {
        let head = |column: Column| {
            let sort = column.sort().filter(|sort| self.grid.sorts.contains(sort));
            let (address, direction) = sort.map_or((String::new(), ""), |sort| self.sorted_by(sort));
            let width = grid_layouts::width(&self.layout, column);
            Head { column, words: column.label(self.fields()).to_owned(), width, address, direction }
        };
        self.columns().into_iter().map(head).collect()
    }

    pub(super) fn is_compact(&self) -> bool {
        self.layout.density == Density::Compact
    }

    fn sorted_by(&self, sort: Sort) -> (String, &'static str) {
        let (current, was_descending) = (self.grid.sort == sort, self.address.request.descending);
        let address = self.to(|request| {
            request.sort = sort;
            request.descending = current && !was_descending;
            request.start = Start::First;
        });
        match (current, was_descending) {
            (false, _) => (address, ""),
            (true, false) => (address, "ascending"),
            (true, true) => (address, "descending"),
        }
    }

    /// The sizes of a page: whether it is this one, its address, and what is sent to keep it.
    pub(super) fn sizes(&self) -> Vec<(u16, bool, String, String)> {
        let first = self.address.first_page();
        let size = |size: u16| {
            let values = serde_json::json!({ "size": size.to_string(), "grid": first.to_query() });
            let address = GridAddress { size: Some(size), ..first.clone() }.to_address();
            (size, size == self.address.request.size, address, values.to_string())
        };
        PAGE_SIZES.into_iter().map(size).collect()
    }

    /// The query string of this page, for the dialogs that change how it looks.
    pub(super) fn query(&self) -> String {
        self.address.to_query()
    }

    pub(super) fn open_view(&self) -> Option<OpenView<'_>> {
        let (view, can_change) = self.view.as_ref()?;
        let query =
            GridAddress { columns: Some(self.shown_columns().clone()), ..self.address.as_view() }.to_query();
        let is_changed = query != view.query;
        let mut changes = serde_json::json!({ "name": view.name, "query": query });
        if view.is_shared {
            changes["shared"] = "on".into();
        }
        Some(OpenView {
            name: &view.name,
            address: format!("/saved-views/{}", view.uid),
            changes: if is_changed && *can_change { changes.to_string() } else { String::new() },
            is_changed,
        })
    }
}
