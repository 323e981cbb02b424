//! A page of the grid as one query: some runs, each a range of one index in its order, put
//! together.
//!
//! No index gives "in these two states, by IMSI" in order; two of its ranges, merged, do. So
//! a page costs the same at the beginning and at the end of a million SIMs, whatever their states.

use diesel::prelude::*;

use super::across::{Accounts, Across};
use super::among::{Among, Few, Ids};
use super::entries::{Entries, First};
use super::facets::Group;
use super::filter::{SimQuery, Whose, in_offers, in_states, of_types};
use super::in_list::{Bound, InList};
use super::order::{Beyond, Key, OneByOne, Order, Sort, Value};
use super::range::Range;
use super::rows::{RowQuery, selected};
use super::statement::Plan;
use super::way::{By, Way};
use super::{Place, SimFilter};
use crate::ids::LabelId;
use crate::schema::sims;

/// The runs that make a page, with the way to put them together.
pub(super) struct Runs {
    /// What they are taken from, where that is fetched first; else from all SIMs.
    pub(super) few: Option<Few>,
    pub(super) ranges: Vec<Range>,
    /// The columns that they are merged by; none: one after the other.
    pub(super) merge: Option<String>,
    pub(super) limit: i64,
    pub(super) plan: Plan,
}

/// Where a page begins, and in which direction it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) place: Option<&'a Place>,
    pub(super) descending: bool,
}

impl From<'_> {
    /// The part of `query` beyond the place.
    pub(super) fn beyond(self, query: SimQuery, key: Key) -> SimQuery {
        match self.place {
            None => query,
            Some(place) => query.filter(place.beyond(Order { key, descending: self.descending })),
        }
    }

    /// The same, in order.
    pub(super) fn onwards(self, query: SimQuery, key: Key) -> RowQuery {
        selected(self.beyond(query, key)).order(Order { key, descending: self.descending })
    }

    /// The same as a range; of each account, if there are several.
    pub(super) fn range(self, query: SimQuery, key: Key, accounts: Option<Accounts>) -> Range {
        let Some(accounts) = accounts else { return Range::new(self.onwards(query, key), None) };
        let across = Across { accounts, key, descending: self.descending };
        Range::new(self.onwards(query.filter(across.upto()), key), Some(across))
    }

    /// The ids of the first by ICCID of the SIMs of `entries` that are in `query`.
    fn first_ids(self, entries: Entries, query: SimQuery, limit: i64) -> Ids {
        let order = Order { key: Sort::Iccid.key(), descending: self.descending };
        let query = self.beyond(query, order.key).select((sims::id, sims::iccid)).order(order);
        let first = Some(First { limit, descending: self.descending });
        Ids::Entries { entries: entries.beyond(self.bound(order.key)), query, first }
    }

    /// The first by ICCID of the SIMs with `label` that are in `query`, as many as the page has.
    pub(super) fn first_with(self, label: LabelId, query: SimQuery, way: &Way, limit: i64) -> SimQuery {
        let ids = self.first_ids(Entries::Label(label), query, limit);
        way.all_one_by_one().filter(Among(ids))
    }

    /// The ICCID that the page is beyond, where that is what the SIMs are in order by.
    pub(super) fn bound(self, key: Key) -> Option<Bound> {
        match self.place {
            Some(Place { value: Value::Text(iccid), .. }) if key == Sort::Iccid.key() => {
                Some(Bound { iccid: iccid.clone(), is_end: self.descending })
            }
            _ => None,
        }
    }

    pub(super) fn merge(self, sort: Sort) -> String {
        let (key, direction) = (sort.key(), if self.descending { " DESC" } else { "" });
        let last = if key.unique { String::new() } else { format!(", 1{direction}") };
        format!("{}{direction}{last}", key.column)
    }
}

impl Runs {
    /// The SIMs that match `filter`, if they are among few which are fetched.
    pub(super) fn of_few(filter: &SimFilter, way: &Way, from: From<'_>, limit: i64) -> Option<Self> {
        let sort = if filter.is_search() { Sort::Iccid } else { way.sort };
        // Not where so many groups have them that hardly two statements are the same.
        let plan = if way.few == Some(By::Groups) && !way.has_ranges() { Plan::Own } else { Plan::Kept };
        Some(Self::of(Few::of(filter, way)?, from, sort, limit, plan))
    }

