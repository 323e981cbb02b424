//! What a page of the grid is made of, read at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use fleet::grid_layouts::{self, Layout};
use fleet::ids::SimId;
use fleet::import_drafts;
use fleet::life_signs;
use fleet::saved_views::{self, SavedView};
use fleet::sims::{self, Column, Gone, Grid};
use fleet::tenancy::{self, CompanyScope, Permission, TreeScope};

use super::actions::{self, Action};
use super::address::GridAddress;

/// Where the SIMs of a company come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A main account loads them from a vendor's file.
    File,
    /// A subaccount gets them by a transfer from the company above.
    Parent,
}

/// What a page of the grid is made of.
pub struct Contents {
    /// What was asked for.
    pub address: GridAddress,
    /// How the person likes it.
    pub layout: Layout,
    /// The saved view that the address names, and whether the person may change it.
    pub view: Option<(SavedView, bool)>,
    /// Whether the person begins with a view, so that `/fleet` alone means that one.
    pub has_default: bool,
    /// What the filter names that is gone.
    pub gone: Option<&'static str>,
    /// What can be done with the SIMs that are selected.
    pub actions: Vec<Action>,
    /// Whether the person may import SIMs here.
    pub may_import: bool,
    /// Where SIMs come from here.
    pub origin: Origin,
    /// Whether the person may take SIMs out as a file.
    pub may_export: bool,
    /// The SIMs.
    pub grid: Grid,
    /// When they were last seen, where that is shown.
    pub last_seen: HashMap<SimId, DateTime<Utc>>,
    /// The accounts that they are in, if not in the company in focus alone.
    pub tree: Option<TreeScope>,
    /// How many accounts the person could look at together; none for whoever may not.
    pub tree_size: Option<i64>,
}

impl Contents {
    /// Reads the page that `address` asks for. A view that the person does not see is not found.
    pub fn read(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        mut address: GridAddress,
        has_networks: bool,
    ) -> fleet::Result<Self> {
        let layout = grid_layouts::find(conn, scope)?;
        address.request.size = address.size.unwrap_or(layout.size);
        let view = address.view.map(|uid| saved_views::find(conn, scope, uid)).transpose()?;
        let tree = address.tree.as_ref().map(|query| query.scope(conn, scope)).transpose()?;
        let filter = &address.request.filter;
        let (grid, gone, actions) = if let Some(tree) = &tree {
            let actions = actions::in_tree(tree, has_networks, &filter.states).into_iter();
            let grid = sims::tree_grid(conn, tree, &address.request)?;
            (grid, None, actions.chain([actions::export(scope)]).collect())
        } else {
            let actions = actions::of(scope, has_networks, &filter.states).into_iter();
            let grid = sims::grid(conn, scope, &address.request)?;
            let gone = Gone::beside(&grid.facets, filter).in_filter(filter);
            (grid, gone, actions.chain([actions::export(scope)]).collect())
        };
        let shown = address.columns.as_ref().unwrap_or(&layout.columns);
        let last_seen = if shown.has(Column::Seen) {
            last_seen(conn, scope, tree.as_ref(), &grid)?
        } else {
            HashMap::new()
        };
        Ok(Self {
            last_seen,
            view: view.map(|view| {
                let can_change = view.can_change(scope);
                (view, can_change)
            }),
            has_default: saved_views::default_of(conn, scope)?.is_some(),
            may_export: scope.allows(Permission::SimsExport),
            may_import: tree.is_none() && import_drafts::may_import(scope).is_ok(),
            origin: if scope.is_main_account() { Origin::File } else { Origin::Parent },
            tree_size: tenancy::tree_size(conn, scope)?,
            gone,
            grid,
            actions,
            tree,
            layout,
            address,
        })
    }
}

/// When the SIMs of a page were last seen.
fn last_seen(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    tree: Option<&TreeScope>,
    grid: &Grid,
) -> fleet::Result<HashMap<SimId, DateTime<Utc>>> {
    let ids: Vec<SimId> = grid.rows.iter().map(|row| row.id).collect();
    match tree {
        Some(tree) => life_signs::last_seen_in_tree(conn, tree, &ids),
        None => life_signs::last_seen(conn, scope, &ids),
    }
}
