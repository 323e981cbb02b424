//! A page of the grid as one query: some runs, each a range of one index in its order, put
//! together.
//!
//! No index gives "in these two states, by IMSI" in order; two of its ranges, merged, do. So
//! a page costs the same at the beginning and at the end of a million SIMs, whatever their states.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::in_list::Bound;
use super::order::{AnyPrefix, Beyond, Order, Sort, Value};
use super::rows::{RowQuery, RowSql, key_column, selected};
use super::{Place, SimFilter, SimState};
use super::{filter, text};
use crate::ids::CompanyId;

/// The runs that make a page, with the way to put them together.
pub(super) struct Runs {
    ranges: Vec<RowQuery>,
    /// The columns that they are merged by; none: one after the other.
    merge: Option<String>,
    limit: i64,
    /// Whether the plan is the same for all values, so that the statement can be kept prepared.
    one_plan: bool,
}

/// Where a page begins, and in which direction it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) place: Option<&'a Place>,
    pub(super) descending: bool,
}

impl Runs {
    /// The SIMs that match `filter`, which has no text, by `sort`. `states` are those that it
    /// allows and that are not empty.
    pub(super) fn sorted(
        filter: &SimFilter,
        company: CompanyId,
        states: &[SimState],
        sort: Sort,
        from: From<'_>,
        limit: i64,
    ) -> Self {
        let order = Order { key: sort.key(), descending: from.descending };
        let bound = match from.place {
            Some(Place { value: Value::Text(iccid), .. }) if sort == Sort::Iccid => {
                Some(Bound { iccid: iccid.clone(), is_end: from.descending })
            }
            _ => None,
        };
        let rest = || filter.rest(company, bound.clone());
        let bases = if sort == Sort::Iccid && !filter.offers.is_empty() {
            let base = |offer| filter::in_offers(rest(), &[offer]);
            filter.offers.iter().map(|offer| filter::in_states(base(*offer), &filter.states)).collect()
        } else if sort == Sort::Iccid && filter.states.is_empty() {
            vec![rest()]
        } else {
            let base = |state| filter::in_states(rest(), &[state]);
            states.iter().map(|state| filter::in_offers(base(*state), &filter.offers)).collect::<Vec<_>>()
        };
        let run = |base: super::SimQuery| {
            let base = match from.place {
                None => base,
                Some(place) => base.filter(place.beyond(order)),
            };
            selected(base).order(order)
        };
        let direction = if from.descending { " DESC" } else { "" };
        let last = if order.key.unique { String::new() } else { format!(", 1{direction}") };
        Self {
            ranges: bases.into_iter().map(run).collect(),
            merge: Some(format!("{}{direction}{last}", key_column(sort))),
            limit,
            one_plan: filter.is_by_state_alone(),
        }
    }

    /// The SIMs that match `filter`, which has a text: first those whose ICCID begins with it,
    /// then those whose IMSI does, and so on.
    ///
    /// In parts, of which the next is needed only where those before do not fill the page.
    pub(super) fn matched(
        filter: &SimFilter,
        company: CompanyId,
        states: &[SimState],
        from: From<'_>,
        limit: i64,
    ) -> Vec<Self> {
        let mut runs: Vec<(u8, RowQuery)> = Vec::new();
        let mut before: Vec<_> = Vec::new();
        for target in text::targets(filter.text.trim()) {
            let order = Order { key: target.key, descending: from.descending };
            let wanted: Vec<Vec<SimState>> = if target.is_by_state(filter) {
                states.iter().map(|state| vec![*state]).collect()
            } else {
                vec![Vec::new()]
            };
            for states in wanted {
                let place = place_of(target.place, &states);
                let base =
                    filter::in_offers(filter::in_states(filter.rest(company, None), &states), &filter.offers);
                let mut base = base.filter(target.prefix.clone());
                if !before.is_empty() {
                    base = base.filter(AnyPrefix { prefixes: before.clone(), holds: false });
                }
                match from.place {
                    Some(start) if start.run == place => base = base.filter(start.beyond(order)),
                    Some(start) if (start.run > place) != from.descending => continue,
                    _ => {}
                }
                runs.push((place, selected(base).order(order)));
            }
            before.push(target.prefix);
        }
        runs.sort_by_key(|(place, _)| *place);
        if from.descending {
            runs.reverse();
        }
        let Some(first) = runs.first().map(|(place, _)| place / 4) else { return Vec::new() };
        let (first, rest): (Vec<_>, Vec<_>) = runs.into_iter().partition(|(place, _)| place / 4 == first);
        [first, rest]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| {
                let runs = part.into_iter().map(|(_, run)| run).collect();
                Self { ranges: runs, merge: None, limit, one_plan: false }
            })
            .collect()
    }
}

/// The place of a run among those of a text: by what matched, then by state.
fn place_of(target: u8, states: &[SimState]) -> u8 {
    let state = match states {
        [state] => SimState::ALL.iter().position(|one| one == state).unwrap_or(0),
        _ => 0,
    };
    target * 4 + u8::try_from(state).unwrap_or(0)
}

/// The place of the run in which `row` was found for `text`.
pub(super) fn run_of(filter: &SimFilter, row: &super::Row) -> u8 {
    let text = filter.text.trim();
    let targets = text::targets(text);
    let found = targets.iter().find(|target| {
        let value = row.searched(target.place);
        value.is_some_and(|value| value >= target.prefix.from.as_str() && value < target.prefix.to.as_str())
    });
    match found.or(targets.last()) {
        Some(target) if target.is_by_state(filter) => place_of(target.place, &[row.state]),
        Some(target) => place_of(target.place, &[]),
        None => 0,
    }
}

impl QueryFragment<Pg> for Runs {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.one_plan {
            // Kept prepared, PostgreSQL might settle on a plan that suits other values.
            out.unsafe_to_cache_prepared();
        }
        // A number in the text, for the same reason: a plan for an unknown limit is one for many rows.
        let limit = format!(" LIMIT {}", self.limit);
        if let [only] = self.ranges.as_slice() {
            QueryFragment::<Pg>::walk_ast(only, out.reborrow())?;
            out.push_sql(&limit);
            return Ok(());
        }
        for (index, run) in self.ranges.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
            QueryFragment::<Pg>::walk_ast(run, out.reborrow())?;
            out.push_sql(&limit);
            out.push_sql(")");
        }
        if let Some(columns) = &self.merge {
            out.push_sql(" ORDER BY ");
            out.push_sql(columns);
        }
        out.push_sql(&limit);
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

/// The plan of a query, as PostgreSQL carried it out.
#[cfg(feature = "testing")]
pub(super) struct Explained<'a>(pub(super) &'a Runs);

#[cfg(feature = "testing")]
impl QueryFragment<Pg> for Explained<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ");
        self.0.walk_ast(out)
    }
}

#[cfg(feature = "testing")]
impl QueryId for Explained<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(feature = "testing")]
impl Query for Explained<'_> {
    type SqlType = diesel::sql_types::Json;
}

#[cfg(feature = "testing")]
impl RunQueryDsl<PgConnection> for Explained<'_> {}

impl Place {
    fn beyond(&self, order: Order) -> Beyond {
        Beyond { key: order.key, descending: order.descending, value: self.value.clone(), id: self.id }
    }
}
