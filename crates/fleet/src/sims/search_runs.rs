//! A search as some runs after each other: what the text is the beginning of says in which of them a SIM comes.

use diesel::prelude::*;

use super::across::{Accounts, WithoutEarlier};
use super::filter::{SimQuery, Whose, in_offers, in_states, of_types};
use super::labelled::WithLabel;
use super::order::{AnyPrefix, Prefix, Sort};
use super::range::Range;
use super::runs::{From, Runs, one_by_one};
use super::text::{self, Target};
use super::way::{By, Way};
use super::{SimFilter, SimState};
use crate::schema::sims;

impl Runs {
    /// The SIMs that match `filter`, which has a text: first those whose ICCID begins with it, then those whose IMSI
    /// does, and so on; at last those with a label of which a word does.
    ///
    /// In parts, of which the next is needed only where those before do not fill the page.
    pub(super) fn matched(filter: &SimFilter, way: &Way, from: From<'_>, limit: i64) -> Vec<Self> {
        let mut targets: Vec<Vec<Range>> = Vec::new();
        let mut before: Vec<Prefix> = Vec::new();
        for target in text::targets(filter.text.trim()) {
            let base = || none_of(besides_states(filter, way).filter(target.prefix.clone()), &before);
            targets.push(ranges(filter, way, from, limit, &target, base));
            before.push(target.prefix);
        }
        targets.retain(|ranges| !ranges.is_empty());
        if from.descending {
            targets.reverse();
        }
        let place = place_of(text::LABELLED, &[]);
        let labelled =
            from.at(place).map(|from| (labelled(filter, way, from, &before), from.merge(Sort::Iccid)));
        let mut targets = targets.into_iter();
        let mut parts: Vec<(Vec<Range>, Option<String>)> = Vec::new();
        parts.extend(targets.next().map(|ranges| (ranges, None)));
        parts.push((targets.flatten().collect(), None));
        let place = if from.descending { 0 } else { parts.len() };
        parts.splice(place..place, labelled.map(|(ranges, merge)| (ranges, Some(merge))));
        // A range of texts has one index that gives it in order, but for ICCIDs in a state. Those with a label come by one
        // way or the other, as many as it has and match.
        let is_by_text = filter.states.is_empty() && !way.is_of_rare_offers(filter);
        let besides = SimFilter { list: None, ..filter.besides_text().besides_days() };
        parts
            .into_iter()
            .filter(|(ranges, _)| !ranges.is_empty())
            .map(|(ranges, merge)| {
                let one_plan = if merge.is_some() { besides.is_empty() } else { is_by_text };
                Self { few: None, ranges, merge, limit, one_plan }
            })
            .collect()
    }
}

/// The SIMs of `base`, which are those that `target` finds: from where on they are needed, state by state where they
/// are in order by that.
fn ranges(
    filter: &SimFilter,
    way: &Way,
    from: From<'_>,
    limit: i64,
    target: &Target,
    base: impl Fn() -> SimQuery,
) -> Vec<Range> {
    if !target.is_by_state(filter) {
        let from = from.at(place_of(target.place, &[]));
        return from
            .map(|from| {
                from.range(walked(way, target, base(), from, limit), target.key, way.accounts(|_| true))
            })
            .into_iter()
            .collect();
    }
    let mut states = way.states();
    if from.descending {
        states.reverse();
    }
    let mut begun = Vec::new();
    let mut whole = Vec::new();
    for state in states {
        match from.at(place_of(target.place, &[state])) {
            None => {}
            Some(From { place: None, .. }) if !is_walked(way, target) => whole.push(state),
            Some(from) => {
                let base = walked(way, target, in_states(base(), &[state]), from, limit);
                let accounts = way.accounts(|group| group.state == state);
                begun.push(from.range(base, target.key, accounts));
            }
        }
    }
    if !whole.is_empty() {
        let all = From { place: None, ..from };
        let accounts = way.accounts(|group| whole.contains(&group.state));
        begun.push(Range::in_each(whole, base(), |base| all.range(base, target.key, accounts)));
    }
    begun
}

