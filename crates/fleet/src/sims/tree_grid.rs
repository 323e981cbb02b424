//! The grid over several accounts of a tree: one page of the SIMs that match a filter in any of them.
//!
//! It is the grid of one account, whose ranges are looked for in each (see [`super::across`]): as many statements, however
//! many accounts there are.

use diesel::prelude::*;

use super::grid::{self, Counted, Grid, GridRequest};
use super::tree::check_tree_filter;
use super::way::Way;
use super::{Facets, SimFilter};
use crate::error::Result;
use crate::ids::SimId;
use crate::operations;
use crate::tenancy::TreeScope;

/// The page that `request` asks for, of all accounts of the tree; an empty one where they are too many.
///
/// [`crate::Error::Invalid`] for a filter by what belongs to one account.
pub fn tree_grid(conn: &mut PgConnection, tree: &TreeScope, request: &GridRequest) -> Result<Grid> {
    grid::check(request)?;
    check_tree_filter(&request.filter)?;
    let facets = Facets::of_accounts(conn, &tree.ids())?;
    let way = Way::find(conn, tree.accounts(), request, &facets, None)?;
    let page = grid::page(conn, request, &way)?;
    let ids: Vec<SimId> = page.rows.iter().map(|row| row.id).collect();
    let in_flight =
        if ids.is_empty() { Vec::new() } else { operations::unfinished_in_tree(conn, tree, &ids)? };
    let facets = facets.beside(conn, &tree.ids(), &page.rows)?;
    Ok(page.on(&way, request, facets, None, in_flight))
}

/// How many SIMs of the accounts of the tree match, counted no further than `most` where counters don't know.
pub fn count_tree_up_to(
    conn: &mut PgConnection,
    tree: &TreeScope,
    filter: &SimFilter,
    most: u16,
) -> Result<Counted> {
    check_tree_filter(filter)?;
    let facets = Facets::of_accounts(conn, &tree.ids())?;
    grid::counted_up_to(conn, tree.accounts(), filter, &facets, None, most)
}

/// The plan of the first query that a page is read with, as it was carried out: for tests.
#[cfg(feature = "testing")]
pub fn explain_tree(
    conn: &mut PgConnection,
    tree: &TreeScope,
    request: &GridRequest,
) -> Result<Option<serde_json::Value>> {
    let facets = Facets::of_accounts(conn, &tree.ids())?;
    let way = Way::find(conn, tree.accounts(), request, &facets, None)?;
    let parts = grid::parts(request, &way, way.start(request));
    parts.first().map(|part| Ok(super::statement::Explained(part).get_result(conn)?)).transpose()
}
