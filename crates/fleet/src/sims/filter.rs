//! Which SIMs of a company are meant: the filter bar of the grid, as a query.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};

use super::days::{Days, InDays};
use super::in_list::{Bound, InList};
use super::labelled::LabelBegins;
use super::order::{AnyPrefix, Expr, OneByOne, Sort};
use super::text;
use super::{SimState, SimType};
use crate::ids::{CompanyId, LabelId, OfferId, SimListUid};
use crate::schema::{labels, sims};

/// What SIMs must be like to match; an empty filter matches every SIM of the company.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimFilter {
    /// In one of these states; empty: in any.
    pub states: Vec<SimState>,
    /// On one of these offers; empty: on any or none.
    pub offers: Vec<OfferId>,
    /// Of one of these types; empty: of any.
    pub types: Vec<SimType>,
    /// With all of these labels. It was one, or null, in what is kept from before.
    #[serde(alias = "label", deserialize_with = "none_one_or_more")]
    pub labels: Vec<LabelId>,
    /// In this kept list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<SimListUid>,
    /// Any identifier, one of the first four words of the name or a word of a label, the first 20 of these by name, begins with
    /// this; empty: no matter.
    pub text: String,
    /// Activated in these days.
    #[serde(skip_serializing_if = "Days::is_any")]
    pub activated: Days,
    /// Last changed in these days.
    #[serde(skip_serializing_if = "Days::is_any")]
    pub changed: Days,
}

/// A query on SIMs that conditions can still be added to.
pub(crate) type SimQuery = sims::BoxedQuery<'static, Pg>;

impl SimFilter {
    /// Whether every SIM matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing but the state matters.
    pub fn is_by_state_alone(&self) -> bool {
        *self == Self { states: self.states.clone(), ..Self::default() }
    }

    /// Whether nothing but state, type and offer matters, so that counters know how many SIMs match.
    pub fn is_by_group_alone(&self) -> bool {
        let Self { states, offers, types, .. } = self.clone();
        *self == Self { states, offers, types, ..Self::default() }
    }

    /// Whether any days are asked for.
    pub fn has_days(&self) -> bool {
        !self.activated.is_any() || !self.changed.is_any()
    }

    /// Whether there is a text to search for.
    pub fn is_search(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// The same without the text.
    #[must_use]
    pub(super) fn besides_text(&self) -> Self {
        Self { text: String::new(), ..self.clone() }
    }

    /// The same without days.
    #[must_use]
    pub(super) fn besides_days(&self) -> Self {
        Self { activated: Days::default(), changed: Days::default(), ..self.clone() }
    }

    /// The SIMs of `company` that match.
    pub(crate) fn query(&self, company: CompanyId) -> SimQuery {
        let query = self.narrowed(self.rest(company, None));
        let text = self.text.trim();
        if text.is_empty() {
            return query;
        }
        query.filter(self.any_prefix().or(LabelBegins::with(company, text)))
    }

    /// Those in the states, on the offers, of the types and with the labels.
    pub(super) fn narrowed(&self, query: SimQuery) -> SimQuery {
        let query = of_types(in_offers(in_states(query, &self.states), &self.offers), &self.types);
        self.labelled(query)
    }

    /// The condition that the text is found in the SIM itself.
    fn any_prefix(&self) -> AnyPrefix {
        let prefixes = text::targets(self.text.trim()).into_iter().map(|target| target.prefix).collect();
        AnyPrefix { prefixes, holds: true }
    }

    /// The SIMs of `company` that match in days and list. Of the list, only the part beyond `bound` is looked at:
    /// it must hold for the SIMs too.
    pub(super) fn rest(&self, company: CompanyId, bound: Option<Bound>) -> SimQuery {
        let query = self.in_days(sims_of(company), |_| true);
        match self.list {
            Some(list) => query.filter(InList { list, company, beyond: bound, one_by_one: false }),
            None => query,
        }
    }

    /// Those with their moments in the days: for a moment of which `may_lead` says no, no index serves, so that it does not
    /// lead away from another order.
    pub(super) fn in_days(&self, query: SimQuery, may_lead: impl Fn(Sort) -> bool) -> SimQuery {
        self.days().fold(query, |query, (sort, days)| {
            let in_days = InDays::new(sort.key(), days);
            if may_lead(sort) { query.filter(in_days) } else { query.filter(OneByOne(in_days)) }
        })
    }

    /// The days that are asked for, each with the sort that has them in order.
    pub(super) fn days(&self) -> impl Iterator<Item = (Sort, Days)> {
        [(Sort::Activated, self.activated), (Sort::Changed, self.changed)]
            .into_iter()
            .filter(|(_, days)| !days.is_any())
    }

    /// Those with all the labels.
    fn labelled(&self, query: SimQuery) -> SimQuery {
        if self.labels.is_empty() {
            return query;
        }
        // SIMs may hold the id of a label that was removed, for a while: it selects nothing any more.
        let there = labels::table.filter(labels::id.eq_any(self.labels.clone())).count().single_value();
        let all = i64::try_from(self.labels.len()).unwrap_or(i64::MAX);
        // The second condition is what lets the partial index serve.
        query
            .filter(sims::label_ids.contains(self.labels.clone()))
            .filter(sims::label_ids.ne(Vec::<LabelId>::new()))
            .filter(there.eq(all))
    }
}

/// Whose SIMs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// One company's.
    One(CompanyId),
    /// Those of each row of `account`.
    Each,
}

impl Whose {
    /// Their SIMs.
    pub(super) fn sims(self) -> SimQuery {
        match self {
            Self::One(company) => sims_of(company),
            Self::Each => sims::table.filter(Expr::<Bool>::new("sims.company_id = account.id")).into_boxed(),
        }
    }
}

/// The SIMs of `company`.
pub(super) fn sims_of(company: CompanyId) -> SimQuery {
    sims::table.filter(sims::company_id.eq(company)).into_boxed()
}

/// Those of one of `types`; of any, if it is empty.
pub(super) fn of_types(query: SimQuery, types: &[SimType]) -> SimQuery {
    match types {
        [] => query,
        [one] => query.filter(sims::sim_type.eq(*one)),
        types => query.filter(sims::sim_type.eq_any(types.to_vec())),
    }
}

fn none_one_or_more<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<LabelId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        One(Option<LabelId>),
        More(Vec<LabelId>),
    }
    Ok(match Kept::deserialize(from)? {
        Kept::One(one) => one.into_iter().collect(),
        Kept::More(labels) => labels,
    })
}

/// Those in one of `states`; in any, if it is empty.
pub(super) fn in_states(query: SimQuery, states: &[SimState]) -> SimQuery {
    match states {
        [] => query,
        // Equality, not ANY: only so does the index on the state also give the order.
        [state] => query.filter(sims::state.eq(*state)),
        states => query.filter(sims::state.eq_any(states.to_vec())),
    }
}

/// Those on one of `offers`; on any or none, if it is empty.
pub(super) fn in_offers(query: SimQuery, offers: &[OfferId]) -> SimQuery {
    match offers {
        [] => query,
        [offer] => query.filter(sims::offer_id.eq(*offer)),
        offers => query.filter(sims::offer_id.eq_any(offers.to_vec())),
    }
}
