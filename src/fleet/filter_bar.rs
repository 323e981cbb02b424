//! What the filter bar shows: chips to add and to remove, choices with their counts, days.

use chrono::NaiveDate;
use fleet::sims::{Days, SimFilter, SimState, SimType, Sort, Start};
use form_urlencoded::Serializer;

use super::views::Index;
use crate::tree::TreeQuery;
use crate::web::display;
use crate::web::forms::Choice;

/// A state, with the number of SIMs in it, that a click adds to the filter or takes out.
pub struct StateChip {
    /// The state.
    pub state: SimState,
    /// How many SIMs are in it.
    pub count: String,
    /// Whether the filter has it.
    pub on: bool,
    /// The address after a click.
    pub address: String,
}

/// A part of the filter, and the address without it.
pub struct FilterChip {
    /// What it asks for.
    pub words: String,
    /// The address without it.
    pub address: String,
}

/// A list of what can be added to the filter.
pub struct FilterList {
    /// What it is called.
    pub words: &'static str,
    /// The name of the field.
    pub name: &'static str,
    /// What there is to choose from.
    pub choices: Vec<Choice>,
    /// Where it is looked for instead, if there is too much of it for every page.
    pub address: String,
}

/// More offers, or labels, than these are not in the page: they are looked for when the list is opened.
const MANY: usize = 50;
const OFFERS: &str = "/offers/choices";
const LABELS: &str = "/labels/choices";

/// Two days that a moment of a SIM is between, as the form asks for them.
pub struct DayFields {
    /// What happened in them.
    pub what: &'static str,
    /// The names of the fields.
    pub names: (&'static str, &'static str),
    /// What is in the fields.
    pub values: (String, String),
}

impl Index {
    pub(super) fn has_filter_chips(&self) -> bool {
        !self.filter().is_by_state_alone() || !self.account_chips().is_empty()
    }

    pub(super) fn text(&self) -> &str {
        &self.filter().text
    }

    pub(super) fn state_chips(&self) -> Vec<StateChip> {
        let chip = |state: SimState| {
            let on = self.filter().states.contains(&state);
            let address = self.with(|filter| toggle(&mut filter.states, state));
            let count = self.counted(|filter| filter.states = vec![state]);
            StateChip { state, count, on, address }
        };
        SimState::ALL.iter().copied().map(chip).collect()
    }

    /// How many SIMs there are with another choice of state, type or offer. What else the filter asks for is not
    /// counted by, and the number says so.
    fn counted(&self, change: impl FnOnce(&mut SimFilter)) -> String {
        let mut filter = self.filter().clone();
        change(&mut filter);
        let count = display::count(self.grid.facets.count(&filter));
        let left_out = not_counted_by(&filter);
        if left_out.is_empty() { count } else { format!("{count} without {}", left_out.join(" and ")) }
    }

    pub(super) fn filter_chips(&self) -> Vec<FilterChip> {
        let filter = self.filter();
        let chip = |words: String, address| FilterChip { words, address };
        let offers = filter.offers.iter().map(|offer| {
            let name = self.grid.facets.offer(*offer).unwrap_or("unknown");
            chip(format!("Offer: {name}"), self.with(|filter| toggle(&mut filter.offers, *offer)))
        });
        let types = filter.types.iter().map(|sim_type| {
            let address = self.with(|filter| toggle(&mut filter.types, *sim_type));
            chip(format!("Type: {}", sim_type.label()), address)
        });
        let labels = filter.labels.iter().map(|label| {
            let name = self.grid.facets.label(*label).map_or("unknown", |label| label.name.as_str());
            chip(format!("Label: {name}"), self.with(|filter| toggle(&mut filter.labels, *label)))
        });
        let activated = day_words("Activated", filter.activated)
            .map(|words| chip(words, self.with(|filter| filter.activated = Days::default())));
        let changed = day_words("Last change", filter.changed)
            .map(|words| chip(words, self.with(|filter| filter.changed = Days::default())));
        let list = self
            .grid
            .list
            .iter()
            .map(|list| chip(format!("List: {}", list.origin), self.with(|filter| filter.list = None)));
        let text = self
            .is_search()
            .then(|| chip(format!("Begins with: {}", self.text()), self.with(|filter| filter.text.clear())));
        let accounts = self.account_chips().into_iter();
        accounts
            .chain(offers)
            .chain(types)
            .chain(labels)
            .chain(activated)
            .chain(changed)
            .chain(list)
            .chain(text)
            .collect()
    }

