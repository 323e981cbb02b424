//! Profiles: rights that a company puts together under a name, for its own people.
//!
//! A member holds a role that is built in, any number of profiles, or both; what they may do is all of it together. It is read
//! with the membership, by the same query (see [`crate::tenancy`]). Nobody gives a right that they lack, whether to a person, in a
//! profile, or by an invitation, and nobody changes what holds a right that they lack.

mod grant;
mod write;

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use crate::error::Result;
use crate::ids::ProfileId;
use crate::tenancy::{CompanyScope, Permission, Permissions};

pub use grant::{Grant, preview};
pub use write::{NewProfile, create, destroy, update};

/// The most profiles of a company.
pub const LIMIT: i64 = 100;

/// A profile of the company in focus.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// Its name.
    pub name: String,
    /// What it gives.
    pub permissions: Permissions,
    /// How many people hold it.
    pub holders: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ProfileId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Array<Text>)]
    permissions: Vec<String>,
    #[diesel(sql_type = BigInt)]
    holders: i64,
}

impl From<Row> for Profile {
    fn from(row: Row) -> Self {
        let permissions = Permissions::of_words(row.permissions.iter().map(String::as_str));
        Self { id: row.id, name: row.name, permissions, holders: row.holders }
    }
}

const SELECT: &str = "SELECT p.id, p.name, p.permissions, \
        (SELECT count(*) FROM membership_profiles h WHERE h.company_id = p.company_id AND h.profile_id = p.id) AS holders \
    FROM profiles p WHERE p.company_id = $1";

/// The profiles of the company in focus, by name.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Profile>> {
    scope.require(Permission::PeopleManage)?;
    let found: Vec<Row> = diesel::sql_query(format!("{SELECT} ORDER BY lower(p.name)"))
        .bind::<BigInt, _>(scope.company_id())
        .load(conn)?;
    Ok(found.into_iter().map(Profile::from).collect())
}

/// One profile of the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, id: ProfileId) -> Result<Profile> {
    scope.require(Permission::PeopleManage)?;
    let found: Row = diesel::sql_query(format!("{SELECT} AND p.id = $2"))
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(id)
        .get_result(conn)?;
    Ok(found.into())
}
