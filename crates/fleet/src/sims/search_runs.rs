//! A search as some runs after each other: what the text is the beginning of says in which of them a SIM comes.

use diesel::dsl::not;
use diesel::prelude::*;

use super::across::{Accounts, WithoutEarlier};
use super::filter::{SimQuery, Whose, in_states};
use super::labelled::WithLabel;
use super::order::{AnyPrefix, Prefix, Sort};
use super::range::Range;
use super::runs::{From, Runs, one_by_one};
use super::statement::Plan;
use super::text::{self, Target};
use super::way::{By, Way};
use super::{SimFilter, SimState};
use crate::ids::LabelId;
use crate::schema::sims;

impl Runs {
    /// The SIMs that match `filter`, which has a text: first those whose ICCID begins with it, then those whose IMSI
    /// does, and so on; at last those with a label of which a word does.
    ///
    /// In parts, of which the next is needed only where those before do not fill the page.
    pub(super) fn matched(filter: &SimFilter, way: &Way, from: From<'_>, limit: i64) -> Vec<Self> {
        let targets = &way.finding.targets;
        let prefixes = way.prefixes();
        let found = |(place, target): (usize, &Target)| {
            let base = || {
                let others = one_by_one(filter, way.whose(), walked_for(way, target));
                none_of(others.filter(target.prefix.clone()), &prefixes[..place])
            };
            ranges(filter, way, from, limit, target, base)
        };
        let part = |ranges: Vec<Range>, has_one_plan| {
            let plan = Plan::of_ranges(&ranges, has_one_plan);
            Self { few: None, ranges, merge: None, limit, plan }
        };
        let (head, rest) = targets.split_at(targets.len().min(1));
        // A range of texts has one index that gives it in order, but for ICCIDs in a state.
        let has_one_plan = filter.states.is_empty() || !head.iter().any(Target::is_iccid);
        let first = part(head.iter().enumerate().flat_map(found).collect(), has_one_plan);
        let mut rest: Vec<_> = (1..).zip(rest).map(found).collect();
        if from.descending {
            rest.reverse();
        }
        let mut parts = vec![first, part(rest.into_iter().flatten().collect(), true)];
        let by_label = from.at(place_of(text::LABELLED, &[]));
        parts.extend(by_label.and_then(|from| labelled(filter, way, from, limit, &prefixes)));
        if from.descending {
            parts.reverse();
        }
        parts.retain(|part: &Self| !part.ranges.is_empty());
        parts
    }
}

/// The SIMs of `base`, which are those that `target` finds: from where on they are needed, state by state where they
/// are in order by that.
pub(super) fn ranges(
    filter: &SimFilter,
    way: &Way,
    from: From<'_>,
    limit: i64,
    target: &Target,
    base: impl Fn() -> SimQuery,
) -> Vec<Range> {
    let label = walked_for(way, target);
    let walked = |base, from: From<'_>| match label {
        Some(label) => from.first_with(label, base, way, limit),
        None => base,
    };
    if !target.is_by_state(filter) {
        let from = from.at(place_of(target.place, &[]));
        let range = |from: From<'_>| from.range(walked(base(), from), target.key, way.accounts(|_| true));
        return from.map(range).into_iter().collect();
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
            Some(From { place: None, .. }) if label.is_none() => whole.push(state),
            Some(from) => {
                let base = walked(in_states(base(), &[state]), from);
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

/// The label whose entries are walked for what `target` finds: they are in this order.
fn walked_for(way: &Way, target: &Target) -> Option<LabelId> {
    match way.lead {
        Some(By::Label(label)) if target.is_iccid() => Some(label),
        _ => None,
    }
}

impl From<'_> {
    /// From where on the run at `place` is needed; nothing where it is not.
    pub(super) fn at(self, place: u8) -> Option<Self> {
        match self.place {
            Some(start) if start.run == place => Some(self),
            Some(start) if (start.run > place) != self.descending => None,
            _ => Some(Self { place: None, ..self }),
        }
    }
}

/// Those with a label in which the text is found, and which none of `prefixes` finds. A SIM with several such labels
/// is found by the first.
pub(super) fn labelled(
    filter: &SimFilter,
    way: &Way,
    from: From<'_>,
    limit: i64,
    prefixes: &[Prefix],
) -> Option<Runs> {
    if way.found.is_empty() {
        return None;
    }
    // Where the text is found in a label that is asked for, all that match are found: they have the rarest one, too.
    let rarest = way.rarest.filter(|_| way.is_found_by_asked(filter));
    let labels = rarest.map_or_else(|| way.labels_found(), |label| vec![label]);
    let key = Sort::Iccid.key();
    let others = |states: &[SimState], place: usize| {
        let others = none_of(in_states(one_by_one(filter, way.whose(), None), states), prefixes);
        match &labels[..place] {
            [] => others,
            earlier => others.filter(not(sims::label_ids.overlaps_with(earlier.to_vec()))),
        }
    };
    let with_label = |label| WithLabel { label, beyond: from.bound(key) };
    let with_any = |states: &[SimState]| {
        let base =
            others(states, 0).filter(with_label(None)).filter(WithoutEarlier { labels: labels.clone() });
        from.range(base, key, Some(Accounts::labelled(&way.found)))
    };
    let by_label = labels.iter().copied().enumerate();
    let is_one = way.whose() != Whose::Each;
    // By state, as each has its range in this order, and may have few of the SIMs with a label.
    let by_state = !filter.states.is_empty() && rarest.is_none();
    let ranges: Vec<Range> = match (is_one, by_state) {
        (true, false) => {
            let walked = |(place, label)| from.first_with(label, others(&filter.states, place), way, limit);
            by_label.map(|label| from.range(walked(label), key, None)).collect()
        }
        (true, true) => {
            let with = |(place, label), state| others(&[state], place).filter(with_label(Some(label)));
            let of_label = |label| {
                let of_state = move |state| from.range(with(label, state), key, None);
                way.states().into_iter().map(of_state)
            };
            by_label.flat_map(of_label).collect()
        }
        (false, false) => vec![with_any(&[])],
        (false, true) => way.states().into_iter().map(|state| with_any(&[state])).collect(),
    };
    // Else they come by one way or the other, as many as have the label and match.
    let is_text_alone = SimFilter { list: None, ..filter.besides_text().besides_days() }.is_empty();
    let plan = Plan::of_ranges(&ranges, is_text_alone || is_one && !by_state);
    Some(Runs { few: None, ranges, merge: Some(from.merge(Sort::Iccid)), limit, plan })
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
