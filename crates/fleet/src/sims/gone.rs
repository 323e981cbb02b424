//! Filters outlive what they name: which offers and labels a company no longer has.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{Facets, SimFilter};
use crate::error::Result;
use crate::ids::{LabelId, OfferId};
use crate::schema::{labels, offer_assignments};
use crate::tenancy::CompanyScope;

/// What some filters name and the active company does not have.
#[derive(Debug, Clone, Default)]
pub struct Gone {
    offers: BTreeSet<OfferId>,
    labels: BTreeSet<LabelId>,
}

impl Gone {
    /// What `filter` alone names, beside what the company has.
    pub fn beside(facets: &Facets, filter: &SimFilter) -> Self {
        let (offers, labels) = (filter.offers.iter().copied(), filter.labels.iter().copied());
        Self {
            offers: offers.filter(|offer| facets.offer(*offer).is_none()).collect(),
            labels: labels.filter(|label| facets.label(*label).is_none()).collect(),
        }
    }

    /// Looks at all the filters at once.
    pub fn of<'a>(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        filters: impl IntoIterator<Item = &'a SimFilter>,
    ) -> Result<Self> {
        let mut gone = Self::default();
        for filter in filters {
            gone.offers.extend(&filter.offers);
            gone.labels.extend(&filter.labels);
        }
        if !gone.offers.is_empty() {
            let there: Vec<OfferId> = offer_assignments::table
                .filter(offer_assignments::company_id.eq(scope.company_id()))
                .filter(offer_assignments::offer_id.eq_any(gone.offers.clone()))
                .select(offer_assignments::offer_id)
                .load(conn)?;
            gone.offers.retain(|offer| !there.contains(offer));
        }
        if !gone.labels.is_empty() {
            let there: Vec<LabelId> = labels::table
                .filter(labels::company_id.eq(scope.company_id()))
                .filter(labels::id.eq_any(gone.labels.clone()))
                .select(labels::id)
                .load(conn)?;
            gone.labels.retain(|label| !there.contains(label));
        }
        Ok(gone)
    }

    /// What `filter` names that is gone: `an offer`, `a label`, or both.
    pub fn in_filter(&self, filter: &SimFilter) -> Option<&'static str> {
        let offer = filter.offers.iter().any(|offer| self.offers.contains(offer));
        let label = filter.labels.iter().any(|label| self.labels.contains(label));
        match (offer, label) {
            (true, true) => Some("an offer and a label"),
            (true, false) => Some("an offer"),
            (false, true) => Some("a label"),
            (false, false) => None,
        }
    }
}
