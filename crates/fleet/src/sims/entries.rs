//! Entries of indexes that tell of each SIM all that filters ask for, so that no SIM is fetched but those of the page.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt};

use super::few::LOOKED_UP;
use super::filter::Whose;
use super::way::{By, Way};
use super::{SimFilter, SimState, SimType};
use crate::ids::{CompanyId, LabelId, OfferId};
use crate::schema::sql_types;

/// What is told alike.
const TOLD: &str = "iccid, company_id, state, sim_type, offer_id, activated_at, changed_at, imsi, msisdn, eid, imei, \
    name_from_first, name_from_second, name_from_third, name_from_fourth";

/// What is not told, and not asked for.
const UNTOLD: &str =
    "NULL::text AS name, NULL::text AS note, NULL::jsonb AS fields, NULL::timestamptz AS created_at";

/// Whose entries these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entries {
    /// A label's: `sim_labels`, in the order of the ICCIDs.
    Label(LabelId),
    /// Of a company's SIMs on any of these offers, in any of these states and of any of these types: `sims_told_by_offer`.
    /// Labels are not among what they tell: where they are asked for, they are looked up ([`Entries::tell_labels`]).
    Offers { company: CompanyId, offers: Vec<OfferId>, states: Vec<SimState>, types: Vec<SimType> },
}

impl Entries {
    /// Those that a search is read off, where they are few.
    pub(super) fn of_few(filter: &SimFilter, way: &Way) -> Option<Self> {
        way.few.filter(|_| filter.is_search()).and_then(|few| Self::of(few, filter, way))
    }

    /// Those of a part of a search.
    pub(super) fn of(part: By, filter: &SimFilter, way: &Way) -> Option<Self> {
        match (part, way.whose()) {
            (By::Label(label), _) => Some(Self::Label(label)),
            (By::Groups, Whose::One(company)) if !filter.offers.is_empty() => {
                let offers = filter.offers.clone();
                Some(Self::Offers { company, offers, states: way.states(), types: way.types() })
            }
            _ => None,
        }
    }

    /// Whether they tell of each SIM which labels it has, or it may be looked up, as they are so few.
    pub(super) fn tell_labels(&self, way: &Way) -> bool {
        match self {
            Self::Label(_) => true,
            Self::Offers { .. } => way.sims() <= LOOKED_UP,
        }
    }

    /// The label that all of them have.
    pub(super) fn label(&self) -> Option<LabelId> {
        match self {
            Self::Label(label) => Some(*label),
            Self::Offers { .. } => None,
        }
    }

    /// Those that are looked at for ICCIDs: few, or in this order.
    pub(super) fn by_iccid(filter: &SimFilter, way: &Way) -> Option<Self> {
        Self::of_few(filter, way).or(match way.lead {
            Some(By::Label(label)) => Some(Self::Label(label)),
            _ => None,
        })
    }
}

impl QueryFragment<Pg> for Entries {
    /// As if they were SIMs.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Label(label) => {
                // An entry has no room for very many labels.
                out.push_sql("SELECT sim_id AS id, coalesce(label_ids, (SELECT whole.label_ids FROM sims whole WHERE whole.id = sim_id)) ");
                out.push_sql(&format!("AS label_ids, {TOLD}, {UNTOLD} FROM sim_labels WHERE label_id = "));
                out.push_bind_param::<BigInt, _>(label)
            }
            Self::Offers { company, offers, states, types } => {
                out.push_sql("SELECT id, (SELECT whole.label_ids FROM sims whole WHERE whole.id = sims.id) ");
                out.push_sql(&format!("AS label_ids, {TOLD}, {UNTOLD} FROM sims WHERE company_id = "));
                out.push_bind_param::<BigInt, _>(company)?;
                out.push_sql(" AND offer_id = ANY (");
                out.push_bind_param::<Array<BigInt>, _>(offers)?;
                out.push_sql(") AND state = ANY (");
                out.push_bind_param::<Array<sql_types::SimState>, _>(states)?;
                out.push_sql(") AND sim_type = ANY (");
                out.push_bind_param::<Array<sql_types::SimType>, _>(types)?;
                // So the index has it.
                out.push_sql(") AND (offer_id IS NOT NULL) IS TRUE");
                Ok(())
            }
        }
    }
}
