//! Which SIMs of a company are meant: the filter bar of the grid, as a query.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{SimState, SimType};
use crate::companies::escape_like;
use crate::ids::{CompanyId, LabelId, OfferId};
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

    /// The SIMs of `company` that match.
    pub(crate) fn query(&self, company: CompanyId) -> SimQuery {
        let mut query = sims::table.filter(sims::company_id.eq(company)).into_boxed();
        match self.states.as_slice() {
            [] => {}
            // Equality, not ANY: only so does the index on the state also give the order.
            [state] => query = query.filter(sims::state.eq(*state)),
            states => query = query.filter(sims::state.eq_any(states.to_vec())),
        }
        match self.offers.as_slice() {
            [] => {}
            [offer] => query = query.filter(sims::offer_id.eq(*offer)),
            offers => query = query.filter(sims::offer_id.eq_any(offers.to_vec())),
        }
        if !self.types.is_empty() {
            query = query.filter(sims::sim_type.eq_any(self.types.clone()));
        }
        if let Some(label) = self.label {
            // The second condition is what lets the partial index serve.
            query = query
                .filter(sims::label_ids.contains(vec![label]))
                .filter(sims::label_ids.ne(Vec::<LabelId>::new()));
        }
        let text = self.text.trim();
        if !text.is_empty() {
            query = query.filter(begins_with(text));
        }
        query
    }
}

type Condition =
    Box<dyn diesel::expression::BoxableExpression<sims::table, Pg, SqlType = diesel::sql_types::Bool>>;

/// Any identifier, or the name in any letter case, begins with `text`.
fn begins_with(text: &str) -> Condition {
    use diesel::dsl::sql;
    use diesel::sql_types::{Bool, Text};
    let by_name = sql::<Bool>("(sims.name IS NOT NULL AND lower(sims.name) LIKE ")
        .bind::<Text, _>(format!("{}%", escape_like(&text.to_lowercase())))
        .sql(")");
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '+').collect();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Box::new(by_name);
    }
    let prefix = format!("{digits}%");
    Box::new(
        sql::<Bool>("(sims.iccid LIKE ")
            .bind::<Text, _>(prefix.clone())
            .sql(" OR sims.imsi LIKE ")
            .bind::<Text, _>(prefix.clone())
            .sql(" OR coalesce(sims.msisdn, '') LIKE ")
            .bind::<Text, _>(prefix.clone())
            .sql(" OR sims.eid LIKE ")
            .bind::<Text, _>(prefix.clone())
            .sql(" OR sims.imei LIKE ")
            .bind::<Text, _>(prefix)
            .sql(" OR ")
            .bind::<Bool, _>(by_name)
            .sql(")"),
    )
}
