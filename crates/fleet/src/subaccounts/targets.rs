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
    /// Whether it is the parent of a company that they go out of, or the main account.
    #[diesel(sql_type = Bool)]
    pub is_parent: bool,
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

/// The same of the accounts of a tree: the main account and all below it, or, for a person who may not transfer SIMs of
/// that, what those of the other accounts can go to.
///
/// [`Error::Forbidden`] for one who may not transfer SIMs of any.
pub fn tree_targets(
    conn: &mut PgConnection,
    tree: &TreeScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Target>> {
    let main = tree.main();
    let can_transfer = |account: &&CompanyScope| account.allows(Permission::SimsTransfer);
    if can_transfer(&main) {
        let main = [main.company_id()];
        return targets(conn, &main, &main, search, limit);
    }
    let accounts: Vec<_> = tree.accounts().iter().filter(can_transfer).collect();
    if accounts.is_empty() {
        return Err(Error::Forbidden(Permission::SimsTransfer));
    }
    let from: Vec<_> = accounts.iter().map(|account| account.company_id()).collect();
    let parents: Vec<_> = accounts.iter().filter_map(|account| account.parent_id()).collect();
    targets(conn, &from, &parents, search, limit)
}

/// The companies below any of `from`, and those `above`, which come first.
fn targets(
    conn: &mut PgConnection,
    from: &[CompanyId],
    above: &[CompanyId],
    search: &str,
    limit: i64,
) -> Result<Vec<Target>> {
    // The paths are made for those alone that are shown.
    const SQL: &str = "SELECT t.uid, t.name, p.path, t.is_parent FROM ( \
             SELECT c.id, c.uid, c.name, c.lineage, c.id = ANY($2) AS is_parent FROM companies c \
             WHERE (c.lineage && $1 AND array_remove(c.lineage, c.id) && $1 OR c.id = ANY($2)) AND c.suspended_at IS NULL \
               AND (lower(c.name) LIKE $3 OR lower(c.external_id) LIKE $3) \
             ORDER BY is_parent DESC, lower(c.name), c.id LIMIT $4) AS t \
         CROSS JOIN LATERAL ( \
             SELECT coalesce(string_agg(a.name, ' / ' ORDER BY cardinality(a.lineage)), '') AS path FROM companies a \
             WHERE a.id = ANY(t.lineage) AND a.lineage && $1 AND a.id <> t.id) AS p \
         ORDER BY t.is_parent DESC, lower(t.name), t.id";
    Ok(diesel::sql_query(SQL)
        .bind::<Array<BigInt>, _>(from)
        .bind::<Array<BigInt>, _>(above)
        .bind::<Text, _>(search_pattern(search))
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}
