//! What the filter bar of the grid offers: states, types, offers and labels, each with its count; and custom fields.

use diesel::prelude::*;

use super::{Row, SimFilter, SimQuery, SimState, SimType};
use crate::custom_fields::{self, Field};
use crate::error::Result;
use crate::ids::{CompanyId, FieldId, LabelId, OfferId};
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
    pub(super) company: CompanyId,
    pub(super) state: SimState,
    pub(super) sim_type: SimType,
    pub(super) offer: Option<OfferId>,
    pub(super) sims: i64,
}

impl Group {
    /// What groups of several companies have in common.
    pub(super) fn kind(&self) -> (SimState, SimType, Option<OfferId>) {
        (self.state, self.sim_type, self.offer)
    }

    /// The SIMs of the group, and of those of its kind, among those of `query`, as a range of the indexes.
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
        let groups = groups(conn, &[scope.company_id()])?;
        let (labels, fields) = (labels::list(conn, scope)?, custom_fields::list(conn, scope)?);
        Ok(Self { groups, offers, labels, fields })
    }

    /// Those of several accounts: their SIMs alone.
    pub(super) fn of_accounts(conn: &mut PgConnection, accounts: &[CompanyId]) -> Result<Self> {
        Ok(Self { groups: groups(conn, accounts)?, ..Self::default() })
    }

    /// With what is shown beside `rows` of these accounts: the offers that any of them has, and the labels of the
    /// rows alone.
    pub(super) fn beside(
        self,
        conn: &mut PgConnection,
        accounts: &[CompanyId],
        rows: &[Row],
    ) -> Result<Self> {
        let assigned = offer_assignments::table
            .filter(offer_assignments::company_id.eq_any(accounts))
            .select(offer_assignments::offer_id);
        let offers = offers::table
            .filter(offers::id.eq_any(assigned))
            .order((offers::name, offers::id))
            .select((offers::id, offers::name))
            .load(conn)?;
        let shown: Vec<LabelId> = rows.iter().flat_map(|row| row.labels.iter().copied()).collect();
        let labels = labels::shown(conn, accounts, &shown)?;
        // The custom fields of one account say nothing about the SIMs of another.
        Ok(Self { offers, labels, ..self })
    }

    /// How many SIMs match the states, types and offers of `filter`, whatever else it asks for.
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

/// The groups of these companies, those of a kind together.
fn groups(conn: &mut PgConnection, companies: &[CompanyId]) -> Result<Vec<Group>> {
    let mut rows: Vec<(CompanyId, SimState, SimType, OfferId, i64)> = sim_group_counts::table
        .filter(sim_group_counts::company_id.eq_any(companies))
        .filter(sim_group_counts::sims.gt(0))
        .select((
            sim_group_counts::company_id,
            sim_group_counts::state,
            sim_group_counts::sim_type,
            sim_group_counts::offer_id,
            sim_group_counts::sims,
        ))
        .load(conn)?;
    rows.sort_unstable_by_key(|(_, state, sim_type, offer, _)| (*state, *sim_type, *offer));
    let group = |(company, state, sim_type, offer, sims)| {
        let offer = Some(offer).filter(|offer| *offer != OfferId(0));
        Group { company, state, sim_type, offer, sims }
    };
    Ok(rows.into_iter().map(group).collect())
}