    pub(super) fn clear_address(&self) -> String {
        let mut address = self.address.with(|request| {
            request.start = Start::First;
            request.filter = SimFilter::default();
        });
        address.tree = address.tree.map(|_| TreeQuery::default());
        self.led_to(&address)
    }

    /// Whether the filter, of whatever kind, leaves SIMs out.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.filter().is_empty() || self.address.tree.as_ref().is_some_and(|tree| !tree.accounts.is_empty())
    }

    /// The lists of what can be added to the filter.
    pub(super) fn lists(&self) -> Vec<FilterList> {
        let (offers, labels) = (self.grid.facets.offers.len(), self.grid.facets.labels.len());
        let list = |words, name, choices| FilterList { words, name, choices, address: String::new() };
        let mut lists = Vec::new();
        if offers > MANY {
            lists.push(FilterList { address: self.offers_address(), ..list("Offer", "offer", Vec::new()) });
        } else if offers > 0 {
            lists.push(list("Offer", "offer", self.offer_choices()));
        }
        lists.push(list("Type", "type", self.type_choices()));
        // Labels belong to one account each.
        if labels > MANY && !self.is_tree() {
            lists.push(FilterList { address: LABELS.to_owned(), ..list("Label", "label", Vec::new()) });
        } else if labels > 0 && !self.is_tree() {
            lists.push(list("Label", "label", self.label_choices()));
        }
        lists
    }

    /// Where the offers are looked for.
    fn offers_address(&self) -> String {
        match &self.address.tree {
            None => OFFERS.to_owned(),
            Some(tree) => {
                let query = Serializer::new(String::new()).extend_pairs(tree.fields()).finish();
                format!("/tree{OFFERS}?{query}")
            }
        }
    }

    fn offer_choices(&self) -> Vec<Choice> {
        let offers = self.grid.facets.offers.iter().filter(|(id, _)| !self.filter().offers.contains(id));
        let choice = |(id, name): &(_, String)| {
            let count = self.counted(|filter| filter.offers = vec![*id]);
            Choice::new(id.to_string(), format!("{name} ({count})"))
        };
        offers.map(choice).collect()
    }

    fn type_choices(&self) -> Vec<Choice> {
        let types = SimType::ALL.iter().filter(|one| !self.filter().types.contains(one));
        let choice = |one: &SimType| {
            let count = self.counted(|filter| filter.types = vec![*one]);
            Choice::new(one.as_str(), format!("{} ({count})", one.label()))
        };
        types.map(choice).collect()
    }

    /// Labels are counted for all SIMs alone.
    fn label_choices(&self) -> Vec<Choice> {
        let in_all = if self.filter().is_empty() { "" } else { " in all" };
        let labels = self.grid.facets.labels.iter().filter(|label| !self.filter().labels.contains(&label.id));
        labels
            .map(|label| {
                let count = display::count(label.sims());
                Choice::new(label.id.to_string(), format!("{} ({count}{in_all})", label.name))
            })
            .collect()
    }

    pub(super) fn day_fields(&self) -> [DayFields; 2] {
        let value = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let fields =
            |what, names, days: Days| DayFields { what, names, values: (value(days.from), value(days.to)) };
        [
            fields("Activated", ("activated_from", "activated_to"), self.filter().activated),
            fields("Last change", ("changed_from", "changed_to"), self.filter().changed),
        ]
    }

    /// What is wrong with the days, if anything.
    pub(super) fn day_problem(&self) -> Option<&'static str> {
        let filter = self.filter();
        let is_none = filter.activated.is_none() || filter.changed.is_none();
        is_none.then_some(
            "The days end before they begin, so no SIM matches. Change them, or take them out of the filter.",
        )
    }

    /// What a text finds; nothing where none is looked for.
    pub(super) fn text_hint(&self) -> &'static str {
        let is_number = |word: &str| word.len() > 9 && word.bytes().all(|byte| byte.is_ascii_digit());
        if self.filter().text.split([' ', ',', ';']).filter(|word| is_number(word)).count() > 1 {
            "One text is looked for at a time. Several numbers are found with List of identifiers, above."
        } else if self.is_search() {
            "A text is looked for at the beginning of identifiers, of the first four words of the name, and of every word of a \
             label. Of an EID that begins as ICCIDs do, it takes the first seven digits."
        } else {
            ""
        }
    }

    /// What is left out of the SIMs, or why they can't be put in any order.
    pub(super) fn note(&self) -> Option<&'static str> {
        if self.grid.has_more_labels {
            return Some(if self.is_tree() {
                "In one of these accounts more than 20 labels have a word that begins so: of these, its SIMs are found by \
                 the first 20 by name."
            } else {
                "More than 20 labels have a word that begins so: of these, SIMs are found by the first 20 by name. Take the \
                 text out and choose a label to see all that have it."
            });
        }
        let sorts = &self.grid.sorts;
        let is_free = self.is_search() || sorts.len() == Sort::ALL.len();
        (!is_free).then_some(match (self.grid.sort, sorts.len()) {
            (_, 2..) => "Sorted by the days asked for; by anything, where fewer SIMs match.",
            (Sort::Activated, _) => "Sorted by activation; by anything, where fewer SIMs match.",
            (Sort::Changed, _) => "Sorted by last change; by anything, where fewer SIMs match.",
            _ => "Sorted by ICCID; by anything, where fewer SIMs match.",
        })
    }

    /// What the filter form sends along beside its visible fields.
    pub(super) fn kept_fields(&self) -> Vec<(&'static str, String)> {
        let days = self.filter().day_fields().map(|(name, day)| (name, day.to_string()));
        self.kept_fields_of_choices().into_iter().chain(days).collect()
    }

    /// What the form of days sends along.
    pub(super) fn kept_beside_days(&self) -> Vec<(&'static str, String)> {
        let text = self.is_search().then(|| ("q", self.text().to_owned()));
        self.kept_fields_of_choices().into_iter().chain(text).collect()
    }

    fn kept_fields_of_choices(&self) -> Vec<(&'static str, String)> {
        let filter = self.filter();
        let states = filter.states.iter().map(|state| ("state", state.to_string()));
        let offers = filter.offers.iter().map(|offer| ("offer", offer.to_string()));
        let types = filter.types.iter().map(|sim_type| ("type", sim_type.to_string()));
        let labels = filter.labels.iter().map(|label| ("label", label.to_string()));
        let list = filter.list.iter().map(|list| ("list", list.to_string()));
        states.chain(offers).chain(types).chain(labels).chain(list).chain(self.address.look()).collect()
    }
}

