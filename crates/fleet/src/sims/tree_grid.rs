//! The grid over several accounts of a tree: one page of the SIMs that match a filter in any of them.
//!
//! Each account that may have some gives the page that it would show by itself, and these are merged: in one query
//! by what they are in order by. A search has runs of its own in each account; there, the pages are merged here.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::facets::{self, Group};
use super::grid::{self, Counted, Grid, GridRequest};
use super::order::{Sort, Value};
use super::rows::RowSql;
use super::runs::Runs;
use super::tree::check_tree_filter;
use super::way::Way;
use super::{Facets, Row, SimFilter, Start};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, SimId};
use crate::operations;
use crate::tenancy::TreeScope;

/// The page that `request` asks for, of all accounts of the tree; an empty one where they are too many.
///
/// [`crate::Error::Invalid`] for a filter by what belongs to one account.
pub fn tree_grid(conn: &mut PgConnection, tree: &TreeScope, request: &GridRequest) -> Result<Grid> {
    grid::check(request)?;
    check_tree_filter(&request.filter)?;
    let groups = facets::groups(conn, &tree.ids())?;
    let all = Together::find(conn, tree, request, &groups)?;
    let start = all.ways.first().map_or(&Start::First, |way| way.start(request));
    let rows = if request.filter.is_search() {
        all.searched(conn, request, start)?
    } else if let Some(merged) = all.merged(request, start)? {
        merged.load(conn)?
    } else {
        Vec::new()
    };
    let (rows, earlier, later) = grid::cut(start, usize::from(request.size), rows);
    let ids: Vec<SimId> = rows.iter().map(|row| row.id).collect();
    let in_flight =
        if ids.is_empty() { Vec::new() } else { operations::unfinished_in_tree(conn, tree, &ids)? };
    let groups = groups.into_iter().map(|(_, group)| group).collect();
    let place = |row| all.ways.first().map(|way| way.place(&request.filter, row));
    Ok(Grid {
        previous: rows.first().filter(|_| earlier).and_then(place),
        next: rows.last().filter(|_| later).and_then(place),
        facets: Facets::of_tree(conn, &tree.ids(), groups, &rows)?,
        list: None,
        in_flight,
        sort: all.sort,
        sorts: all.sorts,
        rows,
    })
}

/// How many SIMs of the accounts of the tree match, counted no further than `most` where counters don't know.
pub fn count_tree_up_to(
    conn: &mut PgConnection,
    tree: &TreeScope,
    filter: &SimFilter,
    most: u16,
) -> Result<Counted> {
    check_tree_filter(filter)?;
    let groups = facets::groups(conn, &tree.ids())?;
    if filter.is_by_group_alone() {
        let facets = Facets::of_groups(groups.into_iter().map(|(_, group)| group).collect());
        return Ok(Counted { count: facets.count(filter), more: false });
    }
    let request = grid::to_be_counted(filter, most);
    let mut count = 0;
    for way in &Together::find(conn, tree, &request, &groups)?.ways {
        if count <= i64::from(most) {
            count += grid::found(conn, &request, way)?;
        }
    }
    Ok(Counted::up_to(most, count))
}

/// The plan of the query that a page is read with, as it was carried out: for tests.
#[cfg(feature = "testing")]
pub fn explain_tree(
    conn: &mut PgConnection,
    tree: &TreeScope,
    request: &GridRequest,
) -> Result<Option<serde_json::Value>> {
    let groups = facets::groups(conn, &tree.ids())?;
    let all = Together::find(conn, tree, request, &groups)?;
    let start = all.ways.first().map_or(&Start::First, |way| way.start(request));
    let merged = all.merged(request, start)?;
    merged.map(|merged| Ok(super::runs::Explained(&merged).get_result(conn)?)).transpose()
}

/// The most ranges of indexes in one query: a statement has at most 65,535 values, and each range takes some.
const RANGES: usize = 6_000;

/// The ways to the SIMs of the accounts that may have some which match, all in one order.
struct Together {
    ways: Vec<Way>,
    sort: Sort,
    /// What all of them can be in order by.
    sorts: Vec<Sort>,
}

impl Together {
    fn find(
        conn: &mut PgConnection,
        tree: &TreeScope,
        request: &GridRequest,
        groups: &[(CompanyId, Group)],
    ) -> Result<Self> {
        let mut ways = Vec::new();
        for account in tree.accounts() {
            let own = groups.iter().filter(|(company, _)| *company == account.company_id());
            let facets = Facets::of_groups(own.map(|(_, group)| *group).collect());
            let way = Way::find(conn, account, request, &facets, None)?;
            if !way.groups.is_empty() {
                ways.push(way);
            }
        }
        let filter = &request.filter;
        let mut sorts = if filter.is_search() { Vec::new() } else { Sort::ALL.to_vec() };
        for way in &ways {
            let own = way.sorts(filter);
            sorts.retain(|sort| own.contains(sort));
        }
        let sort = Some(request.sort).filter(|sort| sorts.contains(sort));
        let sort = sort.or(sorts.first().copied()).unwrap_or(request.sort);
        for way in &mut ways {
            way.sort = sort;
        }
        Ok(Self { ways, sort, sorts })
    }

    /// The pages of a search, merged: by the run that each row was found in, then by what the run is in order by.
    fn searched(&self, conn: &mut PgConnection, request: &GridRequest, start: &Start) -> Result<Vec<Row>> {
        let size = usize::from(request.size);
        let mut found = Vec::new();
        for way in &self.ways {
            let mut own: Vec<Row> = Vec::new();
            for part in grid::parts(request, way, start) {
                if own.len() <= size {
                    own.extend(part.rows(conn)?);
                }
            }
            found.extend(own.into_iter().map(|row| (way.place(&request.filter, &row), row)));
        }
        found.sort_by_cached_key(|(place, _)| {
            let text = match &place.value {
                Value::Text(text) => text.clone(),
                Value::Time(_) => String::new(),
            };
            (place.run, text, place.id)
        });
        if matches!(start, Start::Before(_)) {
            found.reverse();
        }
        found.truncate(size + 1);
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    /// The query of a page without a text; none where no account has SIMs that match.
    fn merged(&self, request: &GridRequest, start: &Start) -> Result<Option<Merged>> {
        let pages: Vec<_> = self.ways.iter().flat_map(|way| grid::parts(request, way, start)).collect();
        if pages.iter().map(|page| page.ranges.len()).sum::<usize>() > RANGES {
            return Err(Error::refused(format!(
                "This filter is too much for {} accounts at once. Choose some of them, or take types and offers out of it.",
                self.ways.len()
            )));
        }
        let by = pages.first().and_then(Runs::merge).map(str::to_owned);
        Ok(by.map(|by| Merged { pages, by, limit: i64::from(request.size) + 1 }))
    }
}

/// The pages of several accounts, merged into one.
struct Merged {
    pages: Vec<Runs>,
    by: String,
    limit: i64,
}

impl QueryFragment<Pg> for Merged {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        if let [only] = self.pages.as_slice() {
            return QueryFragment::<Pg>::walk_ast(only, out);
        }
        for (index, page) in self.pages.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
            QueryFragment::<Pg>::walk_ast(page, out.reborrow())?;
            out.push_sql(")");
        }
        out.push_sql(" ORDER BY ");
        out.push_sql(&self.by);
        // A number in the text: a plan for an unknown limit is one for many rows.
        out.push_sql(&format!(" LIMIT {}", self.limit));
        Ok(())
    }
}

impl Query for Merged {
    type SqlType = RowSql;
}

impl QueryId for Merged {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Merged {}
