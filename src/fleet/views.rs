//! What the grid shows.

use askama::Template;
use fleet::custom_fields::Field;
use fleet::grid_layouts::Layout;
use fleet::ids::{LabelId, OfferId};
use fleet::operations::OperationKind;
use fleet::saved_views::SavedView;
use fleet::sims::{Column, Grid, GridRequest, Place, Row, SimFilter, SimState, SimType, Start};

use super::actions::{self, Action};
use super::address::GridAddress;
use super::contents::Contents;
use crate::web::display;
use crate::web::forms::Choice;
use crate::web::page::Page;

/// The screen *Connectivity Portal*.
#[derive(Template)]
#[template(path = "fleet/index.html", blocks = ["grid"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    pub(super) address: GridAddress,
    pub(super) layout: Layout,
    pub(super) view: Option<(SavedView, bool)>,
    has_default: bool,
    gone: Option<&'static str>,
    actions: Vec<Action>,
    may_import: bool,
    may_export: bool,
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

impl Index {
    /// Makes the view.
    pub fn new(page: Page, contents: Contents) -> Self {
        let Contents { address, layout, view, has_default, gone, actions, may_import, may_export, grid } =
            contents;
        Self { page, address, layout, view, has_default, gone, actions, may_import, may_export, grid }
    }

    pub(super) fn filter(&self) -> &SimFilter {
        &self.address.request.filter
    }

    fn rows(&self) -> &[Row] {
        &self.grid.rows
    }

    /// The filter, as what the selection is kept under.
    fn filter_query(&self) -> String {
        self.filter().to_query()
    }

    /// What the dialog of an export is sent for all that match: which SIMs, and which columns are shown.
    fn export_values(&self) -> String {
        let filter = self.filter_query();
        serde_json::json!({ "selection": "matching", "filter": filter, "shown": self.shown_text() })
            .to_string()
    }

    /// How many SIMs match, where that is known without counting.
    fn total(&self) -> Option<i64> {
        let filter = self.filter();
        if filter.is_by_state_alone() {
            return Some(self.grid.facets.count(&filter.states));
        }
        let is_all = self.address.request.start == Start::First && self.grid.next.is_none();
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
        !self.filter().is_empty()
    }

    pub(super) fn is_search(&self) -> bool {
        !self.filter().text.trim().is_empty()
    }

    fn has_filter_chips(&self) -> bool {
        !self.filter().is_by_state_alone()
    }

    fn text(&self) -> &str {
        &self.filter().text
    }

    /// The address with another request.
    pub(super) fn to(&self, change: impl FnOnce(&mut GridRequest)) -> String {
        let address = self.address.with(change).to_address();
        // Alone, this leads to the view that the person begins with.
        if self.has_default && address == "/fleet" { "/fleet?view=none".to_owned() } else { address }
    }

    /// The address of the first page with another filter.
    fn with(&self, change: impl FnOnce(&mut SimFilter)) -> String {
        self.to(|request| {
            request.start = Start::First;
            change(&mut request.filter);
        })
    }

    fn state_chips(&self) -> Vec<StateChip> {
        let chip = |&(state, count): &(SimState, i64)| {
            let on = self.filter().states.contains(&state);
            let address = self.with(|filter| toggle(&mut filter.states, state));
            StateChip { state, count, on, address }
        };
        self.grid.facets.counts.iter().map(chip).collect()
    }

    fn filter_chips(&self) -> Vec<FilterChip> {
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
        let offers = self.grid.facets.offers.iter().filter(|(id, _)| !self.filter().offers.contains(id));
        offers.map(|(id, name)| Choice::new(id.to_string(), name)).collect()
    }

    /// The types that can be added to the filter.
    fn type_choices(&self) -> Vec<Choice> {
        let types = SimType::ALL.iter().filter(|one| !self.filter().types.contains(one));
        types.map(|one| Choice::new(one.as_str(), one.label())).collect()
    }

    fn label_choices(&self) -> Vec<Choice> {
        let labels = self.grid.facets.labels.iter();
        labels.map(|label| Choice::new(label.id.to_string(), &label.name)).collect()
    }

    fn label_chosen(&self) -> String {
        self.filter().label.map(|label| label.to_string()).unwrap_or_default()
    }

    /// What the filter form sends along beside its visible fields.
    fn kept_fields(&self) -> Vec<(&'static str, String)> {
        let filter = self.filter();
        let states = filter.states.iter().map(|state| ("state", state.to_string()));
        let offers = filter.offers.iter().map(|offer| ("offer", offer.to_string()));
        let types = filter.types.iter().map(|sim_type| ("type", sim_type.to_string()));
        let list = filter.list.iter().map(|list| ("list", list.to_string()));
        states.chain(offers).chain(types).chain(list).chain(self.address.look()).collect()
    }

    /// The address of this very page, to be loaded again when SIMs have changed.
    pub fn here(&self) -> String {
        self.to(|_| {})
    }

    fn page_address(&self, place: Option<&Place>, start: impl Fn(Place) -> Start) -> String {
        place.map_or_else(String::new, |place| self.to(|request| request.start = start(place.clone())))
    }

    fn previous(&self) -> String {
        self.page_address(self.grid.previous.as_ref(), Start::Before)
    }

    fn next(&self) -> String {
        self.page_address(self.grid.next.as_ref(), Start::After)
    }

    fn offer(&self, row: &Row) -> &str {
        row.offer.and_then(|id: OfferId| self.grid.facets.offer(id)).unwrap_or_default()
    }

    fn label(&self, id: LabelId) -> Option<&str> {
        self.grid.facets.label(id).map(|label| label.name.as_str())
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.grid.facets.fields
    }

    /// What stands in the column of a custom field.
    fn value(row: &Row, column: &Column) -> String {
        match column {
            Column::Field(id) => row.field(*id).unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }

    fn labels(&self, row: &Row) -> Vec<&fleet::labels::Label> {
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
