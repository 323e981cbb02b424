//! What the page of a SIM shows.

use askama::Template;
use fleet::labels::Label;
use fleet::operations::{self, Event, InFlight};
use fleet::sims::{Facets, Row};

use super::forms::Typed;
use crate::custom_fields::Input;
use crate::fleet::actions::{self, Action};
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// The page of a SIM.
#[derive(Template)]
#[template(path = "sims/show.html", blocks = ["events"])]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// The SIM.
    pub row: Row,
    /// The names of offers and labels.
    pub facets: Facets,
    /// The operation that it is in.
    pub in_flight: Option<InFlight>,
    /// A part of its timeline.
    pub events: operations::Page<Event>,
    /// What can be done with it.
    pub actions: Vec<Action>,
    /// Whether its details can be edited.
    pub may_edit: bool,
}

/// The dialog *Edit details*.
#[derive(Template)]
#[template(path = "sims/edit.html")]
pub struct Edit {
    iccid: String,
    typed: Typed,
    labels: Vec<Choice>,
    the_inputs: Vec<Input>,
    errors: FieldErrors,
}

impl Edit {
    /// The dialog as it opens, or as it comes back.
    pub fn new(iccid: String, typed: Typed, facets: &Facets, row: Option<&Row>, errors: FieldErrors) -> Self {
        let (labels, the_inputs) = (typed.labels(facets), typed.inputs(facets, row));
        Self { iccid, typed, labels, the_inputs, errors }
    }

    /// Whether something about the custom fields is wrong that is not said beside one of them.
    fn has_other_problem(&self) -> bool {
        self.the_inputs.iter().all(|input| input.error.is_empty())
    }
}

impl Show {
    /// The identifiers that it has, each with its name.
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("ICCID", Some(self.row.iccid.as_str())),
            ("IMSI", Some(self.row.imsi.as_str())),
            ("MSISDN", self.row.msisdn()),
            ("IMEI", self.row.imei.as_deref()),
            ("EID", self.row.eid.as_deref()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn offer(&self) -> &str {
        self.row.offer.and_then(|offer| self.facets.offer(offer)).unwrap_or_default()
    }

    fn labels(&self) -> Vec<&Label> {
        self.row.labels.iter().filter_map(|id| self.facets.label(*id)).collect()
    }

    /// The custom fields that have a value.
    fn fields(&self) -> Vec<(&str, &str)> {
        let fields = self.facets.fields.iter();
        fields.filter_map(|field| Some((field.name.as_str(), self.row.field(field.id)?))).collect()
    }

    fn flight(&self) -> Option<(&'static str, i64)> {
        self.in_flight.as_ref().map(|flight| (actions::under_way(flight.kind), flight.operation.0))
    }

    /// The address of the part of the timeline before this one; empty where there is none.
    fn older(&self) -> String {
        match self.events.rows.last() {
            Some(last) if self.events.has_more => {
                format!("/sims/{}?before={}", self.row.iccid, last.operation)
            }
            _ => String::new(),
        }
    }

    /// What an event changed: what, from, to.
    fn changes(event: &Event) -> Vec<(&'static str, String, String)> {
        let mut changes = Vec::new();
        if let Some(target) = &event.moved_to {
            changes.push(("Company", event.before_company.clone(), target.clone()));
        }
        if event.after_state() != event.before_state {
            let (from, to) = (event.before_state.label(), event.after_state().label());
            changes.push(("State", from.to_owned(), to.to_owned()));
        }
        let (from, to) = (event.before_offer.as_deref(), event.after_offer());
        if from != to {
            changes.push(("Offer", from.unwrap_or("none").to_owned(), to.unwrap_or("none").to_owned()));
        }
        changes
    }
}
