//! A search among few SIMs: in the order of their ICCIDs, as labels, lists and offers have them. So no more of these is read than the
//! page takes, where the text finds many of them.

use diesel::BoolExpressionMethods as _;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::SimFilter;
use super::among::{Few, Ids};
use super::entries::{Entries, First};
use super::filter::{SimQuery, in_states};
use super::order::{AnyPrefix, Expr, OneByOne, Order, Sort};
use super::range::Range;
use super::runs::{From, Runs, one_by_one};
use super::search_runs::{labelled, place_of};
use super::statement::Plan;
use super::text;
use super::way::{By, Way};
use crate::schema::sims;

/// The place of those that are found so; after them come those with a label in which the text is found, if entries do not tell
/// which have it.
const FOUND: u8 = 0;

impl Runs {
    /// The SIMs that match `filter`, which has a text, of few.
    pub(super) fn among_few(filter: &SimFilter, way: &Way, few: By, from: From<'_>, limit: i64) -> Vec<Self> {
        let found = from.at(FOUND).and_then(|from| Self::found_among(filter, way, few, from, limit));
        let prefixes = way.prefixes();
        let rest =
            if way.tells_labels(filter) { None } else { labelled(filter, way, from, limit, &prefixes) };
        let mut parts: Vec<_> = found.into_iter().chain(rest).collect();
        if from.descending {
            parts.reverse();
        }
        parts
    }

    fn found_among(filter: &SimFilter, way: &Way, few: By, from: From<'_>, limit: i64) -> Option<Self> {
        if let Some(entries) = Entries::of(few, filter, way) {
            let asked = entries.asked(filter);
            let query = in_states(one_by_one(&asked, way.whose(), entries.label()), &filter.states);
            let order = Order { key: Sort::Iccid.key(), descending: from.descending };
            let entries = entries.beyond(from.bound(order.key));
            let query = from.beyond(way.found_in(filter, query), order.key);
            let query = query.select((sims::id, sims::iccid)).order(order);
            let first = Some(First { limit, descending: from.descending });
            return Some(Self::of(
                Few::these(Ids::Entries { entries, query, first }),
                from,
                limit,
                Plan::Once,
            ));
        }
        Some(Self::of(Few::of(filter, way)?, from, limit, Plan::Kept))
    }

    /// All of `few`, in the order of the ICCIDs.
    fn of(few: Few, from: From<'_>, limit: i64, plan: Plan) -> Self {
        let rows = Range::new(from.onwards(sims::table.into_boxed(), Sort::Iccid.key()), None);
        Self { few: Some(few), ranges: vec![rows], merge: None, limit, plan }
    }
}

impl Way {
    /// Those of `query` in which the text is found: by themselves, and by their labels where these are told. Each is looked at by
    /// itself.
    pub(super) fn found_in(&self, filter: &SimFilter, query: SimQuery) -> SimQuery {
        if !filter.is_search() || self.is_found_by_asked(filter) {
            return query;
        }
        let prefixes = self.prefixes();
        let labels = if self.tells_labels(filter) { self.labels_found() } else { Vec::new() };
        let by_prefix = AnyPrefix { prefixes, holds: true };
        let by_label = sims::label_ids.overlaps_with(labels.clone());
        match (by_prefix.prefixes.is_empty(), labels.is_empty()) {
            (true, true) => query.filter(Expr::<Bool>::new("false")),
            (false, true) => query.filter(OneByOne(by_prefix)),
            (true, false) => query.filter(OneByOne(by_label)),
            (false, false) => query.filter(OneByOne(by_prefix.or(by_label))),
        }
    }

    /// Whether it is told which of the few SIMs have a label that the text is found in; if not, these are walked besides.
    pub(super) fn tells_labels(&self, filter: &SimFilter) -> bool {
        let entries = self.few.and_then(|few| Entries::of(few, filter, self));
        self.is_found_by_asked(filter) || entries.is_none_or(|entries| entries.tell_labels(self))
    }

    /// The place of those that come in the run of a text, in the order of ICCIDs.
    pub(super) fn place_among_few(&self, filter: &SimFilter, run: u8) -> u8 {
        let is_by_label = run == place_of(text::LABELLED, &[]);
        if is_by_label && !self.tells_labels(filter) { run } else { FOUND }
    }
}
