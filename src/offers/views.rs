//! What the screens of offers show.

use askama::Template;
use fleet::ids::{CompanyUid, OfferId};
use fleet::network::Services;
use fleet::offers::{Assigned, MANY, Offer, Shelf};
use fleet::sims::SimType;

use super::forms::{SERVICES, Typed};
use crate::web::display;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// The types of SIM of an offer, as people read them.
pub fn types(sim_types: &[SimType]) -> String {
    sim_types.iter().map(|sim_type| sim_type.label()).collect::<Vec<_>>().join(", ")
}

/// What an offer serves, as people read it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over what they loop over by reference")]
pub fn served(services: &Services) -> &'static str {
    SERVICES.iter().find(|(.., known)| known == services).map_or("", |(_, words, _)| words)
}

/// The list.
#[derive(Template)]
#[template(path = "offers/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// The offers.
    pub offers: Vec<Offer>,
    /// Whether the company can make offers.
    pub may_create: bool,
    /// Whether the company can describe its own.
    pub may_edit: bool,
    /// Whether the installation has several networks.
    pub has_networks: bool,
}

/// The dialog *Create an offer*.
#[derive(Template)]
#[template(path = "offers/new.html")]
pub struct New {
    /// The company that it will belong to.
    pub company: String,
    /// The networks of the installation.
    pub networks: Vec<String>,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl New {
    fn network_choices(&self) -> Vec<Choice> {
        self.networks.iter().map(|name| Choice::new(name, name)).collect()
    }

    fn service_choices() -> Vec<Choice> {
        SERVICES.iter().map(|(word, words, _)| Choice::new(*word, *words)).collect()
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates hand over what they loop over by reference"
    )]
    fn has(&self, sim_type: &SimType) -> bool {
        self.typed.sim_types.iter().any(|word| word == sim_type.as_str())
    }
}

/// The dialog *Edit*.
#[derive(Template)]
#[template(path = "offers/edit.html")]
pub struct Edit {
    /// Which offer.
    pub id: OfferId,
    /// Its name.
    pub name: String,
    /// What was typed.
    pub description: String,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Edit {
    fn title(&self) -> String {
        format!("Edit {}", self.name)
    }
}

/// The dialog *Assign offer*.
#[derive(Template)]
#[template(path = "offers/assign.html")]
pub struct Assign {
    /// The subaccount.
    pub uid: CompanyUid,
    /// The company that assigns.
    pub parent: String,
    /// What the subaccount has.
    pub shelf: Shelf,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Assign {
    fn title(&self) -> String {
        format!("Assign offer to {}", self.shelf.subaccount)
    }

    /// Whatever was chosen is what could not be assigned: it is chosen anew.
    fn chosen() -> Vec<Choice> {
        Vec::new()
    }

    fn choices(&self) -> String {
        format!("/subaccounts/{}/offers/choices?lacking=true", self.uid)
    }

    fn help(&self) -> String {
        format!("Among the offers of {} that {} lacks.", self.parent, self.shelf.subaccount)
    }

    fn use_of(assigned: &Assigned) -> String {
        match assigned.sims {
            0 => "no SIM on it".to_owned(),
            MANY.. => format!("{} or more SIMs on it", display::count(MANY)),
            sims => format!("{} on it", display::counted(sims, "SIM", "SIMs")),
        }
    }
}
