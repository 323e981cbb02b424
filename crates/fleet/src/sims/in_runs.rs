//! Where a search comes upon a SIM, said of each of few SIMs: instead of looking for the runs of a search one by one.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Bool, Integer};

use super::among::IdQuery;
use super::filter::SimQuery;
use super::order::Expr;
use super::rows::{RowQuery, selected};
use super::runs::From;
use super::search_runs::place_of;
use super::text::{self, Target};
use super::{Place, SimFilter, SimState};
use crate::ids::LabelId;
use crate::schema::sims;

/// The run of a search in which a SIM comes, an SQL expression on `sims`; NULL where the text does not find it.
#[derive(Clone)]
pub(super) struct Run {
    /// Each with whether its states are runs of their own.
    targets: Vec<(Target, bool)>,
    labels: Vec<LabelId>,
}

impl Run {
    /// That of `filter`, if it has a text; in the last come those with any of `labels`, in which the text is found.
    pub(super) fn of(filter: &SimFilter, labels: Vec<LabelId>) -> Option<Self> {
        let with_states = |target: Target| {
            let is_by_state = target.is_by_state(filter);
            (target, is_by_state)
        };
        filter.is_search().then(|| Self {
            targets: text::targets(filter.text.trim()).into_iter().map(with_states).collect(),
            labels,
        })
    }
}

impl QueryFragment<Pg> for Run {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("CASE");
        for (target, is_by_state) in &self.targets {
            out.push_sql(" WHEN ");
            target.prefix.walk_ast(out.reborrow())?;
            out.push_sql(" THEN ");
            if *is_by_state {
                out.push_sql("CASE sims.state");
                for state in SimState::ALL {
                    out.push_sql(&format!(
                        " WHEN '{}' THEN {}",
                        state.as_str(),
                        place_of(target.place, &[*state])
                    ));
                }
                out.push_sql(" END");
            } else {
                out.push_sql(&place_of(target.place, &[]).to_string());
            }
        }
        if !self.labels.is_empty() {
            out.push_sql(" WHEN sims.label_ids && ");
            out.push_bind_param::<Array<BigInt>, _>(&self.labels)?;
            out.push_sql(&format!(" THEN {}", place_of(text::LABELLED, &[])));
        }
        out.push_sql(" END");
        Ok(())
    }
}

/// The rows that the text of `filter` finds, of SIMs which have a [`Run`], from where on they are needed.
pub(super) fn rows(filter: &SimFilter, from: From<'_>) -> RowQuery {
    let (found, order) = from_on(filter, from);
    selected(found).order(order)
}

/// The ids of the first of them, without those that are found by their ICCIDs if `besides_iccids`.
pub(super) fn ids(filter: &SimFilter, from: From<'_>, besides_iccids: bool) -> IdQuery {
    let (found, order) = from_on(filter, from);
    let found = if besides_iccids { found.filter(Expr::<Bool>::new("sims.run > 3")) } else { found };
    found.select(sims::id).order(order)
}

/// The SIMs, and their order.
fn from_on(filter: &SimFilter, from: From<'_>) -> (SimQuery, InRuns) {
    let values = text::targets(filter.text.trim())
        .into_iter()
        .map(|target| format!("WHEN {} THEN {}", target.place, target.key.sql));
    let value = format!("CASE sims.run / 4 {} ELSE sims.iccid END", values.collect::<Vec<_>>().join(" "));
    let query = sims::table.into_boxed().filter(Expr::<Bool>::new("sims.run IS NOT NULL"));
    let order = InRuns { value, descending: from.descending };
    let query = match from.place {
        None => query,
        Some(place) => {
            query.filter(BeyondInRuns { order: order.clone(), run: place.run.into(), place: place.clone() })
        }
    };
    (query, order)
}

/// Run by run, and in each by what the text was found in.
#[derive(Clone)]
pub(super) struct InRuns {
    value: String,
    descending: bool,
}

impl QueryFragment<Pg> for InRuns {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let direction = if self.descending { " DESC" } else { "" };
        out.push_sql(&format!("sims.run{direction}, {}{direction}, sims.id{direction}", self.value));
        Ok(())
    }
}

impl Expression for InRuns {
    type SqlType = diesel::expression::expression_types::NotSelectable;
}

/// Beyond a place in that order.
pub(super) struct BeyondInRuns {
    order: InRuns,
    run: i32,
    place: Place,
}

impl QueryFragment<Pg> for BeyondInRuns {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let InRuns { value, descending } = &self.order;
        let beyond = if *descending { '<' } else { '>' };
        out.push_sql(&format!("(sims.run, {value}, sims.id) {beyond} ("));
        out.push_bind_param::<Integer, _>(&self.run)?;
        out.push_sql(", ");
        self.place.value.push(&mut out)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.place.id)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for BeyondInRuns {
    type SqlType = Bool;
}
