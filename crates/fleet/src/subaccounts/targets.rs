//! Where SIMs of the company in focus can be transferred to.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid};

use crate::characters::lower_case;
use crate::companies::search_pattern;
use crate::error::Result;
use crate::ids::CompanyUid;
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
    /// What is above it, from the company in focus down, joined for reading.
    #[diesel(sql_type = Text)]
    pub path: String,
    /// Whether it is the parent of the company in focus.
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
    // The paths are made for those alone that are shown.
    const SQL: &str = "SELECT t.uid, t.name, p.path, t.is_parent FROM ( \
             SELECT c.id, c.uid, c.name, c.lineage, c.id IS NOT DISTINCT FROM $2 AS is_parent FROM companies c \
             WHERE c.id <> $1 AND (c.lineage @> ARRAY[$1] OR c.id = $2) AND c.suspended_at IS NULL \
               AND (lower(c.name) LIKE $3 OR lower(c.external_id) LIKE $3) \
             ORDER BY is_parent DESC, lower(c.name), c.id LIMIT $4) AS t \
         CROSS JOIN LATERAL ( \
             SELECT coalesce(string_agg(a.name, ' / ' ORDER BY cardinality(a.lineage)), '') AS path FROM companies a \
             WHERE a.id = ANY(t.lineage) AND a.lineage @> ARRAY[$1] AND a.id <> t.id) AS p \
         ORDER BY t.is_parent DESC, lower(t.name), t.id";
    scope.require(Permission::SimsTransfer)?;
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Nullable<BigInt>, _>(scope.parent_id())
        .bind::<Text, _>(search_pattern(search))
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}

/// The companies that SIMs of the accounts of a tree can go to: the main account, and those below it.
pub fn tree_targets(
    conn: &mut PgConnection,
    tree: &TreeScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Target>> {
    let main = tree.main();
    let mut targets = transfer_targets(conn, main, search, limit)?;
    let named = lower_case(main.company_name()).contains(&lower_case(search.trim()));
    if named && !main.is_suspended() {
        let (uid, name) = (main.company_uid(), main.company_name().to_owned());
        targets.insert(0, Target { uid, name, path: String::new(), is_parent: true });
    }
    Ok(targets)
}