    /// The first of `entries` that match `filter`, in their order.
    pub(super) fn first_of(
        filter: &SimFilter,
        way: &Way,
        entries: Entries,
        from: From<'_>,
        limit: i64,
        plan: Plan,
    ) -> Self {
        let asked = entries.asked(filter);
        let query = in_states(one_by_one(&asked, way.whose(), entries.label()), &filter.states);
        let ids = from.first_ids(entries, way.found_in(filter, query), limit);
        Self::of(Few::these(ids, way), from, Sort::Iccid, limit, plan)
    }

    /// All of `few`, in the order of `sort`.
    fn of(few: Few, from: From<'_>, sort: Sort, limit: i64, plan: Plan) -> Self {
        let rows = Range::new(from.onwards(sims::table.into_boxed(), sort.key()), None);
        Self { few: Some(few), ranges: vec![rows], merge: None, limit, plan }
    }

    /// The SIMs that match `filter`, which has no text.
    pub(super) fn sorted(filter: &SimFilter, way: &Way, from: From<'_>, limit: i64) -> Self {
        let is_walked = matches!(way.lead, Some(By::Label(_))) || way.is_short;
        let entries = way.lead.filter(|_| is_walked).and_then(|lead| Entries::in_order(lead, way));
        if let Some(entries) = entries {
            return Self::first_of(filter, way, entries, from, limit, Plan::Kept);
        }
        let key = way.sort.key();
        let bases = ranges(filter, way, from.bound(key).as_ref());
        let ranges: Vec<_> =
            bases.into_iter().map(|(base, accounts)| from.range(base, key, accounts)).collect();
        let is_same = filter.besides_days().is_by_group_alone() && way.has_ranges();
        let plan = Plan::of_ranges(&ranges, is_same);
        Self { few: None, ranges, merge: Some(from.merge(way.sort)), limit, plan }
    }
}

/// Ranges of SIMs that match `filter`, each in the order of the way by an index, and the accounts that have some.
fn ranges(filter: &SimFilter, way: &Way, bound: Option<&Bound>) -> Vec<(SimQuery, Option<Accounts>)> {
    let walked = match (way.lead, way.whose()) {
        (Some(By::List(_)), Whose::One(company)) => Some(company),
        _ => None,
    };
    let besides_groups = || {
        if let Some(company) = walked {
            with_labels(filter.rest(company, bound.cloned()), filter, None)
        } else {
            besides_groups(filter, way.whose(), Some(way.sort), None)
        }
    };
    let has_groups = !(filter.types.is_empty() && filter.offers.is_empty());
    if has_groups && walked.is_none() && way.has_ranges() {
        let of_kind =
            |kind: &Group| (kind.within(besides_groups()), way.accounts(|group| group.kind() == kind.kind()));
        return way.kinds().iter().map(of_kind).collect();
    }
    let base = || of_types(in_offers(besides_groups(), &filter.offers), &filter.types);
    if way.sort == Sort::Iccid && filter.states.is_empty() {
        return vec![(base(), way.accounts(|_| true))];
    }
    let in_state = |state| (in_states(base(), &[state]), way.accounts(|group| group.state == state));
    way.states().into_iter().map(in_state).collect()
}

/// The SIMs that match `filter` in all but state and text, each looked at by itself. They have `walked` anyway.
pub(super) fn one_by_one(filter: &SimFilter, whose: Whose, walked: Option<LabelId>) -> SimQuery {
    let mut query = besides_groups(filter, whose, None, walked);
    if !filter.offers.is_empty() {
        query = query.filter(OneByOne(sims::offer_id.eq_any(filter.offers.clone())));
    }
    if !filter.types.is_empty() {
        query = query.filter(OneByOne(sims::sim_type.eq_any(filter.types.clone())));
    }
    query
}

/// The same in all but state, type, offer and text, along the order of `sort`.
fn besides_groups(filter: &SimFilter, whose: Whose, sort: Option<Sort>, walked: Option<LabelId>) -> SimQuery {
    let base = filter.in_days(whose.sims(), |by| Some(by) == sort);
    let base = match (filter.list, whose) {
        (Some(list), Whose::One(company)) => {
            base.filter(InList { list, company, beyond: None, one_by_one: true })
        }
        _ => base,
    };
    with_labels(base, filter, walked)
}

/// Those with all labels but `walked`, without what lets the index of labels serve: that has no order.
fn with_labels(query: SimQuery, filter: &SimFilter, walked: Option<LabelId>) -> SimQuery {
    let labels: Vec<_> = filter.labels.iter().copied().filter(|label| Some(*label) != walked).collect();
    if labels.is_empty() { query } else { query.filter(sims::label_ids.contains(labels)) }
}

impl Place {
    fn beyond(&self, order: Order) -> Beyond {
        Beyond { key: order.key, descending: order.descending, value: self.value.clone(), id: self.id }
    }
}