/// Whether the entries of a label are walked: they are in this order.
fn is_walked(way: &Way, target: &Target) -> bool {
    matches!(way.lead, Some(By::Label(_))) && target.key == Sort::Iccid.key()
}

/// The first SIMs of `base`, where the entries of a label are walked; else all.
fn walked(way: &Way, target: &Target, base: SimQuery, from: From<'_>, limit: i64) -> SimQuery {
    match way.lead {
        Some(By::Label(label)) if is_walked(way, target) => from.first_with(label, base, way, limit),
        _ => base,
    }
}

impl From<'_> {
    /// From where on the run at `place` is needed; nothing where it is not.
    fn at(self, place: u8) -> Option<Self> {
        match self.place {
            Some(start) if start.run == place => Some(self),
            Some(start) if (start.run > place) != self.descending => None,
            _ => Some(Self { place: None, ..self }),
        }
    }
}

/// Those with a label in which the text is found, and which none of `prefixes` finds. A SIM with several such labels
/// is found by the first.
fn labelled(filter: &SimFilter, way: &Way, from: From<'_>, prefixes: &[Prefix]) -> Vec<Range> {
    if way.found.is_empty() {
        return Vec::new();
    }
    let key = Sort::Iccid.key();
    let labels = way.labels_found();
    // By state, as each has its range in this order.
    let states: Vec<Vec<SimState>> = if filter.states.is_empty() {
        vec![Vec::new()]
    } else {
        way.states().into_iter().map(|state| vec![state]).collect()
    };
    let mut ranges = Vec::new();
    let with = |label, states: &[SimState]| {
        let base = none_of(in_states(besides_states(filter, way), states), prefixes);
        base.filter(WithLabel { label, beyond: from.bound(key) })
    };
    if way.whose() == Whose::Each {
        let with_any = |states: &Vec<SimState>| {
            let base = with(None, states).filter(WithoutEarlier { labels: labels.clone() });
            from.range(base, key, Some(Accounts::labelled(&way.found)))
        };
        return states.iter().map(with_any).collect();
    }
    for (place, label) in labels.iter().enumerate() {
        for states in &states {
            let base = with(Some(*label), states);
            let base = match &labels[..place] {
                [] => base,
                earlier => base.filter(diesel::dsl::not(sims::label_ids.overlaps_with(earlier.to_vec()))),
            };
            ranges.push(from.range(base, key, None));
        }
    }
    ranges
}

/// The SIMs that match `filter` in all but state and text.
fn besides_states(filter: &SimFilter, way: &Way) -> SimQuery {
    if way.is_of_rare_offers(filter) {
        // The planner may take the index of the offer, of which it knows how rare it is.
        let rest = SimFilter { offers: Vec::new(), types: Vec::new(), ..filter.clone() };
        return of_types(in_offers(one_by_one(&rest, way.whose(), None), &filter.offers), &filter.types);
    }
    one_by_one(filter, way.whose(), None)
}

fn none_of(query: SimQuery, prefixes: &[Prefix]) -> SimQuery {
    if prefixes.is_empty() {
        return query;
    }
    query.filter(AnyPrefix { prefixes: prefixes.to_vec(), holds: false })
}

/// The place of a run among those of a text: by what matched, then by state.
pub(super) fn place_of(target: u8, states: &[SimState]) -> u8 {
    let state = match states {
        [state] => SimState::ALL.iter().position(|one| one == state).unwrap_or(0),
        _ => 0,
    };
    target * 4 + u8::try_from(state).unwrap_or(0)
}

/// The place of the run in which `row` was found for `text`.
pub(super) fn run_of(filter: &SimFilter, row: &super::Row) -> u8 {
    let text = filter.text.trim();
    let targets = text::targets(text);
    let found = targets.iter().find(|target| {
        let value = row.searched(target.place);
        value.is_some_and(|value| value >= target.prefix.from.as_str() && value < target.prefix.to.as_str())
    });
    match found {
        Some(target) if target.is_by_state(filter) => place_of(target.place, &[row.state]),
        Some(target) => place_of(target.place, &[]),
        None => place_of(text::LABELLED, &[]),
    }
}
