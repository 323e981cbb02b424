//! What the filter bar of the grid offers: states with their counts, offers, labels, custom fields.

use diesel::prelude::*;

use super::SimState;
use crate::companies;
use crate::custom_fields::{self, Field};
use crate::error::Result;
use crate::ids::{FieldId, LabelId, OfferId};
use crate::labels::{self, Label};
use crate::schema::{offer_assignments, offers};
use crate::tenancy::CompanyScope;

/// What the SIMs of a company can be told apart by.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// How many SIMs are in each state, in the order of the life cycle.
    pub counts: Vec<(SimState, i64)>,
    /// The offers that the company has, by name.
    pub offers: Vec<(OfferId, String)>,
    /// The labels of the company, by name.
    pub labels: Vec<Label>,
    /// The custom fields of the company, in their order.
    pub fields: Vec<Field>,
}

impl Facets {
    /// Reads them for the active company.
    pub fn read(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Self> {
        let offers = offer_assignments::table
            .inner_join(offers::table)
            .filter(offer_assignments::company_id.eq(scope.company_id()))
            .order((offers::name, offers::id))
            .select((offers::id, offers::name))
            .load(conn)?;
        Ok(Self {
            counts: companies::sim_counts(conn, scope)?,
            offers,
            labels: labels::list(conn, scope)?,
            fields: custom_fields::list(conn, scope)?,
        })
    }

    /// How many SIMs are in one of `states`; in any, if it is empty.
    pub fn count(&self, states: &[SimState]) -> i64 {
        let counts = self.counts.iter().filter(|(state, _)| states.is_empty() || states.contains(state));
        counts.map(|(_, count)| count).sum()
    }

    /// The name of an offer that the company has.
    pub fn offer(&self, id: OfferId) -> Option<&str> {
        self.offers.iter().find(|(offer, _)| *offer == id).map(|(_, name)| name.as_str())
    }

    /// A label of the company.
    pub fn label(&self, id: LabelId) -> Option<&Label> {
        self.labels.iter().find(|label| label.id == id)
    }

    /// A custom field of the company.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }
}
