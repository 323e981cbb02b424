//! What the grid shows.

use askama::Template;
use fleet::ids::{LabelId, OfferId};
use fleet::operations::OperationKind;
use fleet::sims::{Grid, GridRequest, PAGE_SIZES, Place, Row, SimFilter, SimState, SimType, Sort, Start};

use super::actions::{self, Action};
use super::address;
use crate::web::display;
use crate::web::forms::Choice;
use crate::web::page::Page;

/// The screen *Connectivity Portal*.
#[derive(Template)]
#[template(path = "fleet/index.html", blocks = ["grid"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// What can be done with the SIMs that are selected.
    pub actions: Vec<Action>,
    request: GridRequest,
    grid: Grid,
}

/// A state, with the number of SIMs in it, that a click adds to the filter or takes out.
pub struct StateChip {
    /// The state.
    pub state: SimState,
    /// How many SIMs are in it.
    pub count: i64,
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

/// The head of a column.
pub struct Head {
    /// Its name.
    pub words: &'static str,
    /// The column's class.
    pub class: &'static str,
    /// The address that sorts by it; empty where that can't be done.
    pub address: String,
    /// `ascending`, `descending`, or nothing.
    pub direction: &'static str,
}

const COLUMNS: [(&str, &str, Option<Sort>); 12] = [
    ("ICCID", "sticky-2", Some(Sort::Iccid)),
    ("Name", "", None),
    ("State", "", None),
    ("Offer", "", None),
    ("IMSI", "", Some(Sort::Imsi)),
    ("MSISDN", "", Some(Sort::Msisdn)),
    ("IMEI", "", None),
    ("EID", "", None),
    ("Type", "", None),
    ("Labels", "", None),
    ("Activated", "", Some(Sort::Activated)),
    ("Last change", "", Some(Sort::Changed)),
];

impl Index {
    /// Makes the view.
    pub fn new(page: Page, request: GridRequest, actions: Vec<Action>, grid: Grid) -> Self {
        Self { page, actions, request, grid }
    }

    fn rows(&self) -> &[Row] {
        &self.grid.rows
    }

    /// The filter, as what the selection is kept under.
    fn filter_query(&self) -> String {
        self.request.filter.to_query()
    }

    /// How many SIMs match, where that is known without counting.
    fn total(&self) -> Option<i64> {
        let filter = &self.request.filter;
        if filter.is_by_state_alone() {
            return Some(self.grid.facets.count(&filter.states));
        }
        let is_all = self.request.start == Start::First && self.grid.next.is_none();
        is_all.then(|| i64::try_from(self.rows().len()).unwrap_or(i64::MAX))
    }

    /// How much of the whole is shown, for eyes and screen readers.
    fn shown(&self) -> String {
        let rows = self.rows().len();
        match self.total() {
            Some(total) => format!("{} of {}", display::count(rows), display::counted(total, "SIM", "SIMs")),
            None => display::counted(rows, "SIM", "SIMs"),
        }
    }

    fn select_all_words(&self) -> String {
        match self.total() {
            Some(total) => format!("Select all {} that match", display::count(total)),
            None => "Select all that match".to_owned(),
        }
    }

    fn is_filtered(&self) -> bool {
        !self.request.filter.is_empty()
    }

    fn is_search(&self) -> bool {
        !self.request.filter.text.trim().is_empty()
    }

    fn has_filter_chips(&self) -> bool {
        !self.request.filter.is_by_state_alone()
    }

    fn text(&self) -> &str {
        &self.request.filter.text
    }

    /// The address of the first page with another filter.
    fn with(&self, change: impl FnOnce(&mut SimFilter)) -> String {
        let mut request = GridRequest { start: Start::First, ..self.request.clone() };
        change(&mut request.filter);
        address::of(&request)
    }

    fn state_chips(&self) -> Vec<StateChip> {
        let chip = |&(state, count): &(SimState, i64)| {
            let on = self.request.filter.states.contains(&state);
            let address = self.with(|filter| toggle(&mut filter.states, state));
            StateChip { state, count, on, address }
        };
        self.grid.facets.counts.iter().map(chip).collect()
    }

    fn filter_chips(&self) -> Vec<FilterChip> {
        let filter = &self.request.filter;
        let chip = |words: String, address| FilterChip { words, address };
        let offers = filter.offers.iter().map(|offer| {
            let name = self.grid.facets.offer(*offer).unwrap_or("unknown");
            chip(format!("Offer: {name}"), self.with(|filter| toggle(&mut filter.offers, *offer)))
        });
        let types = filter.types.iter().map(|sim_type| {
            let address = self.with(|filter| toggle(&mut filter.types, *sim_type));
            chip(format!("Type: {}", sim_type.label()), address)
        });
        let label = filter.label.map(|label| {
            let name = self.label(label).unwrap_or("unknown");
            chip(format!("Label: {name}"), self.with(|filter| filter.label = None))
        });
        let list = self
            .grid
            .list
            .iter()
            .map(|list| chip(format!("List: {}", list.origin), self.with(|filter| filter.list = None)));
        let text = self
            .is_search()
            .then(|| chip(format!("Begins with: {}", self.text()), self.with(|filter| filter.text.clear())));
        offers.chain(types).chain(label).chain(list).chain(text).collect()
    }

