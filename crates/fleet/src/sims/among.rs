//! SIMs that are among those which some queries find: their ids are read first, off indexes alone where these tell enough,
//! and only SIMs with these ids are looked at.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Uuid};

use super::SimFilter;
use super::filter::{SimQuery, Whose, in_states};
use super::in_list::InList;
use super::in_runs::Run;
use super::runs::one_by_one;
use super::text::InEntry;
use super::way::{By, Way};
use crate::ids::{LabelId, SimId, SimListUid};
use crate::schema::sims;

type IdQuery = sims::BoxedQuery<'static, Pg, BigInt>;

/// Where ids are read.
pub(super) enum Ids {
    /// Off the SIMs, each time by one index.
    Sims(IdQuery),
    /// Off the entries of a label, to which `query` goes as if they were SIMs: all that filters ask for stands in them, of
    /// the name all from its first word on, and they are in the order of the ICCIDs.
    Label {
        label: LabelId,
        query: IdQuery,
        /// Off the first so many entries alone.
        entries: Option<i64>,
        /// No more than these.
        limit: Option<i64>,
    },
    /// Off a list.
    List(SimListUid),
    /// Nowhere: they are known.
    Known(Vec<SimId>),
}

impl Ids {
    pub(super) fn of_sims(query: SimQuery) -> Self {
        Self::Sims(query.select(sims::id))
    }

    /// Those with `label` that match, off so many entries at most, and no more than `limit`. For a text, some that do not
    /// match are among them: its words are looked for anywhere in the name.
    pub(super) fn of_label(
        filter: &SimFilter,
        way: &Way,
        label: LabelId,
        entries: Option<i64>,
        limit: Option<i64>,
    ) -> Self {
        let query = in_states(one_by_one(filter, way.whose(), Some(label)), &filter.states);
        let query = if filter.is_search() {
            let found = sims::label_ids.overlaps_with(way.labels_found());
            query.filter(InEntry::new(filter.text.trim()).or(found))
        } else {
            query
        };
        Self::Label { label, query: query.select(sims::id), entries, limit }
    }
}

impl QueryFragment<Pg> for Ids {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Sims(query) => <IdQuery as QueryFragment<Pg>>::walk_ast(query, out),
            Self::Label { label, query, entries, limit } => {
                out.push_sql("WITH sims AS (SELECT sim_id AS id, iccid, company_id, state, sim_type, offer_id, activated_at, ");
                // An entry has no room for very many labels.
                out.push_sql("changed_at, coalesce(label_ids, (SELECT whole.label_ids FROM sims whole WHERE whole.id = sim_id)) AS label_ids, ");
                out.push_sql("imsi, msisdn, eid, imei, name_from_first FROM sim_labels WHERE label_id = ");
                out.push_bind_param::<BigInt, _>(label)?;
                if let Some(entries) = entries {
                    out.push_sql(&format!(" ORDER BY iccid LIMIT {entries}"));
                }
                out.push_sql(") ");
                <IdQuery as QueryFragment<Pg>>::walk_ast(query, out.reborrow())?;
                if let Some(limit) = limit {
                    out.push_sql(&format!(" LIMIT {limit}"));
                }
                Ok(())
            }
            Self::List(list) => {
                out.push_sql("SELECT member.sim_id FROM sim_list_members member WHERE member.list = ");
                out.push_bind_param::<Uuid, _>(list)
            }
            Self::Known(ids) => {
                out.push_sql("SELECT unnest(");
                out.push_bind_param::<Array<BigInt>, _>(ids)?;
                out.push_sql(")");
                Ok(())
            }
        }
    }
}

impl Query for Ids {
    type SqlType = BigInt;
}

impl QueryId for Ids {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Ids {}

/// The condition that a SIM is among these.
pub(super) struct Among(pub(super) Ids);

impl QueryFragment<Pg> for Among {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // An array, so that the planner can do nothing but look up each.
        out.push_sql("(sims.id = ANY (ARRAY(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")))");
        Ok(())
    }
}

impl Expression for Among {
    type SqlType = Bool;
}

/// All that match, taken from few SIMs, which parts of the filter find that have an index.
pub(super) struct Few {
    ids: Vec<Ids>,
    matching: SimQuery,
    run: Option<Run>,
}

impl Few {
    pub(super) fn of(filter: &SimFilter, way: &Way) -> Option<Self> {
        let few = way.few?;
        let besides_list = filter.narrowed(filter.in_days(way.all(), |_| true));
        let matching = match (filter.list, way.whose()) {
            (Some(list), Whose::One(company)) if few != By::List(list) => {
                besides_list.filter(InList { list, company, beyond: None, one_by_one: true })
            }
            _ => besides_list,
        };
        Some(Self { ids: few.sources(filter, way), matching, run: Run::of(filter, way) })
    }
}

impl QueryFragment<Pg> for Few {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Under the name of all SIMs, so that what is asked of either reads the same.
        out.push_sql("WITH sims AS (");
        if let Some(run) = &self.run {
            out.push_sql("SELECT sims.*, ");
            run.walk_ast(out.reborrow())?;
            out.push_sql(" AS run FROM (");
        }
        // OFFSET keeps all else that is asked for outside: the planner can do nothing but fetch the SIMs by their ids.
        out.push_sql("WITH sims AS (SELECT * FROM sims WHERE sims.id = ANY (ARRAY(");
        for (index, ids) in self.ids.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
            ids.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        out.push_sql(")) OFFSET 0) ");
        <SimQuery as QueryFragment<Pg>>::walk_ast(&self.matching, out.reborrow())?;
        if self.run.is_some() {
            // And here, that the run is found once, not wherever it is asked for.
            out.push_sql(") AS sims OFFSET 0");
        }
        out.push_sql(") ");
        Ok(())
    }
}
