//! Subaccounts as a search box finds them.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::characters::lower_case;
use crate::error::Result;
use crate::ids::CompanyUid;
use crate::tenancy::{CompanyScope, Permission};

/// A subaccount that was found.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Found {
    /// Its name in addresses.
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub uid: CompanyUid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// What the parent knows it by elsewhere.
    #[diesel(sql_type = Nullable<Text>)]
    pub external_id: Option<String>,
}

/// The subaccounts of the active company whose name or external ID begins with `text`; none for whom they are not shown.
pub fn search(conn: &mut PgConnection, scope: &CompanyScope, text: &str, limit: i64) -> Result<Vec<Found>> {
    const SQL: &str = "(SELECT uid, name, external_id, lower(name) COLLATE \"C\" AS key FROM companies \
             WHERE parent_id = $1 AND lower(name) COLLATE \"C\" >= $2 AND lower(name) COLLATE \"C\" < $3 \
             ORDER BY lower(name) COLLATE \"C\" LIMIT $4) \
         UNION \
         (SELECT uid, name, external_id, lower(name) COLLATE \"C\" FROM companies \
             WHERE parent_id = $1 AND external_id IS NOT NULL \
             AND lower(external_id) COLLATE \"C\" >= $2 AND lower(external_id) COLLATE \"C\" < $3 \
             ORDER BY lower(external_id) COLLATE \"C\" LIMIT $4) \
         ORDER BY key LIMIT $4";
    let text = lower_case(text.trim()).replace('\0', "");
    if text.is_empty() || !scope.subaccounts_enabled() || !scope.allows(Permission::SubaccountsView) {
        return Ok(Vec::new());
    }
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Text, _>(&text)
        .bind::<Text, _>(format!("{text}{}", char::MAX))
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}
