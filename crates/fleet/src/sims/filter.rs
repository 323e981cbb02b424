//! Which SIMs of a company are meant: the filter bar of the grid, as a query.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::in_list::{Bound, InList};
use super::order::AnyPrefix;
use super::text;
use super::{SimState, SimType};
use crate::ids::{CompanyId, LabelId, OfferId, SimListUid};
use crate::schema::sims;

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
    /// With this label.
    pub label: Option<LabelId>,
    /// In this kept list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<SimListUid>,
    /// Any identifier or the name begins with this; empty: no matter.
    pub text: String,
}

/// A query on SIMs that conditions can still be added to.
pub(crate) type SimQuery = sims::BoxedQuery<'static, Pg>;

impl SimFilter {
    /// Whether every SIM matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing but the state matters, so that counters know how many SIMs match.
    pub fn is_by_state_alone(&self) -> bool {
        *self == Self { states: self.states.clone(), ..Self::default() }
    }

    /// The SIMs of `company` that match.
    pub(crate) fn query(&self, company: CompanyId) -> SimQuery {
        let query = self.rest(company, None);
        let query = in_offers(in_states(query, &self.states), &self.offers);
        if self.text.trim().is_empty() {
            return query;
        }
        let prefixes = text::targets(self.text.trim()).into_iter().map(|target| target.prefix).collect();
        query.filter(AnyPrefix { prefixes, holds: true })
    }

    /// The SIMs of `company` that match in type, label and list. Of the list, only the part beyond `bound` is
    /// looked at: it must hold for the SIMs too.
    pub(super) fn rest(&self, company: CompanyId, bound: Option<Bound>) -> SimQuery {
        let mut query = sims::table.filter(sims::company_id.eq(company)).into_boxed();
        match self.types.as_slice() {
            [] => {}
            [one] => query = query.filter(sims::sim_type.eq(*one)),
            types => query = query.filter(sims::sim_type.eq_any(types.to_vec())),
        }
        if let Some(label) = self.label {
            // The second condition is what lets the partial index serve.
            query = query
                .filter(sims::label_ids.contains(vec![label]))
                .filter(sims::label_ids.ne(Vec::<LabelId>::new()));
        }
        if let Some(list) = self.list {
            query = query.filter(InList { list, company, beyond: bound });
        }
        query
    }
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
