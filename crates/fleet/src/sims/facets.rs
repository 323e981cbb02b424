//! What the filter bar of the grid offers: states with their counts, offers, labels.

use diesel::prelude::*;

use super::SimState;
use crate::companies;
use crate::error::Result;
use crate::ids::{LabelId, OfferId};
use crate::schema::{labels, offer_assignments, offers};
use crate::tenancy::CompanyScope;

/// The most labels in the filter bar.
const LABELS: i64 = 1_000;

/// What the SIMs of a company can be told apart by.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// How many SIMs are in each state, in the order of the life cycle.
    pub counts: Vec<(SimState, i64)>,
    /// The offers that the company has, by name.
    pub offers: Vec<(OfferId, String)>,
    /// The labels of the company, by name.
    pub labels: Vec<Label>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: String,
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
        let labels = labels::table
            .filter(labels::company_id.eq(scope.company_id()))
            .order((labels::name, labels::id))
            .limit(LABELS)
            .select((labels::id, labels::name, labels::colour))
            .load(conn)?;
        Ok(Self { counts: companies::sim_counts(conn, scope)?, offers, labels })
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
}
