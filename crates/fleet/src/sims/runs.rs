//! A page of the grid as one query: some runs, each a range of one index in its order, put
//! together.
//!
//! No index gives "in these two states, by IMSI" in order; two of its ranges, merged, do. So
//! a page costs the same at the beginning and at the end of a million SIMs, whatever their states.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use super::order::{AnyPrefix, Beyond, Order, Sort};
use super::rows::{RowQuery, RowSql, key_column, selected};
use super::{Place, SimFilter, SimState};
use super::{filter, text};
use crate::ids::CompanyId;

/// The runs that make a page, with the way to put them together.
pub(super) struct Runs {
    runs: Vec<RowQuery>,
    /// The column that they are merged by, and whether downwards; none: one after the other.
    merge: Option<(usize, bool)>,
    limit: i64,
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
        let bases = if sort == Sort::Iccid && !filter.offers.is_empty() {
            let base = |offer| filter::in_offers(filter.rest(company), &[offer]);
            filter.offers.iter().map(|offer| filter::in_states(base(*offer), &filter.states)).collect()
        } else if sort == Sort::Iccid && filter.states.is_empty() {
            vec![filter.rest(company)]
        } else {
            let base = |state| filter::in_states(filter.rest(company), &[state]);
            states.iter().map(|state| filter::in_offers(base(*state), &filter.offers)).collect::<Vec<_>>()
        };
        let run = |base: super::SimQuery| {
            let base = match from.place {
                None => base,
                Some(place) => base.filter(place.beyond(order)),
            };
            selected(base).order(order).limit(limit)
        };
        let runs = bases.into_iter().map(run).collect();
        Self { runs, merge: Some((key_column(sort), from.descending)), limit }
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
            let wanted: Vec<Vec<SimState>> = match (target.by_state, filter.states.len()) {
                (true, _) | (_, 1) => states.iter().map(|state| vec![*state]).collect(),
                _ => vec![filter.states.clone()],
            };
            for states in wanted {
                let place = place_of(target.place, &states);
                let base =
                    filter::in_offers(filter::in_states(filter.rest(company), &states), &filter.offers);
                let mut base = base.filter(target.prefix.clone());
                if !before.is_empty() {
                    base = base.filter(AnyPrefix { prefixes: before.clone(), holds: false });
                }
                match from.place {
                    Some(start) if start.run == place => base = base.filter(start.beyond(order)),
                    Some(start) if (start.run > place) != from.descending => continue,
                    _ => {}
                }
                runs.push((place, selected(base).order(order).limit(limit)));
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
            .map(|part| Self { runs: part.into_iter().map(|(_, run)| run).collect(), merge: None, limit })
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
        Some(target) if target.by_state || filter.states.len() == 1 => place_of(target.place, &[row.state]),
        Some(target) => place_of(target.place, &[]),
        None => 0,
    }
}

impl QueryFragment<Pg> for Runs {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let [only] = self.runs.as_slice() {
            return QueryFragment::<Pg>::walk_ast(only, out);
        }
        for (index, run) in self.runs.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
            QueryFragment::<Pg>::walk_ast(run, out.reborrow())?;
            out.push_sql(")");
        }
        if let Some((column, descending)) = self.merge {
            let direction = if descending { " DESC" } else { "" };
            out.push_sql(&format!(" ORDER BY {column}{direction}, 1{direction}"));
        }
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
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

impl Place {
    fn beyond(&self, order: Order) -> Beyond {
        Beyond { key: order.key, descending: order.descending, value: self.value.clone(), id: self.id }
    }
}
