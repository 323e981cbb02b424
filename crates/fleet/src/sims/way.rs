//! The way to a page: in which order, and along which indexes.
//!
//! What state, type and offer a SIM has, counters know, and indexes have in every order. Anything else that a filter
//! asks for is looked for among those, in an order that has it together, unless it leaves so few SIMs that they
//! are better all fetched. So no page depends on where in an order its SIMs happen to be.

use diesel::prelude::*;

use super::among::Ids;
use super::days::{Days, InDays};
use super::facets::Group;
use super::filter::{in_states, sims_of};
use super::labelled::LabelBegins;
use super::order::{Sort, Value};
use super::runs::one_by_one;
use super::search_runs;
use super::{Facets, GridRequest, Place, Row, SimFilter, SimState, Start};
use crate::error::Result;
use crate::ids::{CompanyId, LabelId, SimId, SimListUid};
use crate::labels;
use crate::schema::sims;
use crate::sim_lists::SimList;
use crate::tenancy::CompanyScope;

/// How many SIMs are few: fetched and put in order about as fast as a page is found among many.
pub(super) const FEW: i64 = 1_000;
/// How many are fetched where more is asked for than what leaves them: they are sooner all looked at than looked for
/// along an order in which they are rare.
const SOME: i64 = 2_500;
/// The most ranges that are merged into one page.
const RANGES: usize = 60;

/// The part of a filter that leaves few SIMs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FewBy {
    /// State, type and offer.
    Groups,
    /// The rarest label.
    Label(LabelId),
    /// The list.
    List(SimListUid),
    /// The days of what is in this order.
    Days(Sort, Days),
}

impl FewBy {
    /// The SIMs that are left, in parts that each have an index.
    pub(super) fn sources(self, filter: &SimFilter, way: &Way) -> Vec<Ids> {
        let all = || sims_of(way.company);
        match self {
            Self::Groups => way.groups.iter().map(|group| Ids::of_sims(group.within(all()))).collect(),
            Self::Label(label) => {
                let query = in_states(one_by_one(filter, way.company, Some(label)), &filter.states);
                vec![Ids::Label { label, company: way.company, query: query.select(sims::id), limit: None }]
            }
            Self::List(list) => vec![Ids::List(list)],
            Self::Days(sort, days) => {
                let of_state = |state| in_states(all(), &[state]).filter(InDays::new(sort.key(), days));
                way.states().into_iter().map(|state| Ids::of_sims(of_state(state))).collect()
            }
        }
    }
}

/// The way to the SIMs that match a filter.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) company: CompanyId,
    /// What the SIMs are in order by.
    pub(super) sort: Sort,
    /// All that may match, as far as the counters know.
    pub(super) groups: Vec<Group>,
    /// What leaves only few SIMs, so that they are fetched first.
    pub(super) few: Option<FewBy>,
    /// Of the labels asked for, the one that the fewest SIMs have, if the list has more.
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
            few: None,
            rarest: None,
            found: Vec::new(),
        };
        let mut counts = vec![(facets.count(filter), FewBy::Groups)];
        counts.extend(list.map(|list| (list.found.into(), FewBy::List(list.uid))));
        if !filter.labels.is_empty() {
            let labels = labels::counts(conn, scope, &filter.labels)?;
            if labels.len() < filter.labels.len() {
                // One is another company's.
                way.groups.clear();
            }
            let rarest = labels.into_iter().min_by_key(|(_, sims)| *sims);
            counts.extend(rarest.map(|(label, sims)| (sims, FewBy::Label(label))));
            // Of a list and a label, the shorter one is walked.
            let is_shorter = |sims| list.is_none_or(|list| sims < i64::from(list.found));
            way.rarest = rarest.filter(|(_, sims)| is_shorter(*sims)).map(|(label, _)| label);
        }
        for (sort, days) in filter.days() {
            counts.push((way.keep_states_of(conn, sort, days)?, FewBy::Days(sort, days)));
        }
        if filter.is_search() {
            way.found = LabelBegins::with(company, filter.text.trim()).load(conn)?;
        }
        let fewest = counts.into_iter().min_by_key(|(sims, _)| *sims);
        if fewest.is_none_or(|(sims, _)| sims == 0) {
            way.groups.clear();
        }
        // State, type and offer have their ranges, however few SIMs are in them; but they are not looked for by text.
        let rest = filter.besides_text();
        let has_ranges = if filter.is_search() { rest.is_by_state_alone() } else { way.has_ranges() };
        if !(rest.is_by_group_alone() && has_ranges) {
            let most = if filter.kinds() > 1 { SOME } else { FEW };
            way.few = fewest.filter(|(sims, _)| *sims <= most).map(|(_, by)| by);
        }
        way.sort = way.nearest(filter);
        Ok(way)
    }

    /// What the SIMs that match `filter` can be in order by.
    pub(super) fn sorts(&self, filter: &SimFilter) -> Vec<Sort> {
        if filter.is_search() {
            // A search has its own order.
            Vec::new()
        } else if self.few.is_some() {
            Sort::ALL.to_vec()
        } else if filter.list.is_some() || !filter.labels.is_empty() {
            // Lists and the entries of labels are kept in this order.
            vec![Sort::Iccid]
        } else if filter.has_days() {
            filter.days().map(|(sort, _)| sort).collect()
        } else {
            Sort::ALL.to_vec()
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
        let run = search_runs::run_of(filter, row);
        Place { run, id: row.id, value: Value::Text(row.searched(run / 4).unwrap_or_default().to_owned()) }
    }

    /// Leaves out states without a SIM in these days, since no order would come to an end of them. Says how many SIMs
    /// are in the days, as far as they are few.
    fn keep_states_of(&mut self, conn: &mut PgConnection, sort: Sort, days: Days) -> Result<i64> {
        let mut all = 0;
        for state in self.states() {
            let of_state = in_states(sims_of(self.company), &[state]).filter(InDays::new(sort.key(), days));
            let found: Vec<SimId> = of_state.select(sims::id).limit(SOME + 1).load(conn)?;
            if found.is_empty() {
                self.groups.retain(|group| group.state != state);
            }
            all += i64::try_from(found.len()).unwrap_or(i64::MAX);
        }
        Ok(all)
    }
}
