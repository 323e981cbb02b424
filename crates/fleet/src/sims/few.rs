//! Whether a part of a filter leaves so few SIMs that these are looked at, instead of those along an order.

use super::SimFilter;
use super::entries::Entries;
use super::way::{By, Way};

/// How many SIMs are few: fetched and put in order about as fast as a page is found among many.
pub(super) const FEW: i64 = 250;

/// How many entries are few for a search: read about as fast as one SIM in fifty is found along the orders of a text.
const ENTRIES: i64 = 20_000;

/// How many entries are read whatever the text finds.
const READ: i64 = 2_000;

/// How far the SIMs of days are counted for a search.
pub(super) const DAYS_SEARCHED: i64 = ENTRIES / OF_DAYS;

/// What it costs to fetch a SIM by its day, in entries that are read.
pub(super) const OF_DAYS: i64 = 4;
/// The same by its id.
const BY_ID: i64 = 8;

/// Of how many SIMs something may be looked up that entries do not tell.
pub(super) const LOOKED_UP: i64 = ENTRIES / BY_ID;

impl Way {
    /// The part of `filter` with so few SIMs, of all with how many these are.
    pub(super) fn few_of(&self, filter: &SimFilter, counts: &[(i64, By)]) -> Option<By> {
        // State, type and offer have their ranges, however few SIMs are in them; but they are not looked for by text.
        let rest = filter.besides_text();
        let has_ranges = if filter.is_search() { rest.is_by_state_alone() } else { self.has_ranges() };
        if rest.is_by_group_alone() && has_ranges {
            return None;
        }
        if !filter.is_search() {
            let fewest = counts.iter().min_by_key(|(sims, _)| *sims);
            return fewest.filter(|(sims, _)| *sims <= FEW).map(|(_, by)| *by);
        }
        let costs = counts.iter().map(|(sims, by)| {
            let each = self.cost(filter, *by);
            (sims.saturating_mul(each), each, *by)
        });
        let cheapest = costs.min_by_key(|(cost, ..)| *cost);
        let (cost, each, by) = cheapest.filter(|(cost, ..)| *cost <= ENTRIES)?;
        // Those that entries do not tell to be found by labels are walked along these, whatever else is read.
        let by_labels = Entries::of(by, filter, self).is_none_or(|entries| entries.tell_labels(self));
        (cost <= READ || each == BY_ID || self.finding.is_many(by_labels)).then_some(by)
    }

    /// What it costs a search to look at one of these SIMs, in entries that are read.
    fn cost(&self, filter: &SimFilter, by: By) -> i64 {
        match (Entries::of(by, filter, self), by) {
            (Some(Entries::Label(_)), _) => 1,
            (Some(Entries::Offers { .. }), _) if filter.labels.is_empty() => 1,
            (None, By::Days(..)) => OF_DAYS,
            _ => BY_ID,
        }
    }
}
