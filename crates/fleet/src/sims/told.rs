//! What a search is told by entries, so that no SIM is fetched but those of the page.

use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Integer, Nullable};

use super::SimFilter;
use super::entries::Entries;
use super::filter::in_states;
use super::in_runs::Run;
use super::order::{AnyPrefix, OneByOne};
use super::runs::one_by_one;
use super::way::Way;
use crate::schema::sims;

/// Those of some entries that match a filter, which has a text, and in which run each comes.
pub(super) struct Told {
    entries: Entries,
    matching: sims::BoxedQuery<'static, Pg, SqlTypeOf<(Columns, AsRun)>>,
    pub(super) run: Run,
}

/// What SIMs are put in order by. No more: each is told of thousands.
#[diesel::dsl::auto_type(type_name = "Columns")]
fn columns() -> _ {
    (
        sims::id,
        sims::iccid,
        sims::imsi,
        sims::msisdn,
        sims::eid,
        sims::imei,
        sims::name_from_first,
        sims::name_from_second,
        sims::name_from_third,
        sims::name_from_fourth,
    )
}

impl Told {
    /// Those of `entries` that match `filter`; without some that are found by their ICCIDs, where these are walked.
    pub(super) fn of(filter: &SimFilter, way: &Way, entries: Entries) -> Option<Self> {
        let labels = if entries.tell_labels(filter, way) { way.labels_found() } else { Vec::new() };
        let walk_iccids = entries.walk_iccids(filter, way);
        let matching = in_states(one_by_one(filter, way.whose(), entries.label()), &filter.states);
        // Before it is said in which run: of most, in none.
        let targets = way.finding.targets.iter();
        let told = targets.filter(|target| !(walk_iccids && target.is_iccid()));
        let prefixes: Vec<_> = told.map(|target| target.prefix.clone()).collect();
        let is_by_prefix = (!prefixes.is_empty()).then_some(AnyPrefix { prefixes, holds: true });
        let is_by_label = (!labels.is_empty()).then(|| sims::label_ids.overlaps_with(labels.clone()));
        let matching = match (is_by_prefix, is_by_label) {
            (None, None) => return None,
            (Some(by_prefix), None) => matching.filter(OneByOne(by_prefix)),
            (None, Some(by_label)) => matching.filter(OneByOne(by_label)),
            (Some(by_prefix), Some(by_label)) => matching.filter(OneByOne(by_prefix.or(by_label))),
        };
        let run = Run::of(filter, way, labels)?.of_found();
        Some(Self { entries, matching: matching.select((columns(), AsRun(run.clone()))), run })
    }
}

impl QueryFragment<Pg> for Told {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH sims AS (");
        self.entries.walk_asked(&self.matching, out.reborrow())?;
        if !self.run.has_one_target() {
            // That prefixes are compared once, not wherever the run is asked for.
            out.push_sql(" OFFSET 0");
        }
        out.push_sql(") ");
        Ok(())
    }
}

/// The run as a column of that name.
#[derive(Clone)]
pub(super) struct AsRun(Run);

impl QueryFragment<Pg> for AsRun {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" AS run");
        Ok(())
    }
}

impl Expression for AsRun {
    type SqlType = Nullable<Integer>;
}
