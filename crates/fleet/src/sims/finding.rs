//! By what a text finds SIMs: asked first, as most of what is searched has nothing that begins with it.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{BigInt, Integer};

use super::filter::{Whose, sims_of};
use super::range::Range;
use super::runs::From;
use super::search_runs;
use super::statement::{Plan, planned};
use super::text::{self, Target};
use super::way::{MANY, Way};
use super::{Facets, SimFilter};
use crate::db::statements;
use crate::error::Result;
use crate::labels;
use crate::tenancy::CompanyScope;

/// How many SIMs a text finds that is looked for along its own orders, whatever else is asked for.
const FOUND: i64 = 500;

/// By what a text finds SIMs, if nothing else is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    /// What has something that begins with it.
    pub(super) targets: Vec<Target>,
    /// How many SIMs these find, counted no further than it matters; one that several find counts for each.
    sims: i64,
    /// How many have the labels in which it is found, as counters know, where that matters.
    labelled: i64,
}

impl Finding {
    /// That of the text of `filter`. To ask would take as long as to search in many accounts, or for nothing else, and where nothing
    /// can match there is no need: then it may be by anything.
    pub(super) fn read(
        conn: &mut PgConnection,
        accounts: &[CompanyScope],
        filter: &SimFilter,
        facets: &Facets,
        way: &Way,
    ) -> Result<Self> {
        let mut targets = text::targets(filter.text.trim());
        let alone = SimFilter { text: filter.text.clone(), ..SimFilter::default() };
        let scope = match way.whose() {
            Whose::One(company) if *filter != alone && !way.groups.is_empty() => {
                accounts.iter().find(|scope| scope.company_id() == company)
            }
            _ => None,
        };
        let Some(scope) = scope else { return Ok(Self { targets, sims: MANY, labelled: MANY }) };
        // How many, it matters to nobody where nothing but the state is asked for, too.
        let most = if filter.besides_text().is_by_state_alone() { 1 } else { FOUND + 1 };
        let way = way.by_text_alone(facets.matching(&alone).collect());
        let from = From { place: None, descending: false };
        let of_target = |target: &Target| {
            let found = || sims_of(scope.company_id()).filter(target.prefix.clone());
            let ranges = search_runs::ranges(&alone, &way, from, most, target, found);
            let place = target.place;
            ranges.into_iter().map(move |range| (place, range))
        };
        let counts = Counts { ranges: targets.iter().flat_map(of_target).collect(), most };
        let counts: Vec<(i32, i64)> = planned(conn, Plan::Once, |conn| counts.load(conn))?;
        let sims = |target: &Target| {
            let of_target = counts.iter().filter(|(place, _)| *place == i32::from(target.place));
            of_target.map(|(_, sims)| sims).sum::<i64>()
        };
        targets.retain(|target| sims(target) > 0);
        let sims = targets.iter().map(sims).sum();
        let labelled = if way.found.is_empty() || most == 1 {
            0
        } else {
            labels::counts(conn, scope, &way.labels_found())?.iter().map(|(_, sims)| sims).sum()
        };
        Ok(Self { targets, sims, labelled })
    }

    /// Whether these are many SIMs, with those that it finds by labels if `by_labels`.
    pub(super) fn is_many(&self, by_labels: bool) -> bool {
        self.sims.saturating_add(if by_labels { self.labelled } else { 0 }) > FOUND
    }
}

/// How many SIMs each range has, `most` at most.
struct Counts {
    ranges: Vec<(u8, Range)>,
    most: i64,
}

impl QueryFragment<Pg> for Counts {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (index, (place, range)) in self.ranges.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { " UNION ALL " });
            out.push_sql(&format!("SELECT {place}, count(*) FROM ("));
            range.walk(self.most, true, out.reborrow())?;
            out.push_sql(") AS found");
        }
        Ok(())
    }
}

statements!([] Counts => (Integer, BigInt));
