//! What an operation was launched on, written down in the launching transaction: whatever comes to match the filter
//! later is not meant, and whatever was meant stays so.
//!
//! A million ids are read off an index and written as a hundred rows in a fraction of a second, where a million
//! rows would take several.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::over_selection::OverSelection;
use crate::error::Result;
use crate::ids::{CompanyId, OperationId};
use crate::schema::operation_sims;
use crate::sims::Selection;

/// The most ids in one row. Steps are taken from such runs in turn: see the column `place` of `steps`.
pub(super) const PART: i32 = 10_000;

/// The SIMs that are next in a selection, as a common table expression `chosen`: `sims.*`, and their place
/// among them.
pub(super) const NEXT: &str = "chosen AS (SELECT sims.*, picked.place FROM operation_sims frozen, \
        unnest(frozen.sims[$2:$3]) WITH ORDINALITY AS picked (id, place) JOIN sims ON sims.id = picked.id \
    WHERE frozen.operation_id = $1 AND frozen.part = $4)";

/// Which ids are next: the values `$2` to `$4` of [`NEXT`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) part: i32,
    pub(super) first: i32,
    pub(super) last: i32,
}

impl Next {
    /// At most `limit` ids after the first `made` ones, all in one part.
    pub(super) fn after(made: i32, limit: i32) -> Self {
        let before = made % PART;
        Self { part: made / PART, first: before + 1, last: before.saturating_add(limit).min(PART) }
    }

    /// How many ids there are, unless the selection ends before.
    pub(super) const fn len(&self) -> i32 {
        self.last - self.first + 1
    }
}

#[derive(QueryableByName)]
struct Frozen {
    #[diesel(sql_type = Integer)]
    sims: i32,
}

/// Writes down which SIMs of `company` are selected, and says how many.
pub(super) fn freeze(
    conn: &mut PgConnection,
    operation: OperationId,
    company: CompanyId,
    selection: &Selection,
) -> Result<i32> {
    let part = i64::from(PART);
    let statement = OverSelection::new(selection.ids(company))
        .sql(
            ", frozen AS MATERIALIZED (SELECT array_agg(id) AS sims FROM chosen), \
              kept AS (INSERT INTO operation_sims (operation_id, part, sims) SELECT ",
        )
        .number(operation.0)
        .sql(", part, frozen.sims[part * ")
        .number(part)
        .sql(" + 1 : (part + 1) * ")
        .number(part)
        .sql("] FROM frozen, generate_series(0, (cardinality(frozen.sims) - 1) / ")
        .number(part)
        .sql(") AS part) SELECT coalesce(cardinality(sims), 0) AS sims FROM frozen");
    let frozen: Frozen = selection.reading(conn, |conn| statement.get_result(conn))?;
    Ok(frozen.sims)
}

/// Forgets the selection of an operation that has ended.
pub(super) fn discard(conn: &mut PgConnection, operation: OperationId) -> Result<()> {
    diesel::delete(operation_sims::table.filter(operation_sims::operation_id.eq(operation))).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_ids_are_in_one_part() {
        assert_eq!(Next::after(0, 30), Next { part: 0, first: 1, last: 30 });
        assert_eq!(Next::after(9_990, 30), Next { part: 0, first: 9_991, last: 10_000 });
        assert_eq!(Next::after(10_000, 10_000), Next { part: 1, first: 1, last: 10_000 });
        assert_eq!(Next::after(9_990, 30).len(), 10);
    }
}