    fn clear_address(&self) -> String {
        self.with(|filter| *filter = SimFilter::default())
    }

    /// The offers that can be added to the filter.
    fn offer_choices(&self) -> Vec<Choice> {
        let offers =
            self.grid.facets.offers.iter().filter(|(id, _)| !self.request.filter.offers.contains(id));
        offers.map(|(id, name)| Choice::new(id.to_string(), name)).collect()
    }

    /// The types that can be added to the filter.
    fn type_choices(&self) -> Vec<Choice> {
        let types = SimType::ALL.iter().filter(|one| !self.request.filter.types.contains(one));
        types.map(|one| Choice::new(one.as_str(), one.label())).collect()
    }

    fn label_choices(&self) -> Vec<Choice> {
        let labels = self.grid.facets.labels.iter();
        labels.map(|label| Choice::new(label.id.to_string(), &label.name)).collect()
    }

    fn label_chosen(&self) -> String {
        self.request.filter.label.map(|label| label.to_string()).unwrap_or_default()
    }

    /// What the filter form sends along beside its visible fields.
    fn kept_fields(&self) -> Vec<(&'static str, String)> {
        let filter = &self.request.filter;
        let states = filter.states.iter().map(|state| ("state", state.to_string()));
        let offers = filter.offers.iter().map(|offer| ("offer", offer.to_string()));
        let types = filter.types.iter().map(|sim_type| ("type", sim_type.to_string()));
        let list = filter.list.iter().map(|list| ("list", list.to_string()));
        states.chain(offers).chain(types).chain(list).chain(address::order(&self.request)).collect()
    }

    fn heads(&self) -> Vec<Head> {
        let head = |(words, class, sort): (_, _, Option<Sort>)| {
            // The results of a search come in its own order, the SIMs of a list in that of the list.
            let is_list = self.request.filter.list.is_some();
            let sort = sort.filter(|sort| !self.is_search() && (!is_list || *sort == Sort::Iccid));
            let (address, direction) = sort.map_or((String::new(), ""), |sort| self.sorted_by(sort));
            Head { words, class, address, direction }
        };
        COLUMNS.into_iter().map(head).collect()
    }

    fn sorted_by(&self, sort: Sort) -> (String, &'static str) {
        let current = self.request.sort == sort;
        let descending = current && !self.request.descending;
        let start = Start::First;
        let address = address::of(&GridRequest { sort, descending, start, ..self.request.clone() });
        match (current, self.request.descending) {
            (false, _) => (address, ""),
            (true, false) => (address, "ascending"),
            (true, true) => (address, "descending"),
        }
    }

    /// The address of this very page, to be loaded again when SIMs have changed.
    fn here(&self) -> String {
        address::of(&self.request)
    }

    fn page_address(&self, place: Option<&Place>, start: impl Fn(Place) -> Start) -> String {
        place.map_or_else(String::new, |place| {
            address::of(&GridRequest { start: start(place.clone()), ..self.request.clone() })
        })
    }

    fn previous(&self) -> String {
        self.page_address(self.grid.previous.as_ref(), Start::Before)
    }

    fn next(&self) -> String {
        self.page_address(self.grid.next.as_ref(), Start::After)
    }

    fn sizes(&self) -> Vec<(u16, bool, String)> {
        let size = |size| {
            let request = GridRequest { size, start: Start::First, ..self.request.clone() };
            (size, size == self.request.size, address::of(&request))
        };
        PAGE_SIZES.into_iter().map(size).collect()
    }

    fn offer(&self, row: &Row) -> &str {
        row.offer.and_then(|id: OfferId| self.grid.facets.offer(id)).unwrap_or_default()
    }

    fn label(&self, id: LabelId) -> Option<&str> {
        self.grid.facets.label(id).map(|label| label.name.as_str())
    }

    fn labels(&self, row: &Row) -> Vec<&fleet::sims::Label> {
        row.labels.iter().filter_map(|id| self.grid.facets.label(*id)).collect()
    }

    /// What is being done with a SIM, and by which operation.
    fn flight(&self, row: &Row) -> Option<(&'static str, i64)> {
        let flight = self.grid.in_flight.iter().find(|flight| flight.sim == row.id)?;
        let kind: OperationKind = flight.kind;
        Some((actions::under_way(kind), flight.operation.0))
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
