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
use super::way::Way;
use super::{Place, SimFilter, SimState};
use crate::ids::LabelId;
use crate::schema::sims;

/// The run of a search in which a SIM comes, an SQL expression on `sims`; NULL where the text does not find it, unless it finds
/// all of them.
#[derive(Clone)]
pub(super) struct Run {
    /// Each with whether its states are runs of their own.
    targets: Vec<(Target, bool)>,
    labels: Vec<LabelId>,
    finds_all: bool,
}

impl Run {
    /// That of `filter`, if it has a text; in the last come those with any of `labels`, in which the text is found. Not
    /// for a text that is found by neither these nor the targets of the way.
    pub(super) fn of(filter: &SimFilter, way: &Way, labels: Vec<LabelId>) -> Option<Self> {
        let with_states = |target: &Target| (target.clone(), target.is_by_state(filter));
        filter.is_search().then(|| Self {
            targets: way.finding.targets.iter().map(with_states).collect(),
            labels,
            finds_all: false,
        })
    }

    /// The same of SIMs that are all found.
    pub(super) fn of_found(self) -> Self {
        Self { finds_all: true, ..self }
    }

    /// Whether all are found by one target, so that the run is no more than the state.
    pub(super) fn has_one_target(&self) -> bool {
        self.finds_all && self.labels.is_empty() && self.targets.len() == 1
    }

    /// Their order.
    fn order(&self, from: From<'_>) -> InRuns {
        let value = match self.targets.as_slice() {
            [] => "sims.iccid".to_owned(),
            [(target, _)] if self.has_one_target() => target.key.sql.to_owned(),
            targets => {
                let values = targets
                    .iter()
                    .map(|(target, _)| format!("WHEN {} THEN {}", target.place, target.key.sql));
                format!("CASE sims.run / 4 {} ELSE sims.iccid END", values.collect::<Vec<_>>().join(" "))
            }
        };
        InRuns { value, descending: from.descending }
    }
}

impl QueryFragment<Pg> for Run {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("CASE");
        for (index, (target, is_by_state)) in self.targets.iter().enumerate() {
            out.push_sql(" WHEN ");
            // What is found by nothing before is found by the last.
            if self.finds_all && self.labels.is_empty() && index + 1 == self.targets.len() {
                out.push_sql("TRUE");
            } else {
                target.prefix.walk_ast(out.reborrow())?;
            }
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

/// The rows that are found, of SIMs which have this run, from where on they are needed.
pub(super) fn rows(run: &Run, from: From<'_>) -> RowQuery {
    let (found, order) = from_on(run, from);
    selected(found).order(order)
}

/// The ids of the first of them, without those that are found by their ICCIDs if `besides_iccids`.
pub(super) fn ids(run: &Run, from: From<'_>, besides_iccids: bool) -> IdQuery {
    let (found, order) = from_on(run, from);
    let has_iccids = run.targets.iter().any(|(target, _)| target.is_iccid());
    let found =
        if besides_iccids && has_iccids { found.filter(Expr::<Bool>::new("sims.run > 3")) } else { found };
    found.select(sims::id).order(order)
}

/// The SIMs, and their order.
fn from_on(run: &Run, from: From<'_>) -> (SimQuery, InRuns) {
    let query = sims::table.into_boxed();
    let query = if run.finds_all { query } else { query.filter(Expr::<Bool>::new("sims.run IS NOT NULL")) };
    let order = run.order(from);
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
