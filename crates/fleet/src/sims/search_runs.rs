//! A search as some runs after each other: what the text is the beginning of says in which of them a SIM comes.

use diesel::prelude::*;

use super::filter::{SimQuery, in_states, sims_of};
use super::labelled::WithLabel;
use super::order::{AnyPrefix, Prefix, Sort};
use super::rows::RowQuery;
use super::runs::{Few, From, Runs, one_by_one};
use super::text;
use super::way::{By, Way};
use super::{SimFilter, SimState};
use crate::schema::sims;

impl Runs {
    /// The SIMs that match `filter`, which has a text: first those whose ICCID begins with it, then those whose IMSI
    /// does, and so on; at last those with a label that begins with it.
    ///
    /// In parts, of which the next is needed only where those before do not fill the page.
    pub(super) fn matched(filter: &SimFilter, way: &Way, from: From<'_>, limit: i64) -> Vec<Self> {
        let mut first: Vec<RowQuery> = Vec::new();
        let mut rest: Vec<RowQuery> = Vec::new();
        let mut before: Vec<Prefix> = Vec::new();
        let mut runs: Vec<(u8, RowQuery)> = Vec::new();
        for target in text::targets(filter.text.trim()) {
            let wanted: Vec<Vec<SimState>> = if target.is_by_state(filter) {
                way.states().into_iter().map(|state| vec![state]).collect()
            } else {
                vec![Vec::new()]
            };
            for states in wanted {
                let place = place_of(target.place, &states);
                if let Some(from) = from.at(place) {
                    let base = in_states(besides_states(filter, way), &states).filter(target.prefix.clone());
                    let base = none_of(base, &before);
                    let base = match way.lead {
                        // Its entries are in this order.
                        Some(By::Label(label)) if target.key == Sort::Iccid.key() && way.few.is_none() => {
                            from.first_with(label, base, way, limit)
                        }
                        _ => base,
                    };
                    runs.push((place, from.onwards(base, target.key)));
                }
            }
            before.push(target.prefix);
        }
        runs.sort_by_key(|(place, _)| *place);
        if from.descending {
            runs.reverse();
        }
        let begins_at = runs.first().map(|(place, _)| place / 4);
        for (place, run) in runs {
            if Some(place / 4) == begins_at { first.push(run) } else { rest.push(run) }
        }
        let mut parts = vec![(first, None), (rest, None)];
        if let Some(from) = from.at(place_of(text::LABELLED, &[])) {
            let labelled = labelled(filter, way, from, &before);
            let place = if from.descending { 0 } else { parts.len() };
            parts.insert(place, (labelled, Some(from.merge(Sort::Iccid))));
        }
        parts
            .into_iter()
            .filter(|(ranges, _)| !ranges.is_empty())
            .map(|(ranges, merge)| {
                let few = Few::of(filter, way);
                Self { few, ranges, merge, limit, one_plan: false }
            })
            .collect()
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

/// Those with a label that the text begins, and which none of `prefixes` finds. A SIM with several such labels
/// is found by the first.
fn labelled(filter: &SimFilter, way: &Way, from: From<'_>, prefixes: &[Prefix]) -> Vec<RowQuery> {
    if way.found.is_empty() {
        return Vec::new();
    }
    let key = Sort::Iccid.key();
    if way.few.is_some() {
        let all = none_of(in_states(besides_states(filter, way), &filter.states), prefixes);
        let found = all.filter(sims::label_ids.overlaps_with(way.found.clone()));
        return vec![from.onwards(found, key)];
    }
    // By state, as each has its range in this order.
    let states: Vec<Vec<SimState>> = if filter.states.is_empty() {
        vec![Vec::new()]
    } else {
        way.states().into_iter().map(|state| vec![state]).collect()
    };
    let mut ranges = Vec::new();
    for (place, label) in way.found.iter().enumerate() {
        for states in &states {
            let base = none_of(in_states(besides_states(filter, way), states), prefixes);
            let base = base.filter(WithLabel { label: *label, beyond: from.bound(key) });
            let base = match &way.found[..place] {
                [] => base,
                earlier => base.filter(diesel::dsl::not(sims::label_ids.overlaps_with(earlier.to_vec()))),
            };
            ranges.push(from.onwards(base, key));
        }
    }
    ranges
}

fn besides_states(filter: &SimFilter, way: &Way) -> SimQuery {
    if way.few.is_some() { sims_of(way.company) } else { one_by_one(filter, way.company, None) }
}

fn none_of(query: SimQuery, prefixes: &[Prefix]) -> SimQuery {
    if prefixes.is_empty() {
        return query;
    }
    query.filter(AnyPrefix { prefixes: prefixes.to_vec(), holds: false })
}

/// The place of a run among those of a text: by what matched, then by state.
fn place_of(target: u8, states: &[SimState]) -> u8 {
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
