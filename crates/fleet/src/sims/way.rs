//! The way to a page: in which order, and along which indexes.
//!
//! What state, type and offer a SIM has, counters know, and indexes have in every order. Anything else that a filter
//! asks for is looked for among those, in an order that has it together, unless it leaves so few SIMs that they
//! are better all fetched. So no page depends on where in an order its SIMs happen to be.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::across::Accounts;
use super::among::{Ids, Source};
use super::days::{Days, InDays};
use super::entries::Entries;
use super::facets::Group;
use super::few::{DAYS_SEARCHED, FEW, LOOKED_UP, OF_DAYS};
use super::filter::{SimQuery, Whose, in_states, sims_of};
use super::finding::Finding;
use super::labelled::LabelBegins;
use super::order::{OneByOne, Prefix, Sort, Value};
use super::range::CountInAll;
use super::runs::one_by_one;
use super::{Facets, GridRequest, Place, Row, SimFilter, SimState, Start};
use super::{search_runs, text};
use crate::error::Result;
use crate::ids::{CompanyId, LabelId, SimListUid};
use crate::schema::sims;
use crate::sim_lists::SimList;
use crate::tenancy::CompanyScope;

/// How many SIMs there are where they were not counted to the end.
pub(super) const MANY: i64 = i64::MAX;

/// How far the SIMs of days are counted to know whether there are fewer than of something else.
const DAYS: i64 = 10_000;

/// The most ranges that are merged into one page.
const RANGES: usize = 60;

/// A part of a filter that says which SIMs may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// State, type and offer.
    Groups,
    /// The rarest label.
    Label(LabelId),
    /// The list.
    List(SimListUid),
    /// The days of what is in this order.
    Days(Sort, Days),
}

impl By {
    /// Where the SIMs are that are left, if they are few.
    pub(super) fn source(self, filter: &SimFilter, way: &Way) -> Source {
        let all = || way.all();
        match self {
            Self::Groups => {
                Source::Ids(way.kinds().iter().map(|group| Ids::of_sims(group.within(all()))).collect())
            }
            Self::Label(label) => {
                let query = in_states(one_by_one(filter, way.whose(), Some(label)), &filter.states);
                let (entries, query) = (Entries::Label(label), query.select((sims::id, sims::iccid)));
                Source::Ids(vec![Ids::Entries { entries, query, first: None }])
            }
            Self::List(list) => Source::Ids(vec![Ids::List(list)]),
            Self::Days(sort, days) => {
                Source::Sims(in_states(all(), &way.states()).filter(InDays::new(sort.key(), days)))
            }
        }
    }
}

/// The way to the SIMs that match a filter.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The companies that have SIMs which match.
    companies: Vec<CompanyId>,
    /// What the SIMs are in order by.
    pub(super) sort: Sort,
    /// All that may match, as far as the counters know.
    pub(super) groups: Vec<Group>,
    /// What leaves only few SIMs, so that these are looked at one by one.
    pub(super) few: Option<By>,
    /// Of labels, list and days, which have orders of their own, the one with the fewest SIMs, which are walked; state,
    /// type and offer where these leave fewer than a list has.
    pub(super) lead: Option<By>,
    /// Whether what is walked has so few SIMs that each may be looked up.
    pub(super) is_short: bool,
    /// The label that is asked for with the fewest SIMs.
    pub(super) rarest: Option<LabelId>,
    /// The labels in which the text is found, company by company.
    pub(super) found: Vec<(CompanyId, LabelId)>,
    /// Whether it is found in more labels, by which no SIM is found.
    pub(super) has_more_labels: bool,
    /// By what else the text is found.
    pub(super) finding: Finding,
}

