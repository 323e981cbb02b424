//! What the entries of the rarest label tell of a search: how many of its SIMs are to be expected, or which ones they are.

use diesel::prelude::*;

use super::among::Ids;
use super::grid::counted_along;
use super::way::{By, FEW_SEARCHED, Way};
use super::{Facets, GridRequest, SimFilter};
use crate::error::Result;
use crate::ids::{LabelId, SimId};

/// The most entries of a label that are read to find few among them.
pub(super) const ENTRIES: i64 = 20_000;
/// How many of them are looked at to know whether a text finds hardly any.
const SAMPLE: i64 = 500;
/// Fewer of these are hardly any.
const HARDLY: i64 = 10;
/// How many SIMs a text finds that is looked for along its own orders, whatever else is asked for.
const SEARCHED: u16 = 2_000;

/// Puts how many of the rarest label's SIMs are to be expected among `others` of `all`, instead of how many have it: its
/// entries tell about all parts of a filter, so that only those are fetched.
pub(super) fn expect_fewer(counts: &mut [(i64, By)], others: &[i64], all: i64) {
    for (sims, by) in counts {
        if matches!(by, By::Label(_)) && *sims <= ENTRIES {
            *sims = others.iter().fold(*sims, |left, others| left * others / all.max(1));
        }
    }
}

/// The rarest label, if all its entries may be read.
pub(super) fn readable(counts: &[(i64, By)]) -> Option<LabelId> {
    counts.iter().find_map(|count| match count {
        (..=ENTRIES, By::Label(label)) => Some(*label),
        _ => None,
    })
}

impl Way {
    /// The SIMs with `label` that the text of `filter` may find, where it finds hardly any of those, but many others:
    /// along its orders one would go past all of these.
    pub(super) fn apart(
        &self,
        conn: &mut PgConnection,
        filter: &SimFilter,
        label: LabelId,
        facets: &Facets,
    ) -> Result<Option<Vec<SimId>>> {
        let read = |conn: &mut PgConnection, entries, limit| {
            Ids::of_label(filter, self, label, entries, Some(limit)).load::<SimId>(conn)
        };
        let is_below = |ids: &[SimId], most| i64::try_from(ids.len()).is_ok_and(|read| read < most);
        let is_rare = is_below(&read(conn, Some(SAMPLE), HARDLY)?, HARDLY);
        if !is_rare || !self.finds_many(conn, filter, facets)? {
            return Ok(None);
        }
        let ids = read(conn, None, FEW_SEARCHED + 1)?;
        Ok(is_below(&ids, FEW_SEARCHED + 1).then_some(ids))
    }

    /// Whether the text of `filter` finds many SIMs, if nothing else is asked for.
    fn finds_many(&self, conn: &mut PgConnection, filter: &SimFilter, facets: &Facets) -> Result<bool> {
        let filter = SimFilter { text: filter.text.clone(), ..SimFilter::default() };
        let way = self.by_text_alone(facets.matching(&filter).collect());
        let request = GridRequest { filter, size: SEARCHED, ..GridRequest::default() };
        Ok(counted_along(conn, &request, &way, true)?.more)
    }
}
