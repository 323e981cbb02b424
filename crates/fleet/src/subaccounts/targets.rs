//! Where SIMs of the company in focus can be transferred to.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Uuid};

use crate::companies::search_pattern;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid};
use crate::tenancy::{CompanyScope, Permission, TreeScope};

/// A company that SIMs can be transferred to.
#[derive(Debug, Clone, QueryableByName)]
pub struct Target {
    /// Its public id.
    #[diesel(sql_type = Uuid)]
    pub uid: CompanyUid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// What is above it, from the company down that the SIMs go out of, joined for reading.
    #[diesel(sql_type = Text)]
    pub path: String,
    /// Whether it is below none of the companies that they go out of, but the parent of one.
    #[diesel(sql_type = Bool)]
    pub is_above: bool,
}

/// The companies that SIMs of the company in focus can go to, by name: the parent, and those below at
/// any depth, without the suspended ones. `search` is a part of a name or external ID.
pub fn transfer_targets(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Target>> {
    scope.require(Permission::SimsTransfer)?;
    targets(conn, &[scope.company_id()], scope.parent_id().as_slice(), search, limit)
}

/// The same of those accounts of a tree in which the person may transfer SIMs.
///
/// [`Error::Forbidden`] where there is none.
pub fn tree_targets(
    conn: &mut PgConnection,
    tree: &TreeScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Target>> {
    let accounts = tree.accounts().iter().filter(|account| account.allows(Permission::SimsTransfer));
    let (from, parents): (Vec<_>, Vec<_>) =
        accounts.map(|account| (account.company_id(), account.parent_id())).unzip();
    if from.is_empty() {
        return Err(Error::Forbidden(Permission::SimsTransfer));
    }
    let parents: Vec<_> = parents.into_iter().flatten().collect();
    targets(conn, &from, &parents, search, limit)
}

/// The companies below any of `from`, and their `parents`; those that are below none come first.
fn targets(
    conn: &mut PgConnection,
    from: &[CompanyId],
    parents: &[CompanyId],
    search: &str,
    limit: i64,
) -> Result<Vec<Target>> {
    // The paths are made for those alone that are shown.
    const SQL: &str = "SELECT t.uid, t.name, p.path, t.is_above FROM ( \
             SELECT c.id, c.uid, c.name, c.lineage, NOT array_remove(c.lineage, c.id) && $1 AS is_above FROM companies c \
             WHERE (c.lineage && $1 AND array_remove(c.lineage, c.id) && $1 OR c.id = ANY($2)) AND c.suspended_at IS NULL \
               AND (lower(c.name) LIKE $3 OR lower(c.external_id) LIKE $3) \
             ORDER BY is_above DESC, lower(c.name), c.id LIMIT $4) AS t \
         CROSS JOIN LATERAL ( \
             SELECT coalesce(string_agg(a.name, ' / ' ORDER BY cardinality(a.lineage)), '') AS path FROM companies a \
             WHERE a.id = ANY(t.lineage) AND a.lineage && $1 AND a.id <> t.id) AS p \
         ORDER BY t.is_above DESC, lower(t.name), t.id";
    Ok(diesel::sql_query(SQL)
        .bind::<Array<BigInt>, _>(from)
        .bind::<Array<BigInt>, _>(parents)
        .bind::<Text, _>(search_pattern(search))
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}