impl Way {
    /// The way to what `request` asks for in these accounts, of which `facets` tell; `list` is the one that its filter names.
    ///
    /// Labels and lists are those of one account.
    pub(super) fn find(
        conn: &mut PgConnection,
        accounts: &[CompanyScope],
        request: &GridRequest,
        facets: &Facets,
        list: Option<&SimList>,
    ) -> Result<Self> {
        let (filter, sort) = (&request.filter, request.sort);
        let groups: Vec<_> = facets.matching(filter).collect();
        let mut way = Self {
            companies: companies_of(groups.iter()),
            sort,
            groups,
            few: None,
            lead: None,
            is_short: false,
            rarest: None,
            found: Vec::new(),
            has_more_labels: false,
            finding: Finding::default(),
        };
        let mut counts = vec![(facets.count(filter), By::Groups)];
        counts.extend(list.map(|list| (list.found.into(), By::List(list.uid))));
        if !filter.labels.is_empty() {
            let known = filter.labels.iter().filter_map(|label| facets.label(*label));
            let mut labels: Vec<_> = known.map(|label| (label.id, label.sims())).collect();
            if labels.len() < filter.labels.len() {
                // One is another company's.
                way.groups.clear();
            }
            labels.sort_by_key(|(_, sims)| *sims);
            way.rarest = labels.first().map(|(label, _)| *label);
            counts.extend(labels.first().map(|(label, sims)| (*sims, By::Label(*label))));
        }
        for (sort, days) in filter.days() {
            // Where something else takes less to be walked, it does not matter by how much. Entries of a label tell all that is
            // asked for but the list; SIMs of days are fetched.
            let walked = counts.iter().skip(1).map(|(sims, by)| match by {
                By::Label(_) if list.is_none() => FEW.max(sims / OF_DAYS).min(*sims),
                _ => *sims,
            });
            let fewest = walked.min().unwrap_or(MANY);
            let most = Self::days_counted_to(filter).min(fewest);
            counts.push((way.keep_those_in(conn, sort, days, most)?, By::Days(sort, days)));
        }
        if counts.iter().any(|(sims, _)| *sims == 0) {
            way.groups.clear();
        }
        if filter.is_search() {
            (way.found, way.has_more_labels) = LabelBegins::found(conn, &way.companies, filter.text.trim())?;
            way.finding = Finding::read(conn, accounts, filter, facets, &way)?;
        }
        way.lead = way.lead_of(filter, &counts);
        way.is_short = counts.iter().any(|(sims, by)| way.lead == Some(*by) && *sims <= LOOKED_UP);
        way.few = way.few_of(filter, &counts);
        way.sort = way.nearest(filter);
        Ok(way)
    }

    /// What a text is the beginning of, by which it is found.
    pub(super) fn prefixes(&self) -> Vec<Prefix> {
        self.finding.targets.iter().map(|target| target.prefix.clone()).collect()
    }

    /// The labels in which the text is found, of any company.
    pub(super) fn labels_found(&self) -> Vec<LabelId> {
        self.found.iter().map(|(_, label)| *label).collect()
    }

    /// Whether the text is found nowhere.
    pub(super) fn finds_nothing(&self, filter: &SimFilter) -> bool {
        filter.is_search() && self.finding.targets.is_empty() && self.found.is_empty()
    }

    /// Whether the text is found in a label that is asked for, and so in all SIMs that match.
    pub(super) fn is_found_by_asked(&self, filter: &SimFilter) -> bool {
        self.found.iter().any(|(_, label)| filter.labels.contains(label))
    }

    /// The way to all SIMs of these groups that the same text finds.
    pub(super) fn by_text_alone(&self, groups: Vec<Group>) -> Self {
        Self { groups, few: None, lead: None, ..self.clone() }
    }

    /// What the SIMs that match `filter` can be in order by.
    pub(super) fn sorts(&self, filter: &SimFilter) -> Vec<Sort> {
        if filter.is_search() {
            // A search has its own order.
            Vec::new()
        } else if self.few.is_some() {
            Sort::ALL.to_vec()
        } else {
            match self.lead {
                Some(By::Days(sort, _)) => vec![sort],
                // Lists and the entries of labels are kept in this order.
                Some(_) => vec![Sort::Iccid],
                None if filter.has_days() => filter.days().map(|(sort, _)| sort).collect(),
                None => Sort::ALL.to_vec(),
            }
        }
    }

    /// What is walked, of what has few SIMs as far as it was counted.
    fn lead_of(&self, filter: &SimFilter, counts: &[(i64, By)]) -> Option<By> {
        let by_group = !(filter.types.is_empty() && filter.offers.is_empty()) && self.has_ranges();
        let can_lead = |(sims, by): &(i64, By)| match by {
            By::Groups => by_group && filter.list.is_some(),
            By::Days(..) => *sims < MANY,
            By::Label(_) | By::List(_) => true,
        };
        counts.iter().filter(|count| can_lead(count)).min_by_key(|(sims, _)| *sims).map(|(_, by)| *by)
    }

    /// The sort that was asked for, or one that there is.
    fn nearest(&self, filter: &SimFilter) -> Sort {
        let sorts = self.sorts(filter);
        if sorts.contains(&self.sort) { self.sort } else { sorts.first().copied().unwrap_or(self.sort) }
    }

    /// How far the SIMs of days are counted: as far as it matters whether there are more of them.
    fn days_counted_to(filter: &SimFilter) -> i64 {
        if filter.is_search() {
            DAYS_SEARCHED
        } else if filter.list.is_some() || !filter.labels.is_empty() || filter.days().count() > 1 {
            DAYS
        } else {
            FEW
        }
    }

