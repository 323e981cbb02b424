//! By what a text finds SIMs: asked first, as most of what is searched has nothing that begins with it.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Integer};

use super::filter::{Whose, sims_of};
use super::range::Range;
use super::runs::From;
use super::search_runs;
use super::statement::{Plan, planned};
use super::text::{self, Target};
use super::way::Way;
use super::{Facets, SimFilter};
use crate::error::Result;

/// How many SIMs a text finds that is looked for along its own orders, whatever else is asked for.
const FOUND: i64 = 500;

/// By what a text finds SIMs, if nothing else is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    /// What has something that begins with it.
    pub(super) targets: Vec<Target>,
    /// Whether these are many SIMs.
    pub(super) is_many: bool,
}

impl Finding {
    /// That of the text of `filter`. To ask would take as long as to search in many accounts, or for nothing else: then it may be
    /// by anything.
    pub(super) fn read(
        conn: &mut PgConnection,
        filter: &SimFilter,
        facets: &Facets,
        way: &Way,
    ) -> Result<Self> {
        let mut targets = text::targets(filter.text.trim());
        let alone = SimFilter { text: filter.text.clone(), ..SimFilter::default() };
        let company = match way.whose() {
            Whose::One(company) if *filter != alone => company,
            _ => return Ok(Self { targets, is_many: true }),
        };
        let way = way.by_text_alone(facets.matching(&alone).collect());
        let from = From { place: None, descending: false };
        let of_target = |target: &Target| {
            let found = || sims_of(company).filter(target.prefix.clone());
            let ranges = search_runs::ranges(&alone, &way, from, FOUND + 1, target, found);
            let place = target.place;
            ranges.into_iter().map(move |range| (place, range))
        };
        let counts = Counts(targets.iter().flat_map(of_target).collect());
        let counts: Vec<(i32, i64)> = planned(conn, Plan::Once, |conn| counts.load(conn))?;
        let sims = |target: &Target| {
            let of_target = counts.iter().filter(|(place, _)| *place == i32::from(target.place));
            of_target.map(|(_, sims)| sims).sum::<i64>()
        };
        targets.retain(|target| sims(target) > 0);
        let is_many = targets.iter().map(sims).sum::<i64>() > FOUND;
        Ok(Self { targets, is_many })
    }
}

/// How many SIMs each range has, no further counted than it matters.
struct Counts(Vec<(u8, Range)>);

impl QueryFragment<Pg> for Counts {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (index, (place, range)) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { " UNION ALL " });
            out.push_sql(&format!("SELECT {place}, count(*) FROM ("));
            range.walk(FOUND + 1, true, out.reborrow())?;
            out.push_sql(") AS found");
        }
        Ok(())
    }
}

impl Query for Counts {
    type SqlType = (Integer, BigInt);
}

impl QueryId for Counts {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Counts {}
