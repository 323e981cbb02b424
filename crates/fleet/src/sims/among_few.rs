//! A search among few SIMs: in the order of their ICCIDs, as labels, lists and offers have them. So no more of these is read than the
//! page takes, where the text finds many of them.

use diesel::BoolExpressionMethods as _;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::SimFilter;
use super::entries::Entries;
use super::filter::SimQuery;
use super::order::{AnyPrefix, Expr, OneByOne};
use super::runs::{From, Runs};
use super::search_runs::{labelled, place_of};
use super::statement::Plan;
use super::text;
use super::way::{By, Way};
use crate::schema::sims;

impl Runs {
    /// The SIMs that match `filter`, which has a text, of few.
    pub(super) fn among_few(filter: &SimFilter, way: &Way, few: By, from: From<'_>, limit: i64) -> Vec<Self> {
        let found =
            from.at(place_of(text::AMONG_FEW, &[])).and_then(|from| match Entries::of(few, filter, way) {
                Some(entries) => Some(Self::first_of(filter, way, entries, from, limit, Plan::Once)),
                None => Self::of_few(filter, way, from, limit),
            });
        let by_label = from.at(place_of(text::LABELLED_AMONG_FEW, &[]));
        let by_label = by_label.filter(|_| !way.tells_labels(filter));
        let rest = by_label.and_then(|from| labelled(filter, way, from, limit, &way.prefixes()));
        let mut parts: Vec<_> = found.into_iter().chain(rest).collect();
        if from.descending {
            parts.reverse();
        }
        parts
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

    /// The run among few of what is found in this run of a text. After all others come those with a label in which it is found, if
    /// entries do not tell which have it.
    pub(super) fn run_among_few(&self, filter: &SimFilter, run: u8) -> u8 {
        let by_label_alone = run == place_of(text::LABELLED, &[]) && !self.tells_labels(filter);
        place_of(if by_label_alone { text::LABELLED_AMONG_FEW } else { text::AMONG_FEW }, &[])
    }
}
