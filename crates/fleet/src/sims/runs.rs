//! A page of the grid as one query: some runs, each a range of one index in its order, put
//! together.
//!
//! No index gives "in these two states, by IMSI" in order; two of its ranges, merged, do. So
//! a page costs the same at the beginning and at the end of a million SIMs, whatever their states.

use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use super::among::{Among, Ids};
use super::filter::{SimQuery, in_offers, in_states, of_types, sims_of};
use super::in_list::{Bound, InList};
use super::order::{Beyond, Key, Order, Sort, Value};
use super::range::Range;
use super::rows::{Row, RowQuery, RowSql, key_column, selected};
use super::way::{By, Way};
use super::{Place, SimFilter};
use crate::error::Result;
use crate::ids::{CompanyId, LabelId};
use crate::schema::sims;

/// The runs that make a page, with the way to put them together.
pub(super) struct Runs {
    /// What they are taken from, where that is fetched first; else from all SIMs.
    pub(super) few: Option<Few>,
    pub(super) ranges: Vec<Range>,
    /// The columns that they are merged by; none: one after the other.
    pub(super) merge: Option<String>,
    pub(super) limit: i64,
    /// Whether the plan is the same for all values, so that the statement can be kept prepared.
    pub(super) one_plan: bool,
}

/// All that match, taken from few SIMs, which parts of the filter find that have an index.
pub(super) struct Few(SimQuery);

impl Few {
    pub(super) fn of(filter: &SimFilter, way: &Way) -> Option<Self> {
        let few = way.few?;
        let sources = few.sources(filter, way);
        let besides_list = SimFilter { list: None, ..filter.clone() }.query(way.company);
        let matching = match filter.list {
            Some(list) if few != By::List(list) => {
                besides_list.filter(InList { list, company: way.company, beyond: None, one_by_one: true })
            }
            _ => besides_list,
        };
        Some(Self(matching.filter(Among(sources))))
    }
}

impl QueryFragment<Pg> for Few {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Under the name of all SIMs, so that runs are the same for both.
        out.push_sql("WITH sims AS MATERIALIZED (");
        <SimQuery as QueryFragment<Pg>>::walk_ast(&self.0, out.reborrow())?;
        out.push_sql(") ");
        Ok(())
    }
}

/// Where a page begins, and in which direction it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) place: Option<&'a Place>,
    pub(super) descending: bool,
}

impl From<'_> {
    /// The part of `query` beyond the place, in order.
    pub(super) fn onwards(self, query: SimQuery, key: Key) -> RowQuery {
        let order = Order { key, descending: self.descending };
        let query = match self.place {
            None => query,
            Some(place) => query.filter(place.beyond(order)),
        };
        selected(query).order(order)
    }

    /// The first of the SIMs with `label` that are in `query`, by ICCID, as many as the page has.
    pub(super) fn first_with(self, label: LabelId, query: SimQuery, way: &Way, limit: i64) -> SimQuery {
        let order = Order { key: Sort::Iccid.key(), descending: self.descending };
        let query = match self.place {
            None => query,
            Some(place) => query.filter(place.beyond(order)),
        };
        let query = query.select(sims::id).order(order);
        let ids = Ids::Label { label, query, limit: Some(limit) };
        sims_of(way.company).filter(Among(vec![ids]))
    }

    /// The ICCID that the page is beyond, where that is what the SIMs are in order by.
    pub(super) fn bound(self, key: Key) -> Option<Bound> {
        match self.place {
            Some(Place { value: Value::Text(iccid), .. }) if key == Sort::Iccid.key() => {
                Some(Bound { iccid: iccid.clone(), is_end: self.descending })
            }
            _ => None,
        }
    }

    pub(super) fn merge(self, sort: Sort) -> String {
        let direction = if self.descending { " DESC" } else { "" };
        let last = if sort.key().unique { String::new() } else { format!(", 1{direction}") };
        format!("{}{direction}{last}", key_column(sort))
    }
}

impl Runs {
    /// The rows, in their order.
    pub(super) fn rows(self, conn: &mut PgConnection) -> Result<Vec<Row>> {
        if !self.one_plan || self.ranges.len() == 1 {
            return Ok(self.load(conn)?);
        }
        conn.transaction(|conn| {
            // To find a plan for so many ranges takes longer than to carry it out, and all values have the same one.
            conn.batch_execute("SET LOCAL plan_cache_mode = force_generic_plan")?;
            Ok(self.load(conn)?)
        })
    }

    /// The columns that the runs are merged by, if they are.
    pub(super) fn merge(&self) -> Option<&str> {
        self.merge.as_deref()
    }

