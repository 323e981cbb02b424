//! A line of the table of all routes: an example request, and who may make it.

use fleet::tenancy::{Permission, Role};
use reqwest::Method;

/// The lowest who may make a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lowest {
    /// Everybody, signed in or not.
    Nobody,
    /// Whoever is signed in as a member of the company.
    Viewer,
    /// An operator of the company.
    Operator,
    /// An administrator of the company.
    Administrator,
}

/// What it takes to make a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    /// Nothing, not even a sign-in.
    Anybody,
    /// To be signed in as a member of the company.
    Member,
    /// To be a member who holds each of these rights.
    Rights(&'static [Permission]),
}

use Lowest::{Administrator, Nobody, Operator, Viewer};
use Takes::{Anybody, Member, Rights};

impl Takes {
    /// The rights that it takes.
    pub(crate) fn rights(self) -> &'static [Permission] {
        match self {
            Anybody | Member => &[],
            Rights(rights) => rights,
        }
    }

    fn lowest(self) -> Lowest {
        let roles = [(Role::Viewer, Viewer), (Role::Operator, Operator)];
        let all = |role: Role| self.rights().iter().all(|right| role.allows(*right));
        match self {
            Anybody => Nobody,
            _ => roles.into_iter().find(|(role, _)| all(*role)).map_or(Administrator, |(_, lowest)| lowest),
        }
    }
}

/// A line of the table.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one exception from what holds for most routes")]
pub(crate) struct Entry {
    pub(crate) method: Method,
    pub(crate) pattern: &'static str,
    pub(crate) takes: Takes,
    /// The lowest role that has what it takes.
    pub(crate) lowest: Lowest,
    pub(crate) hidden_without: Option<Permission>,
    pub(crate) at: &'static str,
    pub(crate) form: &'static str,
    /// Queries that name records, with spaces between.
    pub(crate) asks: &'static str,
    pub(crate) changes: bool,
    pub(crate) needs_focus: bool,
    pub(crate) hidden_from_strangers: bool,
    pub(crate) leads_to_sign_in: bool,
    pub(crate) incomplete: bool,
    pub(crate) signed: bool,
}

/// A route that is read, and what it takes.
pub(super) fn get(pattern: &'static str, takes: Takes) -> Entry {
    Entry {
        method: Method::GET,
        pattern,
        takes,
        lowest: takes.lowest(),
        hidden_without: None,
        at: pattern,
        form: "",
        asks: "",
        changes: false,
        needs_focus: false,
        hidden_from_strangers: false,
        leads_to_sign_in: false,
        incomplete: false,
        signed: false,
    }
}

/// A route that is written to, and what it takes.
pub(super) fn post(pattern: &'static str, takes: Takes) -> Entry {
    let open = takes.lowest() == Nobody;
    Entry { method: Method::POST, changes: true, needs_focus: !open, ..get(pattern, takes) }
}

impl Entry {
    /// An address, where the pattern has a `{placeholder}`. The words in `<...>` are listed in `world.rs`: `Side::make` gives
    /// them their ids.
    pub(super) fn at(mut self, at: &'static str) -> Self {
        self.at = at;
        self.hidden_from_strangers = true;
        self
    }

    /// What names records in the query of a GET; several queries with spaces between.
    pub(super) fn asks(mut self, asks: &'static str) -> Self {
        self.asks = asks;
        self
    }

    /// The form of a POST.
    pub(super) fn form(mut self, form: &'static str) -> Self {
        self.form = form;
        self
    }

    /// A POST that answers but writes nothing to the database, such as a preview.
    pub(super) fn changes_nothing(mut self) -> Self {
        self.changes = false;
        self
    }

    /// A POST that acts for the person rather than for the company in focus.
    pub(super) fn needs_no_focus(mut self) -> Self {
        self.needs_focus = false;
        self
    }

    /// A POST after which the sign-in page is shown.
    pub(super) fn leads_to_sign_in(mut self) -> Self {
        self.leads_to_sign_in = true;
        self
    }

    /// A POST that takes a code of the moment, which no example has: it is answered with 422.
    pub(super) fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self.changes = false;
        self
    }

    /// A POST that proves by a signature where it comes from, which no example has: it is answered with 401, whoever sends it,
    /// with a token or without.
    pub(super) fn signed(mut self) -> Self {
        self.signed = true;
        self.changes = false;
        self
    }

    /// The record is of one person, and others see it with this right alone.
    pub(super) fn hidden_without(mut self, right: Permission) -> Self {
        self.hidden_without = Some(right);
        self
    }

    /// The address is no company's, so that a stranger gets what it says.
    pub(super) fn same_for_strangers(mut self) -> Self {
        self.hidden_from_strangers = false;
        self
    }

    /// How it is named in messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    /// Whether its example names records of a company, in its address or in its form.
    pub(crate) fn names_records(&self) -> bool {
        self.hidden_from_strangers || self.form.contains('<')
    }
}
