//! The grid: one page of the SIMs that match a filter, in an order, from a place on.

use std::slice;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use serde::Serialize;

use super::order::Sort;
use super::runs::{From, Runs};
#[cfg(feature = "testing")]
use super::statement;
use super::statement::CountOf;
use super::way::Way;
use super::{Facets, Place, Row, SimFilter};
use crate::error::{Error, Result};
use crate::ids::SimId;
use crate::operations::{self, InFlight};
use crate::sim_lists::{self, SimList};
use crate::tenancy::{CompanyScope, Permission};

/// How many rows a page may have.
pub const PAGE_SIZES: [u16; 4] = [25, 50, 100, 250];

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridRequest {
    /// Which SIMs.
    pub filter: SimFilter,
    /// By what they are in order; a filter with a text brings its own order.
    pub sort: Sort,
    /// Whether downwards.
    pub descending: bool,
    /// How many at most.
    pub size: u16,
    /// Where the page begins, or ends.
    pub start: Start,
}

impl Default for GridRequest {
    fn default() -> Self {
        Self {
            filter: SimFilter::default(),
            sort: Sort::default(),
            descending: false,
            size: 50,
            start: Start::First,
        }
    }
}

/// Where a page begins, or ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Start {
    /// The first page.
    #[default]
    First,
    /// The page that begins after this place.
    After(Place),
    /// The page that ends before this place.
    Before(Place),
}

/// One page of the grid.
#[derive(Debug, Clone)]
pub struct Grid {
    /// What the filter bar offers.
    pub facets: Facets,
    /// The list that is filtered by.
    pub list: Option<SimList>,
    /// The rows, in their order.
    pub rows: Vec<Row>,
    /// Those of them that are in an unfinished operation.
    pub in_flight: Vec<InFlight>,
    /// What the rows are in order by; it is not what was asked for where the filter has no such order.
    pub sort: Sort,
    /// What they can be in order by.
    pub sorts: Vec<Sort>,
    /// Whether the text begins words of more labels than those by which SIMs are found: the first 20 by name.
    pub has_more_labels: bool,
    /// The page before this one ends before this place.
    pub previous: Option<Place>,
    /// The page after this one begins after this place.
    pub next: Option<Place>,
}

/// The page that `request` asks for.
///
/// It costs a handful of queries, whose work depends on the size of the page, not of the fleet.
pub fn grid(conn: &mut PgConnection, scope: &CompanyScope, request: &GridRequest) -> Result<Grid> {
    scope.require(Permission::FleetView)?;
    check(request)?;
    let list = request.filter.list.map(|uid| sim_lists::find(conn, scope, uid)).transpose()?;
    let facets = Facets::read(conn, scope)?;
    let way = Way::find(conn, slice::from_ref(scope), request, &facets, list.as_ref())?;
    let page = page(conn, request, &way)?;
    let ids: Vec<SimId> = page.rows.iter().map(|row| row.id).collect();
    let in_flight = if ids.is_empty() { Vec::new() } else { operations::unfinished_for(conn, scope, &ids)? };
    Ok(page.on(&way, request, facets, list, in_flight))
}

/// The rows of a page, and whether there are some before it and after it.
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    earlier: bool,
    later: bool,
}

impl Page {
    /// With all that is shown beside it.
    pub(super) fn on(
        self,
        way: &Way,
        request: &GridRequest,
        facets: Facets,
        list: Option<SimList>,
        in_flight: Vec<InFlight>,
    ) -> Grid {
        let Self { rows, earlier, later } = self;
        let place = |row| way.place(&request.filter, row);
        Grid {
            previous: rows.first().filter(|_| earlier).map(place),
            next: rows.last().filter(|_| later).map(place),
            sort: way.sort,
            sorts: way.sorts(&request.filter),
            has_more_labels: way.has_more_labels,
            facets,
            list,
            rows,
            in_flight,
        }
    }
}

/// Reads a page along its way.
pub(super) fn page(conn: &mut PgConnection, request: &GridRequest, way: &Way) -> Result<Page> {
    let (start, size) = (way.start(request), usize::from(request.size));
    let mut rows: Vec<Row> = Vec::new();
    for part in parts(request, way, start) {
        if rows.len() <= size {
            rows.extend(part.rows(conn)?);
        }
    }
    // One more than the page has was asked for.
    let has_more = rows.len() > size;
    rows.truncate(size);
    let (earlier, later) = match start {
        Start::First => (false, has_more),
        Start::After(_) => (true, has_more),
        Start::Before(_) => (has_more, true),
    };
    if matches!(start, Start::Before(_)) {
        rows.reverse();
    }
    Ok(Page { rows, earlier, later })
}

