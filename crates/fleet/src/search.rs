//! The search over everything that the active company has: SIMs, operations, subaccounts.

use diesel::PgConnection;

use crate::error::Result;
use crate::operations::{self, Summary};
use crate::sims::{self, GridRequest, Row, SimFilter};
use crate::subaccounts;
use crate::tenancy::CompanyScope;

/// The longest text that anything can be found by.
const LONGEST: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// SIMs of which an identifier, one of the first four words of the name, or a word of a label begins with the text.
    pub sims: Vec<Row>,
    /// Operations, see [`operations::search()`].
    pub operations: Vec<Summary>,
    /// Subaccounts whose name or external ID begins with the text.
    pub subaccounts: Vec<subaccounts::Found>,
    /// Whether there are more SIMs than these.
    pub has_more_sims: bool,
}

impl Found {
    /// How many things were found.
    pub fn len(&self) -> usize {
        self.sims.len() + self.operations.len() + self.subaccounts.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Finds what `text` may mean, at most `limit` of each kind. The work does not depend on how much there is.
pub fn search(conn: &mut PgConnection, scope: &CompanyScope, text: &str, limit: u8) -> Result<Found> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Ok(Found::default());
    }
    let (sims, has_more_sims) = sims(conn, scope, text, usize::from(limit))?;
    Ok(Found {
        sims,
        has_more_sims,
        operations: operations::search(conn, scope, text, limit.into())?,
        subaccounts: subaccounts::search(conn, scope, text, limit.into())?,
    })
}

/// The beginning of the first page of the grid.
fn sims(conn: &mut PgConnection, scope: &CompanyScope, text: &str, limit: usize) -> Result<(Vec<Row>, bool)> {
    let filter = SimFilter { text: text.to_owned(), ..SimFilter::default() };
    let grid = sims::grid(conn, scope, &GridRequest { filter, size: 25, ..GridRequest::default() })?;
    let mut rows = grid.rows;
    let has_more = rows.len() > limit || grid.next.is_some();
    rows.truncate(limit);
    Ok((rows, has_more))
}
