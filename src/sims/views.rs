//! What the page of a SIM shows.

use askama::Template;
use fleet::operations::{self, Event, InFlight};
use fleet::sims::{Facets, Label, Row};

use crate::fleet::actions::{self, Action};
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