    /// Whether the groups are so few that their ranges can be merged.
    pub(super) fn has_ranges(&self) -> bool {
        self.kinds().len() <= RANGES
    }

    /// A group of each kind, whose company is any.
    pub(super) fn kinds(&self) -> Vec<Group> {
        let mut kinds = self.groups.clone();
        kinds.dedup_by_key(|group| group.kind());
        kinds
    }

    /// Whose SIMs are walked.
    pub(super) fn whose(&self) -> Whose {
        match self.companies[..] {
            [company] => Whose::One(company),
            _ => Whose::Each,
        }
    }

    /// All their SIMs, in no order.
    pub(super) fn all(&self) -> SimQuery {
        match self.whose() {
            Whose::One(company) => sims_of(company),
            Whose::Each => sims::table.filter(sims::company_id.eq_any(self.companies.clone())).into_boxed(),
        }
    }

    /// The same, of SIMs that are fetched by their ids: this does not make the planner believe that there are fewer in the
    /// accounts than ids.
    pub(super) fn all_one_by_one(&self) -> SimQuery {
        sims::table.filter(OneByOne(sims::company_id.eq_any(self.companies.clone()))).into_boxed()
    }

    /// The accounts in each of which a range is to be looked for, if it is not one company's: those with a group that
    /// `has_some`.
    pub(super) fn accounts(&self, has_some: impl Fn(&Group) -> bool) -> Option<Accounts> {
        (self.whose() == Whose::Each)
            .then(|| Accounts::Of(companies_of(self.groups.iter().filter(|group| has_some(group)))))
    }

    /// The states that the SIMs can be in.
    pub(super) fn states(&self) -> Vec<SimState> {
        let mut states: Vec<_> = self.groups.iter().map(|group| group.state).collect();
        states.dedup();
        states
    }

    /// How many may match, as far as the counters know.
    pub(super) fn sims(&self) -> i64 {
        self.groups.iter().map(|group| group.sims).sum()
    }

    /// Where the page begins: a place in another order than this is none.
    pub(super) fn start<'a>(&self, request: &'a GridRequest) -> &'a Start {
        match &request.start {
            Start::After(place) | Start::Before(place) if !self.has(&request.filter, place) => &Start::First,
            start => start,
        }
    }

    fn has(&self, filter: &SimFilter, place: &Place) -> bool {
        if !filter.is_search() {
            return place.run == self.sort.place();
        }
        let is = |target| place.run == search_runs::place_of(target, &[]);
        match self.few {
            None => place.run < search_runs::place_of(text::AMONG_FEW, &[]),
            Some(_) => is(text::AMONG_FEW) || (is(text::LABELLED_AMONG_FEW) && !self.tells_labels(filter)),
        }
    }

    /// The place of a row.
    pub(super) fn place(&self, filter: &SimFilter, row: &Row) -> Place {
        if !filter.is_search() {
            return Place { run: self.sort.place(), id: row.id, value: row.key(self.sort) };
        }
        let found = search_runs::run_of(filter, row);
        let run = if self.few.is_some() { self.run_among_few(filter, found) } else { found };
        Place { run, id: row.id, value: Value::Text(row.searched(run / 4).unwrap_or_default().to_owned()) }
    }

    /// Leaves out a company's states without a SIM in these days, since no order would come to an end of them. Says how
    /// many SIMs are in the days, or [`MANY`] if they are more than `most`.
    fn keep_those_in(&mut self, conn: &mut PgConnection, sort: Sort, days: Days, most: i64) -> Result<i64> {
        if self.groups.is_empty() {
            return Ok(0);
        }
        let in_days = sims::table.filter(InDays::new(sort.key(), days)).into_boxed();
        let mut wanted: Vec<_> = self.groups.iter().map(|group| (group.company, group.state)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let counted: Vec<(CompanyId, SimState, i64)> =
            CountInAll::new(&wanted, in_days, most + 1).load(conn)?;
        let some: BTreeSet<_> = counted.iter().map(|(company, state, _)| (*company, *state)).collect();
        self.groups.retain(|group| some.contains(&(group.company, group.state)));
        let all = counted.first().map_or(0, |(_, _, all)| *all);
        Ok(if all > most { MANY } else { all })
    }
}

/// The companies of some groups, each once.
fn companies_of<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<CompanyId> {
    groups.map(|group| group.company).collect::<BTreeSet<_>>().into_iter().collect()
}
