//! The grid: one page of the SIMs that match a filter, in an order, from a place on.

use chrono::DateTime;
use diesel::prelude::*;

use super::order::{Sort, Value};
use super::runs::{self, From, Runs};
use super::{Facets, Row, SimFilter, SimState};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, SimId};
use crate::operations::{self, InFlight};
use crate::sim_lists::{self, SimList};
use crate::tenancy::{CompanyScope, Permission};

/// How many rows a page may have.
pub const PAGE_SIZES: [u16; 4] = [25, 50, 100, 250];

/// The moments that a place can be at, in microseconds: from 1970 to 9999.
const TIMES: std::ops::Range<i64> = 0..253_402_300_800_000_000;

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

/// A place in the order: that of one SIM, whether it is still there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) run: u8,
    pub(super) id: SimId,
    pub(super) value: Value,
}

impl Place {
    /// Reads what [`Self::to_text`] has written for a list by `sort`, or for one that a `text` was searched in.
    pub fn parse(text: &str, sort: Sort, is_search: bool) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let run = parts.next()?.parse().ok()?;
        let id = SimId(parts.next()?.parse().ok()?);
        let value = parts.next()?;
        let is_time = !is_search && matches!(sort, Sort::Activated | Sort::Changed);
        let value = if is_time {
            let micros = value.parse().ok().filter(|micros| TIMES.contains(micros))?;
            Value::Time(DateTime::from_timestamp_micros(micros)?)
        } else if value.chars().count() <= 100 && !value.chars().any(char::is_control) {
            Value::Text(value.to_owned())
        } else {
            return None;
        };
        Some(Self { run, id, value })
    }

    /// As it is written in addresses.
    pub fn to_text(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("{}.{}.{text}", self.run, self.id),
            Value::Time(at) => format!("{}.{}.{}", self.run, self.id, at.timestamp_micros()),
        }
    }
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
    let size = usize::from(request.size);
    let mut rows: Vec<Row> = Vec::new();
    for part in parts(scope.company_id(), request, &states(&request.filter, &facets)) {
        if rows.len() <= size {
            rows.extend(part.load::<Row>(conn)?);
        }
    }
    let has_more = rows.len() > size;
    rows.truncate(size);
    let backwards = matches!(request.start, Start::Before(_));
    if backwards {
        rows.reverse();
    }
    let (earlier, later) = match request.start {
        Start::First => (false, has_more),
        Start::After(_) => (true, has_more),
        Start::Before(_) => (has_more, true),
    };
    let ids: Vec<SimId> = rows.iter().map(|row| row.id).collect();
    let in_flight = if ids.is_empty() { Vec::new() } else { operations::unfinished_for(conn, scope, &ids)? };
    Ok(Grid {
        previous: rows.first().filter(|_| earlier).map(|row| place(request, row)),
        next: rows.last().filter(|_| later).map(|row| place(request, row)),
        facets,
        list,
        rows,
        in_flight,
    })
}

/// How many SIMs of the active company match, by counting them: for when a person asks.
pub fn count(conn: &mut PgConnection, scope: &CompanyScope, filter: &SimFilter) -> Result<i64> {
    scope.require(Permission::FleetView)?;
    if filter.is_by_state_alone() {
        return Ok(Facets::read(conn, scope)?.count(&filter.states));
    }
    if let Some(list) = filter.list {
        sim_lists::find(conn, scope, list)?;
    }
    Ok(filter.query(scope.company_id()).count().get_result(conn)?)
}

fn check(request: &GridRequest) -> Result<()> {
    if PAGE_SIZES.contains(&request.size) {
        return Ok(());
    }
    Err(Error::invalid("size", "A page has 25, 50, 100 or 250 rows."))
}

/// The states that SIMs which match can be in, without those that no SIM is in.
fn states(filter: &SimFilter, facets: &Facets) -> Vec<SimState> {
    let wanted = |state: SimState| filter.states.is_empty() || filter.states.contains(&state);
    // Only a SIM in service is on an offer.
    let in_service =
        |state| filter.offers.is_empty() || matches!(state, SimState::Active | SimState::Suspended);
    let counts = facets.counts.iter().filter(|(_, count)| *count > 0);
    counts.map(|(state, _)| *state).filter(|state| wanted(*state) && in_service(*state)).collect()
}

/// What is asked for the rows from the place on, one more than the page has; from the end on if it
/// is read backwards. The parts after the first are asked while the page is not full.
fn parts(company: CompanyId, request: &GridRequest, states: &[SimState]) -> Vec<Runs> {
    let (place, backwards) = match &request.start {
        Start::First => (None, false),
        Start::After(place) => (Some(place), false),
        Start::Before(place) => (Some(place), true),
    };
    let (filter, limit) = (&request.filter, i64::from(request.size) + 1);
    if states.is_empty() {
        return Vec::new();
    }
    if !filter.text.trim().is_empty() {
        let from = From { place, descending: backwards };
        return Runs::matched(filter, company, states, from, limit);
    }
    let from = From { place, descending: backwards != request.descending };
    vec![Runs::sorted(filter, company, states, request.sort, from, limit)]
}

/// The plans of the queries that a page is read with, as they were carried out: for tests.
#[cfg(feature = "testing")]
pub fn explain(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    request: &GridRequest,
) -> Result<Vec<serde_json::Value>> {
    let states = states(&request.filter, &Facets::read(conn, scope)?);
    let parts = parts(scope.company_id(), request, &states);
    parts.iter().map(|part| Ok(runs::Explained(part).get_result(conn)?)).collect()
}

fn place(request: &GridRequest, row: &Row) -> Place {
    if request.filter.text.trim().is_empty() {
        return Place { run: 0, id: row.id, value: row.key(request.sort) };
    }
    let run = runs::run_of(&request.filter, row);
    let value = row.searched(run / 4).unwrap_or_default().to_owned();
    Place { run, id: row.id, value: Value::Text(value) }
}
