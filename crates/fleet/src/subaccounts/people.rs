//! Who can be made administrator of a new subaccount: the people of the company that creates it.

use diesel::PgConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::require;
use crate::companies::search_pattern;
use crate::error::Result;
use crate::ids::UserId;
use crate::people::lower;
use crate::schema::{memberships, users};
use crate::tenancy::{CompanyScope, Permission};

/// A person who can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Candidate {
    /// The person's id.
    pub id: UserId,
    /// How the person is called.
    pub name: String,
    /// Where the person signs in with.
    pub email: String,
}

/// The people of the company in focus whose name or e-mail contains `search`, at most `limit`.
pub fn candidates(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Candidate>> {
    require(scope, Permission::SubaccountsManage)?;
    let pattern = search_pattern(search);
    Ok(memberships::table
        .inner_join(users::table)
        .filter(memberships::company_id.eq(scope.company_id()))
        .filter(
            sql::<Bool>("(lower(users.name) LIKE ")
                .bind::<Text, _>(pattern.clone())
                .sql(" OR lower(users.email) LIKE ")
                .bind::<Text, _>(pattern)
                .sql(")"),
        )
        .order((lower(users::name), users::id))
        .limit(limit)
        .select((users::id, users::name, users::email))
        .load(conn)?)
}

/// Those of `chosen` who are people of the company in focus, in the order in which they were chosen.
pub fn candidates_of(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    chosen: &[UserId],
) -> Result<Vec<Candidate>> {
    require(scope, Permission::SubaccountsManage)?;
    let mut found: Vec<Candidate> = memberships::table
        .inner_join(users::table)
        .filter(memberships::company_id.eq(scope.company_id()))
        .filter(memberships::user_id.eq_any(chosen))
        .select((users::id, users::name, users::email))
        .load(conn)?;
    found.sort_by_key(|person| chosen.iter().position(|id| *id == person.id));
    Ok(found)
}