/// How many SIMs of the active company match, by counting them: for when a person asks.
pub fn count(conn: &mut PgConnection, scope: &CompanyScope, filter: &SimFilter) -> Result<i64> {
    scope.require(Permission::FleetView)?;
    if filter.is_by_group_alone() {
        return Ok(Facets::read(conn, scope)?.count(filter));
    }
    if let Some(list) = filter.list {
        sim_lists::find(conn, scope, list)?;
    }
    Ok(filter.query(scope.company_id()).count().get_result(conn)?)
}

/// For what a screen has counted to the end by itself: until the end of the transaction, nothing else is counted so for the
/// person who acts. [`Error::Refused`] while something is.
pub fn one_count_at_a_time(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    let lock = sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended('count for ' || ")
        .bind::<BigInt, _>(scope.user())
        .sql(", 0))");
    if diesel::select(lock).get_result::<bool>(conn)? {
        return Ok(());
    }
    Err(Error::refused("SIMs are being counted for you already. Ask again in a moment."))
}

/// How many SIMs there are, counted no further than somebody wanted to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// How many there are, or so many at least.
    pub count: i64,
    /// Whether there are more.
    pub more: bool,
}

/// How many SIMs of the active company match, counted no further than `most` where counters don't know: along the way
/// of a page, so that it costs no more than a page of that size, however large the fleet is.
pub fn count_up_to(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: &SimFilter,
    most: u16,
) -> Result<Counted> {
    scope.require(Permission::FleetView)?;
    let list = filter.list.map(|uid| sim_lists::find(conn, scope, uid)).transpose()?;
    let facets = Facets::read(conn, scope)?;
    counted_up_to(conn, slice::from_ref(scope), filter, &facets, list.as_ref(), most)
}

/// The same in each of these accounts, of which `facets` tell.
pub(super) fn counted_up_to(
    conn: &mut PgConnection,
    accounts: &[CompanyScope],
    filter: &SimFilter,
    facets: &Facets,
    list: Option<&SimList>,
    most: u16,
) -> Result<Counted> {
    if filter.is_by_group_alone() {
        return Ok(Counted { count: facets.count(filter), more: false });
    }
    // A page that has all of them, if there are no more.
    let request = GridRequest { filter: filter.clone(), size: most, ..GridRequest::default() };
    let way = Way::find(conn, accounts, &request, facets, list)?;
    let mut found = 0;
    for runs in parts(&request, &way, &Start::First) {
        if found <= i64::from(most) {
            found += CountOf(&runs).get_result::<i64>(conn)?;
        }
    }
    Ok(Counted { count: found.min(most.into()), more: found > most.into() })
}

pub(super) fn check(request: &GridRequest) -> Result<()> {
    if PAGE_SIZES.contains(&request.size) {
        return Ok(());
    }
    Err(Error::invalid("size", "A page has 25, 50, 100 or 250 rows."))
}

/// What is asked for the rows from the place on, one more than the page has; from the end on if it
/// is read backwards. The parts after the first are asked while the page is not full.
pub(super) fn parts(request: &GridRequest, way: &Way, start: &Start) -> Vec<Runs> {
    let (place, backwards) = match start {
        Start::First => (None, false),
        Start::After(place) => (Some(place), false),
        Start::Before(place) => (Some(place), true),
    };
    let (filter, limit) = (&request.filter, i64::from(request.size) + 1);
    if way.groups.is_empty() || way.finds_nothing(filter) {
        return Vec::new();
    }
    let from = From { place, descending: backwards != (request.descending && !filter.is_search()) };
    match way.few {
        Some(few) if filter.is_search() => Runs::among_few(filter, way, few, from, limit),
        None if filter.is_search() => Runs::matched(filter, way, from, limit),
        Some(_) => Runs::of_few(filter, way, from, limit).into_iter().collect(),
        None => vec![Runs::sorted(filter, way, from, limit)],
    }
}

/// The plans of the queries that a page is read with, as they were carried out: for tests.
#[cfg(feature = "testing")]
pub fn explain(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    request: &GridRequest,
) -> Result<Vec<serde_json::Value>> {
    let list = request.filter.list.map(|uid| sim_lists::find(conn, scope, uid)).transpose()?;
    let facets = Facets::read(conn, scope)?;
    let way = Way::find(conn, slice::from_ref(scope), request, &facets, list.as_ref())?;
    let parts = parts(request, &way, way.start(request));
    parts.iter().map(|part| Ok(statement::Explained(part).get_result(conn)?)).collect()
}
