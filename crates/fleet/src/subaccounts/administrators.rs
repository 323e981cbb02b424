//! Who administers which subaccount, that is, manages its people, by whatever role or profile: all of them on one screen, for
//! whoever manages subaccounts.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid};

use super::require;
use crate::companies::search_pattern;
use crate::error::Result;
use crate::ids::{CompanyUid, UserId};
use crate::tenancy::{self, CompanyScope, Permission, Role, rights_in_words};
use crate::users::{WAYS_IN, WaysIn};

/// Rows on one page.
const PAGE: usize = 50;

/// A person who administers a subaccount.
#[derive(Debug, Clone, QueryableByName)]
pub struct Administrator {
    /// The subaccount.
    #[diesel(sql_type = Uuid)]
    pub subaccount: CompanyUid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub subaccount_name: String,
    /// The person's id.
    #[diesel(sql_type = BigInt)]
    pub user: UserId,
    /// How the person is called.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Where the person signs in with.
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
    role: Option<Role>,
    #[diesel(sql_type = Array<Text>)]
    profiles: Vec<String>,
    /// What the person can sign in with.
    #[diesel(embed)]
    pub ways_in: WaysIn,
    /// Since when the person is a user of the subaccount.
    #[diesel(sql_type = Timestamptz)]
    pub since: DateTime<Utc>,
}

impl Administrator {
    /// The role and the profiles in the subaccount, as people read them.
    pub fn rights(&self) -> String {
        rights_in_words(self.role, &self.profiles)
    }
}

/// A row, as the place next to which a page lies: a subaccount's name, which is unique among its siblings, and a user.
pub type Place = (String, UserId);

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct WantedAdministrators {
    /// A part of the subaccount's name, or of the person's name or e-mail, in any letter case; empty finds all.
    pub search: String,
    /// The page begins after this row.
    pub after: Option<Place>,
    /// The page ends before this row.
    pub before: Option<Place>,
}

/// A page of administrators, by subaccount.
#[derive(Debug, Clone)]
pub struct Administrators {
    /// The rows.
    pub rows: Vec<Administrator>,
    /// Whether there are more before these.
    pub has_previous: bool,
    /// Whether there are more behind these.
    pub has_next: bool,
}

/// The profiles of a member.
const HELD: &str = "FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
     WHERE h.company_id = m.company_id AND h.user_id = m.user_id";

/// A page of those who administer the subaccounts of the company in focus.
pub fn administrators(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    wanted: &WantedAdministrators,
) -> Result<Administrators> {
    require(scope, Permission::SubaccountsManage)?;
    let backwards = wanted.before.is_some();
    let place = wanted.before.as_ref().or(wanted.after.as_ref());
    let (beyond, order) = if backwards { ("<", "DESC") } else { (">", "ASC") };
    // The condition is written as the index on the names of siblings has it, which serves the order too.
    let query = diesel::sql_query(format!(
        "SELECT c.uid AS subaccount, c.name AS subaccount_name, u.id AS user, u.name, u.email, m.role, \
                ARRAY(SELECT p.name {HELD} ORDER BY lower(p.name)) AS profiles, \
                {WAYS_IN}, m.created_at AS since \
         FROM companies c JOIN memberships m ON m.company_id = c.id \
         JOIN users u ON u.id = m.user_id \
         WHERE coalesce(c.parent_id, 0) = $1 \
             AND (m.role = 'administrator' OR EXISTS (SELECT {HELD} AND $5 = ANY(p.permissions))) \
             AND (lower(c.name) LIKE $2 OR lower(u.name) LIKE $2 OR u.email LIKE $2) \
             AND ($3 IS NULL OR (lower(c.name), m.user_id) {beyond} (lower($3), $4)) \
         ORDER BY lower(c.name) {order}, m.user_id {order} LIMIT {}",
        PAGE + 1
    ))
    .bind::<BigInt, _>(scope.company_id())
    .bind::<Text, _>(search_pattern(&wanted.search))
    .bind::<Nullable<Text>, _>(place.map(|(name, _)| name.replace('\0', "")))
    .bind::<Nullable<BigInt>, _>(place.map(|(_, user)| *user))
    .bind::<Text, _>(Permission::PeopleManage.as_str());
    let mut rows: Vec<Administrator> = tenancy::beyond(conn, |conn| query.load(conn))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if backwards {
        rows.reverse();
        return Ok(Administrators { rows, has_previous: more, has_next: true });
    }
    Ok(Administrators { rows, has_previous: place.is_some(), has_next: more })
}