    /// The SIMs that match `filter`, which has no text.
    pub(super) fn sorted(filter: &SimFilter, way: &Way, from: From<'_>, limit: i64) -> Self {
        let key = way.sort.key();
        let few = Few::of(filter, way);
        let is_among = few.is_some() || matches!(way.lead, Some(By::Label(_)));
        let bases = if few.is_some() {
            vec![sims_of(way.company)]
        } else if let Some(By::Label(label)) = way.lead {
            let of_label = in_states(one_by_one(filter, way.company, Some(label)), &filter.states);
            vec![from.first_with(label, of_label, way, limit)]
        } else {
            ranges(filter, way, from.bound(key).as_ref())
        };
        Self {
            few,
            ranges: bases.into_iter().map(|base| Range::new(from.onwards(base, key))).collect(),
            merge: Some(from.merge(way.sort)),
            limit,
            // Arrays of ids leave the planner no choice.
            one_plan: is_among || filter.besides_days().is_by_group_alone() && way.has_ranges(),
        }
    }
}

/// Ranges of SIMs that match `filter`, each in the order of the way by an index.
fn ranges(filter: &SimFilter, way: &Way, bound: Option<&Bound>) -> Vec<SimQuery> {
    let walks_list = matches!(way.lead, Some(By::List(_)));
    let besides_groups = || {
        if walks_list {
            with_labels(filter.rest(way.company, bound.cloned()), filter, None)
        } else {
            besides_groups(filter, way.company, None)
        }
    };
    let has_groups = !(filter.types.is_empty() && filter.offers.is_empty());
    if has_groups && !walks_list && way.has_ranges() {
        return way.groups.iter().map(|group| group.within(besides_groups())).collect();
    }
    let base = || of_types(in_offers(besides_groups(), &filter.offers), &filter.types);
    if way.sort == Sort::Iccid && filter.states.is_empty() {
        return vec![base()];
    }
    way.states().into_iter().map(|state| in_states(base(), &[state])).collect()
}

/// The SIMs that match `filter` in all but state and text, each looked at by itself. They have `walked` anyway.
pub(super) fn one_by_one(filter: &SimFilter, company: CompanyId, walked: Option<LabelId>) -> SimQuery {
    of_types(in_offers(besides_groups(filter, company, walked), &filter.offers), &filter.types)
}

/// The same in all but state, type, offer and text.
fn besides_groups(filter: &SimFilter, company: CompanyId, walked: Option<LabelId>) -> SimQuery {
    let base = filter.in_days(sims_of(company));
    let base = match filter.list {
        Some(list) => base.filter(InList { list, company, beyond: None, one_by_one: true }),
        None => base,
    };
    with_labels(base, filter, walked)
}

/// Those with all labels but `walked`, without what lets the index of labels serve: that has no order.
fn with_labels(query: SimQuery, filter: &SimFilter, walked: Option<LabelId>) -> SimQuery {
    let labels: Vec<_> = filter.labels.iter().copied().filter(|label| Some(*label) != walked).collect();
    if labels.is_empty() { query } else { query.filter(sims::label_ids.contains(labels)) }
}

impl QueryFragment<Pg> for Runs {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.one_plan {
            // Kept prepared, PostgreSQL might settle on a plan that suits other values.
            out.unsafe_to_cache_prepared();
        }
        if let Some(few) = &self.few {
            few.walk_ast(out.reborrow())?;
        }
        if let [only] = self.ranges.as_slice() {
            return only.walk(self.limit, out);
        }
        for (index, range) in self.ranges.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
            range.walk(self.limit, out.reborrow())?;
            out.push_sql(")");
        }
        if let Some(columns) = &self.merge {
            out.push_sql(" ORDER BY ");
            out.push_sql(columns);
        }
        out.push_sql(&format!(" LIMIT {}", self.limit));
        Ok(())
    }
}

impl Query for Runs {
    type SqlType = RowSql;
}

impl QueryId for Runs {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Runs {}

/// How many rows a page has.
pub(super) struct CountOf<'a>(pub(super) &'a Runs);

impl QueryFragment<Pg> for CountOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS page");
        Ok(())
    }
}

impl Query for CountOf<'_> {
    type SqlType = BigInt;
}

impl QueryId for CountOf<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for CountOf<'_> {}

/// The plan of a query, as PostgreSQL carried it out.
#[cfg(feature = "testing")]
pub(super) struct Explained<'a, Q>(pub(super) &'a Q);

#[cfg(feature = "testing")]
impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Explained<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ");
        self.0.walk_ast(out)
    }
}

#[cfg(feature = "testing")]
impl<Q> QueryId for Explained<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(feature = "testing")]
impl<Q> Query for Explained<'_, Q> {
    type SqlType = diesel::sql_types::Json;
}

#[cfg(feature = "testing")]
impl<Q> RunQueryDsl<PgConnection> for Explained<'_, Q> {}

impl Place {
    fn beyond(&self, order: Order) -> Beyond {
        Beyond { key: order.key, descending: order.descending, value: self.value.clone(), id: self.id }
    }
}
