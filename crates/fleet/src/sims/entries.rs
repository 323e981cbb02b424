//! Entries of indexes that tell of each SIM all that filters ask for, so that no SIM is fetched but those of the page.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Text};

use super::SimFilter;
use super::few::LOOKED_UP;
use super::filter::Whose;
use super::way::{By, Way};
use crate::ids::{CompanyId, LabelId, OfferId};

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
    /// Of a company's SIMs that are on the first of these offers, in the first of these states and of the first of these types,
    /// or the second of each, and so on: `sims_told_by_offer`. Labels are not among what they tell, but are looked up.
    Offers { company: CompanyId, offers: Vec<OfferId>, states: Vec<&'static str>, types: Vec<&'static str> },
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
                let groups = way.groups.iter();
                Some(Self::Offers {
                    company,
                    offers: groups.clone().filter_map(|group| group.offer).collect(),
                    states: groups.clone().map(|group| group.state.as_str()).collect(),
                    types: groups.map(|group| group.sim_type.as_str()).collect(),
                })
            }
            _ => None,
        }
    }

    /// Whether they tell in which SIMs the text is found by a label. Those of a label do; but if it is found by a label that is
    /// asked for, it is in all that match, and there is nothing to tell. Of the others it may be looked up, if they are so few.
    pub(super) fn tell_labels(&self, filter: &SimFilter, way: &Way) -> bool {
        match self {
            Self::Label(_) => !way.is_found_by_asked(filter),
            Self::Offers { .. } => way.sims() <= LOOKED_UP,
        }
    }

    /// Whether what is found by its ICCID is walked in that order, which these or other entries of the same SIMs have.
    pub(super) fn walk_iccids(&self, filter: &SimFilter, way: &Way) -> bool {
        self.label().is_some() || filter.besides_text().is_by_group_alone() && way.has_ranges()
    }

    /// The label that all of them have.
    pub(super) fn label(&self) -> Option<LabelId> {
        match self {
            Self::Label(label) => Some(*label),
            Self::Offers { .. } => None,
        }
    }

    /// What `query` asks of these, as if they were all SIMs.
    pub(super) fn walk_asked<'b>(
        &'b self,
        query: &'b impl QueryFragment<Pg>,
        mut out: AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        match self {
            Self::Label(label) => {
                // An entry has no room for very many labels.
                out.push_sql("WITH sims AS (SELECT sim_id AS id, ");
                out.push_sql(
                    "coalesce(label_ids, (SELECT whole.label_ids FROM sims whole WHERE whole.id = sim_id)) ",
                );
                out.push_sql(&format!("AS label_ids, {TOLD}, {UNTOLD} FROM sim_labels WHERE label_id = "));
                out.push_bind_param::<BigInt, _>(label)?;
                out.push_sql(") ");
                query.walk_ast(out)
            }
            Self::Offers { company, offers, states, types } => {
                // Range by range: else the planner, which may take the company's SIMs for few, would read all that are on an offer.
                out.push_sql("SELECT told.* FROM unnest(");
                out.push_bind_param::<Array<BigInt>, _>(offers)?;
                out.push_sql(", ");
                out.push_bind_param::<Array<Text>, _>(states)?;
                out.push_sql(", ");
                out.push_bind_param::<Array<Text>, _>(types)?;
                out.push_sql(") AS kind (offer, state, sim_type) CROSS JOIN LATERAL (WITH sims AS (");
                out.push_sql("SELECT id, (SELECT whole.label_ids FROM sims whole WHERE whole.id = sims.id) ");
                out.push_sql(&format!("AS label_ids, {TOLD}, {UNTOLD} FROM sims WHERE company_id = "));
                out.push_bind_param::<BigInt, _>(company)?;
                out.push_sql(" AND offer_id = kind.offer AND sims.state = kind.state AND sims.sim_type = kind.sim_type");
                // The condition is as the index has it. OFFSET keeps the ranges apart; what `query` asks is said so that no other
                // index serves it.
                out.push_sql(" AND (offer_id IS NOT NULL) IS TRUE) ");
                query.walk_ast(out.reborrow())?;
                out.push_sql(" OFFSET 0) AS told");
                Ok(())
            }
        }
    }
}
