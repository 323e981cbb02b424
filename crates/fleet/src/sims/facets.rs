//! What the filter bar of the grid offers: states, types, offers and labels, each with its count; and custom fields.

use diesel::prelude::*;

use super::{SimFilter, SimQuery, SimState, SimType};
use crate::custom_fields::{self, Field};
use crate::error::Result;
use crate::ids::{FieldId, LabelId, OfferId};
use crate::labels::{self, Label};
use crate::schema::{offer_assignments, offers, sim_group_counts, sims};
use crate::tenancy::CompanyScope;

/// What the SIMs of a company can be told apart by.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// The SIMs by state, type and offer, without groups that have none.
    groups: Vec<Group>,
    /// The offers that the company has, by name.
    pub offers: Vec<(OfferId, String)>,
    /// The labels of the company, by name.
    pub labels: Vec<Label>,
    /// The custom fields of the company, in their order.
    pub fields: Vec<Field>,
}

/// The SIMs of a company that are in the same state, of the same type and on the same offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(super) state: SimState,
    pub(super) sim_type: SimType,
    pub(super) offer: Option<OfferId>,
    sims: i64,
}

impl Group {
    /// The SIMs of the group among those of `query`, as a range of the indexes.
    pub(super) fn within(self, query: SimQuery) -> SimQuery {
        let query = query.filter(sims::state.eq(self.state)).filter(sims::sim_type.eq(self.sim_type));
        match self.offer {
            Some(offer) => query.filter(sims::offer_id.eq(offer)),
            None => query.filter(sims::offer_id.is_null()),
        }
    }
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
            groups: groups(conn, scope)?,
            offers,
            labels: labels::list(conn, scope)?,
            fields: custom_fields::list(conn, scope)?,
        })
    }

    /// How many SIMs of the company match the states, types and offers of `filter`, whatever else it asks for.
    pub fn count(&self, filter: &SimFilter) -> i64 {
        self.matching(filter).map(|group| group.sims).sum()
    }

    /// The groups that match the states, types and offers of `filter`.
    pub(crate) fn matching(&self, filter: &SimFilter) -> impl Iterator<Item = Group> {
        self.groups.iter().copied().filter(|group| {
            (filter.states.is_empty() || filter.states.contains(&group.state))
                && (filter.types.is_empty() || filter.types.contains(&group.sim_type))
                && (filter.offers.is_empty()
                    || group.offer.is_some_and(|offer| filter.offers.contains(&offer)))
        })
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

fn groups(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Group>> {
    let rows: Vec<(SimState, SimType, OfferId, i64)> = sim_group_counts::table
        .filter(sim_group_counts::company_id.eq(scope.company_id()))
        .filter(sim_group_counts::sims.gt(0))
        .order((sim_group_counts::state, sim_group_counts::sim_type, sim_group_counts::offer_id))
        .select((
            sim_group_counts::state,
            sim_group_counts::sim_type,
            sim_group_counts::offer_id,
            sim_group_counts::sims,
        ))
        .load(conn)?;
    let group = |(state, sim_type, offer, sims)| Group {
        state,
        sim_type,
        offer: Some(offer).filter(|offer| *offer != OfferId(0)),
        sims,
    };
    Ok(rows.into_iter().map(group).collect())
}
