//! The way to a page: in which order, and along which indexes.
//!
//! What state, type and offer a SIM has, counters know, and indexes have in every order. Anything else that a filter
//! asks for is looked for among those, in an order that has it together, unless it leaves so few SIMs that they
//! are better all fetched. So no page depends on where in an order its SIMs happen to be.

use diesel::prelude::*;

use super::days::InDays;
use super::facets::{Group, label_counts};
use super::filter::in_states;
use super::labelled::LabelBegins;
use super::order::{Sort, Value};
use super::runs;
use super::{Facets, GridRequest, Place, Row, SimFilter, SimState, Start};
use crate::error::Result;
use crate::ids::{CompanyId, LabelId, SimId};
use crate::schema::sims;
use crate::sim_lists::SimList;
use crate::tenancy::CompanyScope;

/// How many SIMs are few: fetched and put in order about as fast as a page is found among many.
pub(super) const FEW: i64 = 1_000;
/// The most ranges that are merged into one page.
const RANGES: usize = 60;

/// The way to the SIMs that match a filter.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) company: CompanyId,
    /// What the SIMs are in order by.
    pub(super) sort: Sort,
    /// All that may match, as far as the counters know.
    pub(super) groups: Vec<Group>,
    /// Whether they are few, so that they are fetched first.
    pub(super) few: bool,
    /// Of the labels asked for, the one that the fewest SIMs have.
    pub(super) rarest: Option<LabelId>,
    /// The labels that the text begins.
    pub(super) found: Vec<LabelId>,
}

impl Way {
    /// The way to what `request` asks for; `list` is the one that its filter names.
    pub(super) fn find(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        request: &GridRequest,
        facets: &Facets,
        list: Option<&SimList>,
    ) -> Result<Self> {
        let (filter, sort) = (&request.filter, request.sort);
        let company = scope.company_id();
        let mut way = Self {
            company,
            sort,
            groups: facets.matching(filter).collect(),
            few: false,
            rarest: None,
            found: Vec::new(),
        };
        let mut sims = facets.count(filter).min(list.map_or(i64::MAX, |list| list.found.into()));
        if !filter.labels.is_empty() {
            let counts = label_counts(conn, scope, &filter.labels)?;
            let rarest = counts.iter().min_by_key(|(_, sims)| *sims);
            let all_there = counts.len() == filter.labels.len();
            sims = sims.min(rarest.filter(|_| all_there).map_or(0, |(_, sims)| *sims));
            way.rarest = rarest.map(|(label, _)| *label);
        }
        if sims == 0 || filter.activated.is_none() || filter.changed.is_none() {
            way.groups.clear();
            return Ok(way);
        }
        if filter.is_search() {
            way.found = LabelBegins::with(company, filter.text.trim()).load(conn)?;
        }
        way.few = match filter.besides_text() {
            // Both have their ranges, however few SIMs are in them.
            rest if rest.is_by_state_alone() => false,
            rest if rest.is_by_group_alone() && !filter.is_search() => !way.has_ranges() && sims <= FEW,
            _ => sims <= FEW || way.has_few_days(conn, filter)?,
        };
        way.sort = way.nearest(filter);
        Ok(way)
    }

    /// What the SIMs that match `filter` can be in order by.
    pub(super) fn sorts(&self, filter: &SimFilter) -> Vec<Sort> {
        if filter.is_search() {
            // A search has its own order.
            Vec::new()
        } else if self.few {
            Sort::ALL.to_vec()
        } else if filter.list.is_some() {
            // A list is kept in this order.
            vec![Sort::Iccid]
        } else if filter.has_days() {
            filter.days().map(|(sort, _)| sort).collect()
        } else if filter.labels.is_empty() {
            Sort::ALL.to_vec()
        } else {
            vec![Sort::Iccid]
        }
    }

    /// The sort that was asked for, or one that there is.
    fn nearest(&self, filter: &SimFilter) -> Sort {
        let sorts = self.sorts(filter);
        if sorts.contains(&self.sort) { self.sort } else { sorts.first().copied().unwrap_or(self.sort) }
    }

    /// Whether the groups are so few that their ranges can be merged.
    pub(super) fn has_ranges(&self) -> bool {
        self.groups.len() <= RANGES
    }

    /// The states that the SIMs can be in.
    pub(super) fn states(&self) -> Vec<SimState> {
        let mut states: Vec<_> = self.groups.iter().map(|group| group.state).collect();
        states.dedup();
        states
    }

    /// Where the page begins: a place in another order than this is none.
    pub(super) fn start<'a>(&self, request: &'a GridRequest) -> &'a Start {
        match &request.start {
            Start::After(place) | Start::Before(place)
                if !request.filter.is_search() && place.run != self.sort.place() =>
            {
                &Start::First
            }
            start => start,
        }
    }

    /// The place of a row.
    pub(super) fn place(&self, filter: &SimFilter, row: &Row) -> Place {
        if !filter.is_search() {
            return Place { run: self.sort.place(), id: row.id, value: row.key(self.sort) };
        }
        let run = runs::run_of(filter, row);
        Place { run, id: row.id, value: Value::Text(row.searched(run / 4).unwrap_or_default().to_owned()) }
    }

    /// Whether few SIMs have their moment in the days of `filter`.
    fn has_few_days(&self, conn: &mut PgConnection, filter: &SimFilter) -> Result<bool> {
        for (sort, days) in filter.days() {
            let base = sims::table.filter(sims::company_id.eq(self.company)).into_boxed();
            let some = in_states(base, &self.states()).filter(InDays::new(sort.key(), days)).select(sims::id);
            let found: Vec<SimId> = some.limit(FEW + 1).load(conn)?;
            if i64::try_from(found.len()).is_ok_and(|found| found <= FEW) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