/// The parts of a filter that its counters know nothing of.
fn not_counted_by(filter: &SimFilter) -> Vec<&'static str> {
    let SimFilter { states: _, offers: _, types: _, labels, list, text, .. } = filter;
    let parts = [
        (!labels.is_empty(), "the labels"),
        (filter.has_days(), "the days"),
        (list.is_some(), "the list"),
        (!text.is_empty(), "the text"),
    ];
    parts.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, words)| words).collect()
}

/// `Activated: 1 Nov 2025 to 30 Nov 2025`.
fn day_words(what: &str, days: Days) -> Option<String> {
    let words = days_in_words(days)?;
    Some(format!("{what}: {words}"))
}

/// Days in words; nothing where any are meant.
pub fn days_in_words(days: Days) -> Option<String> {
    let day = |day: NaiveDate| day.format("%-d %b %Y").to_string();
    match (days.from, days.to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {}", day(from))),
        (None, Some(to)) => Some(format!("until {}", day(to))),
        (Some(from), Some(to)) if from == to => Some(day(from)),
        (Some(from), Some(to)) => Some(format!("{} to {}", day(from), day(to))),
    }
}

fn toggle<T: PartialEq + Ord>(list: &mut Vec<T>, value: T) {
    if let Some(place) = list.iter().position(|one| *one == value) {
        list.remove(place);
    } else {
        list.push(value);
        list.sort_unstable();
    }
}
