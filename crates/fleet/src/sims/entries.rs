//! Entries of indexes, of which most tell of each SIM all that filters ask for, so that no SIM is fetched but those of the page.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Text, Uuid};

use super::SimFilter;
use super::few::LOOKED_UP;
use super::filter::Whose;
use super::in_list::Bound;
use super::way::{By, Way};
use crate::ids::{CompanyId, LabelId, OfferId, SimListUid};
use crate::schema::sims;

/// What is told alike.
const TOLD: &str = "iccid, company_id, state, sim_type, offer_id, activated_at, changed_at, imsi, msisdn, eid, imei, \
    name_from_first, name_from_second, name_from_third, name_from_fourth";

/// What is not told, and not asked for.
const UNTOLD: &str =
    "NULL::text AS name, NULL::text AS note, NULL::jsonb AS fields, NULL::timestamptz AS created_at";

/// A query on entries, for ids and ICCIDs.
pub(super) type EntryQuery = sims::BoxedQuery<'static, Pg, (BigInt, Text)>;

/// The first in an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct First {
    pub(super) limit: i64,
    pub(super) descending: bool,
}

/// Whose entries these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entries {
    /// A label's: `sim_labels`, in the order of the ICCIDs.
    Label(LabelId),
    /// Of a company's SIMs that are on the first of these offers, in the first of these states and of the first of these types,
    /// or the second of each, and so on: `sims_told_by_offer`. Labels are not among what they tell, but are looked up.
    Offers { company: CompanyId, offers: Vec<OfferId>, states: Vec<&'static str>, types: Vec<&'static str> },
    /// A list's, in the order of the ICCIDs. They tell nothing: all is looked up.
    List { list: SimListUid, beyond: Option<Bound> },
}

impl Entries {
    /// Those of a part that are in the order of ICCIDs, whatever else is asked for.
    pub(super) fn in_order(part: By, way: &Way) -> Option<Self> {
        match (part, way.whose()) {
            (By::Label(label), _) => Some(Self::Label(label)),
            (By::List(list), Whose::One(_)) => Some(Self::List { list, beyond: None }),
            _ => None,
        }
    }

    /// Those of a part of a search.
    pub(super) fn of(part: By, filter: &SimFilter, way: &Way) -> Option<Self> {
        match (part, way.whose()) {
            (By::Groups, Whose::One(company)) if !filter.offers.is_empty() => {
                let groups = way.groups.iter();
                Some(Self::Offers {
                    company,
                    offers: groups.clone().filter_map(|group| group.offer).collect(),
                    states: groups.clone().map(|group| group.state.as_str()).collect(),
                    types: groups.map(|group| group.sim_type.as_str()).collect(),
                })
            }
            _ => Self::in_order(part, way),
        }
    }

    /// The same beyond a bound, where they would be gone through to come there.
    pub(super) fn beyond(self, bound: Option<Bound>) -> Self {
        match self {
            Self::List { list, .. } => Self::List { list, beyond: bound },
            entries => entries,
        }
    }

    /// What is asked of them: that a SIM is in the list, its entries say.
    pub(super) fn asked(&self, filter: &SimFilter) -> SimFilter {
        match self {
            Self::List { .. } => SimFilter { list: None, ..filter.clone() },
            _ => filter.clone(),
        }
    }

    /// Whether they tell in which SIMs the text is found by a label. Those of a label do; of the others it may be looked up, if they
    /// are so few.
    pub(super) fn tell_labels(&self, way: &Way) -> bool {
        match self {
            Self::Label(_) | Self::List { .. } => true,
            Self::Offers { .. } => way.sims() <= LOOKED_UP,
        }
    }

    /// The label that all of them have.
    pub(super) fn label(&self) -> Option<LabelId> {
        match self {
            Self::Label(label) => Some(*label),
            Self::Offers { .. } | Self::List { .. } => None,
        }
    }

    /// The ids of those that `query` asks for, as if they were all SIMs.
    pub(super) fn walk_ids<'b>(
        &'b self,
        query: &'b EntryQuery,
        first: Option<First>,
        mut out: AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        let limit = first.map_or_else(|| " OFFSET 0".to_owned(), |first| format!(" LIMIT {}", first.limit));
        match self {
            Self::Label(label) => {
                // An entry has no room for very many labels.
                out.push_sql("SELECT told.id FROM (WITH sims AS (SELECT sim_id AS id, ");
                out.push_sql(
                    "coalesce(label_ids, (SELECT whole.label_ids FROM sims whole WHERE whole.id = sim_id)) ",
                );
                out.push_sql(&format!("AS label_ids, {TOLD}, {UNTOLD} FROM sim_labels WHERE label_id = "));
                out.push_bind_param::<BigInt, _>(label)?;
                out.push_sql(") ");
                <EntryQuery as QueryFragment<Pg>>::walk_ast(query, out.reborrow())?;
                out.push_sql(&format!("{limit}) AS told"));
            }
            Self::Offers { company, offers, states, types } => {
                // Range by range: else the planner, which may take the company's SIMs for few, would read all that are on an offer.
                out.push_sql("SELECT told.id FROM unnest(");
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
                // The condition is as the index has it; what `query` asks is said so that no other index serves it.
                out.push_sql(" AND (offer_id IS NOT NULL) IS TRUE) ");
                <EntryQuery as QueryFragment<Pg>>::walk_ast(query, out.reborrow())?;
                out.push_sql(&format!("{limit}) AS told"));
                push_first("told", first, &mut out);
            }
            Self::List { list, beyond } => {
                // Entry by entry: the planner would rather go along all SIMs, and look for each in the list. OFFSET keeps it from that.
                out.push_sql(
                    "SELECT told.id FROM sim_list_members member \
                     CROSS JOIN LATERAL (WITH sims AS (SELECT * FROM sims WHERE id = member.sim_id) ",
                );
                <EntryQuery as QueryFragment<Pg>>::walk_ast(query, out.reborrow())?;
                out.push_sql(" OFFSET 0) AS told WHERE member.list = ");
                out.push_bind_param::<Uuid, _>(list)?;
                if let Some(Bound { iccid, is_end }) = beyond {
                    out.push_sql(if *is_end { " AND member.iccid < " } else { " AND member.iccid > " });
                    out.push_bind_param::<Text, _>(iccid)?;
                }
                push_first("member", first, &mut out);
            }
        }
        Ok(())
    }
}

/// The order by the ICCIDs of a table, and the end of it.
fn push_first(table: &str, first: Option<First>, out: &mut AstPass<'_, '_, Pg>) {
    if let Some(First { limit, descending }) = first {
        let direction = if descending { " DESC" } else { "" };
        out.push_sql(&format!(" ORDER BY {table}.iccid{direction} LIMIT {limit}"));
    }
}
