//! What the screens of subaccounts show.

use askama::Template;
use fleet::ids::CompanyUid;
use fleet::sims::SimState;
use fleet::subaccounts::{Candidate, Listing, Subaccount};
use fleet::tenancy::{CompanyScope, Permission};

use super::choices::person;
use super::forms::{Listed, Typed};
use super::json::Json;
use crate::web::badge::Badge;
use crate::web::display::StackedBar;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// How many names stand in a cell before the rest is only counted.
const NAMES_SHOWN: usize = 3;

/// What the person may do with the subaccounts: what is not allowed is not offered.
#[derive(Debug, Clone, Copy)]
pub struct Rights {
    manage: bool,
    assign: bool,
    transfer: bool,
}

impl Rights {
    /// Those of the person in this company.
    pub fn of(scope: &CompanyScope) -> Self {
        let active = !scope.is_suspended();
        Self {
            manage: active && scope.allows(Permission::SubaccountsManage),
            assign: active && scope.allows(Permission::OffersAssign),
            // It begins on the grid.
            transfer: active && scope.allows(Permission::FleetView) && scope.allows(Permission::SimsTransfer),
        }
    }

    fn any(self) -> bool {
        self.manage || self.assign || self.transfer
    }
}

/// The list.
#[derive(Template)]
#[template(path = "subaccounts/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// What was asked for.
    pub listed: Listed,
    /// The page of subaccounts.
    pub listing: Listing,
    /// What may be done.
    pub rights: Rights,
}

impl Index {
    fn marked(&self, subaccount: &Subaccount) -> bool {
        self.listed.marked() == Some(subaccount.uid)
    }

    fn address(&self, side: &'static str, name: Option<&Subaccount>) -> String {
        let Some(subaccount) = name else { return String::new() };
        let fields: Vec<(&str, &str)> = [("q", self.listed.q.as_str()), (side, subaccount.name.as_str())]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        format!("/subaccounts?{}", serde_html_form::to_string(fields).unwrap_or_default())
    }

    fn previous(&self) -> String {
        self.address("before", self.listing.rows.first().filter(|_| self.listing.has_previous))
    }

    fn next(&self) -> String {
        self.address("after", self.listing.rows.last().filter(|_| self.listing.has_next))
    }

    /// The page for programs.
    pub fn to_json(&self) -> serde_json::Value {
        let link = |address: String| Some(address).filter(|address| !address.is_empty());
        serde_json::json!({
            "subaccounts": self.listing.rows.iter().map(Json::of).collect::<Vec<_>>(),
            "previous": link(self.previous()),
            "next": link(self.next()),
        })
    }

    fn shown(&self) -> String {
        crate::web::display::counted(self.listing.rows.len(), "subaccount", "subaccounts")
    }

    fn searched(&self) -> bool {
        !self.listed.q.trim().is_empty()
    }
}

/// One row of the list, after something was done to it.
#[derive(Template)]
#[template(path = "subaccounts/row.html")]
pub struct Row {
    /// The subaccount.
    pub subaccount: Subaccount,
    /// What may be done.
    pub rights: Rights,
    /// Whether it is marked.
    pub marked: bool,
}

fn bar(subaccount: &Subaccount) -> StackedBar {
    StackedBar::of_states(
        subaccount.sims_in(SimState::Inventory),
        subaccount.sims_in(SimState::Active),
        subaccount.sims_in(SimState::Suspended),
        subaccount.sims_in(SimState::Retired),
    )
}

/// The id of its menu, by which the focus comes back to it when the row is renewed.
fn menu(subaccount: &Subaccount) -> String {
    format!("actions-{}", subaccount.uid)
}

fn status(subaccount: &Subaccount) -> Badge {
    crate::web::badge::company_state(subaccount.suspended_at.is_some())
}

/// The first of `names`, and how many more there are.
fn shortened(names: &[String]) -> (&[String], usize) {
    let shown = names.len().min(NAMES_SHOWN);
    (&names[..shown], names.len() - shown)
}

/// The dialog *Create*.
#[derive(Template)]
#[template(path = "subaccounts/new.html")]
pub struct New {
    /// The company that creates it.
    pub parent: String,
    /// What was typed.
    pub typed: Typed,
    /// The people chosen.
    pub administrators: Vec<Choice>,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl New {
    /// The dialog as it opens, or as it comes back.
    pub fn of(parent: &str, typed: Typed, administrators: Vec<Candidate>, errors: FieldErrors) -> Self {
        let administrators = administrators.into_iter().map(person).collect();
        Self { parent: parent.to_owned(), typed, administrators, errors }
    }
}

/// The dialog *Edit*.
#[derive(Template)]
#[template(path = "subaccounts/edit.html")]
pub struct Edit {
    /// Which subaccount.
    pub uid: CompanyUid,
    /// Its name as it is now.
    pub current: String,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong.
    pub errors: FieldErrors,
}

impl Edit {
    fn title(&self) -> String {
        format!("Edit {}", self.current)
    }
}

/// The dialog that suspends, or lifts the suspension.
#[derive(Template)]
#[template(path = "subaccounts/suspension.html")]
pub struct Suspension {
    /// Which subaccount.
    pub subaccount: Subaccount,
    /// The company that does it.
    pub parent: String,
}

impl Suspension {
    fn title(&self) -> String {
        if self.subaccount.suspended_at.is_some() {
            format!("Lift the suspension of {}", self.subaccount.name)
        } else {
            format!("Suspend {}", self.subaccount.name)
        }
    }
}
