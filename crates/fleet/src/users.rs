//! The users of the company in focus: the people who are members of it, and in which role. They become users by an
//! invitation (see [`crate::invitations`]).
//!
//! All of it needs [`Permission::PeopleManage`]. A company is never locked out: its last
//! administrator stays one.

mod administrators;
mod ways_in;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};

use crate::audit::{self, Action, Note};
use crate::companies;
use crate::error::{Error, Result};
use crate::ids::{ProfileId, UserId};
use crate::invitations;
use crate::password_links;
use crate::profiles::Grant;
use crate::saved_views;
use crate::schema::memberships;
use crate::sessions;
use crate::single_sign_on::exemptions;
use crate::tenancy::{self, CompanyScope, Permission, Permissions, Role, changing_rights, rights_in_words};

pub(crate) use ways_in::WAYS_IN;
pub use ways_in::WaysIn;

/// Users on one page.
const PAGE: usize = 50;

/// A member of the company in focus.
#[derive(Debug, Clone, QueryableByName)]
pub struct User {
    /// The person's id.
    #[diesel(sql_type = BigInt)]
    pub id: UserId,
    /// How the person is called.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Where the person signs in with.
    #[diesel(sql_type = Text)]
    pub email: String,
    /// The role in this company, if the person has one.
    #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
    pub role: Option<Role>,
    /// The profiles that the person holds here.
    #[diesel(sql_type = Array<BigInt>)]
    pub profiles: Vec<ProfileId>,
    #[diesel(sql_type = Array<Text>)]
    profile_names: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    profile_permissions: Vec<String>,
    /// Since when the person is a member.
    #[diesel(sql_type = Timestamptz)]
    pub member_since: DateTime<Utc>,
    /// What the person can sign in with.
    #[diesel(embed)]
    pub ways_in: WaysIn,
    /// Whether the person has a second factor.
    #[diesel(sql_type = Bool)]
    pub has_second_factor: bool,
    /// Whether an authenticator app is one.
    #[diesel(sql_type = Bool)]
    pub has_app: bool,
}

impl User {
    /// The role and the profiles, as people read them.
    pub fn rights(&self) -> String {
        rights_in_words(self.role, &self.profile_names)
    }

    /// All that the person may do in this company.
    pub fn permissions(&self) -> Permissions {
        let of_profiles = Permissions::of_words(self.profile_permissions.iter().map(String::as_str));
        Permissions::from(self.role).with(of_profiles)
    }

    fn is_administrator(&self) -> bool {
        self.role == Some(Role::Administrator)
    }

    /// Whether the person joined within the last minute: a list marks them.
    pub fn is_new(&self) -> bool {
        Utc::now() - self.member_since < TimeDelta::minutes(1)
    }
}

const SELECT: &str = "SELECT u.id, u.name, u.email, m.role, m.created_at AS member_since, \
        held.profiles, held.profile_names, held.profile_permissions, \
        u.has_second_factor, \
        EXISTS (SELECT FROM totp_secrets t WHERE t.user_id = u.id) AS has_app";
const FROM: &str = "FROM memberships m JOIN users u ON u.id = m.user_id CROSS JOIN LATERAL (SELECT \
        coalesce(array_agg(p.id ORDER BY lower(p.name)), '{}') AS profiles, \
        coalesce(array_agg(p.name ORDER BY lower(p.name)), '{}') AS profile_names, \
        string_to_array(coalesce(string_agg(array_to_string(p.permissions, ' '), ' '), ''), ' ') AS profile_permissions \
        FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
        WHERE h.user_id = m.user_id AND h.company_id = m.company_id) AS held";

/// Which users to list: a part of the name or e-mail, and the user next to whom the page lies.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A part of the name or the e-mail, in any letter case; empty finds all.
    pub search: String,
    /// The page begins after this user.
    pub after: Option<UserId>,
    /// The page ends before this user.
    pub before: Option<UserId>,
}

/// A page of users, by name.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The users.
    pub users: Vec<User>,
    /// The page before this one ends before this user.
    pub before: Option<UserId>,
    /// The page after this one begins after this user.
    pub after: Option<UserId>,
}

/// A page of the users of the company in focus.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope, wanted: &Wanted) -> Result<Listed> {
    scope.require(Permission::PeopleManage)?;
    // A place is a member's name: one who is no member any more, or never was, is no place.
    let place = match wanted.before.or(wanted.after) {
        Some(id) => match find(conn, scope, id) {
            Err(Error::NotFound) => None,
            found => Some(found?),
        },
        None => None,
    };
    let backwards = wanted.before.is_some() && place.is_some();
    let (beyond, order) = if backwards { ("<", "DESC") } else { (">", "ASC") };
    let pattern = companies::search_pattern(&wanted.search);
    // First who is on the page: the rest is asked of no one else.
    let query = diesel::sql_query(format!(
        "{SELECT}, {WAYS_IN} {FROM} WHERE m.company_id = $1 AND m.user_id = ANY(ARRAY(SELECT m.user_id \
             FROM memberships m JOIN users u ON u.id = m.user_id \
             WHERE m.company_id = $1 AND (lower(u.name) LIKE $2 OR u.email LIKE $2) \
                 AND ($3 IS NULL OR (lower(u.name), u.id) {beyond} (lower($3), $4)) \
             ORDER BY lower(u.name) {order}, u.id {order} LIMIT {})) \
         ORDER BY lower(u.name) {order}, u.id {order}",
        PAGE + 1
    ))
    .bind::<BigInt, _>(scope.company_id())
    .bind::<Text, _>(pattern)
    .bind::<Nullable<Text>, _>(place.as_ref().map(|user| user.name.as_str()))
    .bind::<Nullable<BigInt>, _>(place.as_ref().map(|user| user.id));
    let mut found: Vec<User> = tenancy::beyond(conn, |conn| query.load(conn))?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    if backwards {
        found.reverse();
    }
    let (first, last) = (found.first().map(|user| user.id), found.last().map(|user| user.id));
    Ok(Listed {
        users: found,
        before: first.filter(|_| if backwards { more } else { place.is_some() }),
        after: last.filter(|_| if backwards { true } else { more }),
    })
}

/// One user of the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<User> {
    scope.require(Permission::PeopleManage)?;
    found(conn, scope, id)
}

fn found(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<User> {
    let query =
        diesel::sql_query(format!("{SELECT}, {WAYS_IN} {FROM} WHERE m.company_id = $1 AND m.user_id = $2"))
            .bind::<BigInt, _>(scope.company_id())
            .bind::<BigInt, _>(id);
    Ok(tenancy::beyond(conn, |conn| query.get_result(conn))?)
}

/// Gives a user another role, and other profiles.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, id: UserId, grant: &Grant) -> Result<User> {
    changing_rights(conn, scope, |conn, scope| {
        let user = find(conn, scope, id)?;
        let permissions = grant.permissions(conn, scope.company_id())?;
        scope.require_to_grant(user.permissions().with(permissions))?;
        if grant.role != Some(Role::Administrator) {
            administrators::require_another(conn, scope, &user)?;
            exemptions::require_another(conn, scope, id)?;
        }
        grant.give(conn, scope.company_id(), id)?;
        if !user.permissions().without(permissions).is_empty() {
            invitations::revoke_all_of(conn, scope.company_id(), &[id])?;
        }
        // The person may be the one who acts, and may not look any more.
        let changed = found(conn, scope, id)?;
        Note::of(Action::RightsChanged, audit::called(&user.name, &user.email))
            .from_to("rights", user.rights(), changed.rights())
            .write(conn, scope)?;
        Ok(changed)
    })
}

/// Ends a user's membership in the company in focus; in others they stay what they are.
pub fn destroy(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<User> {
    changing_rights(conn, scope, |conn, scope| {
        let user = find(conn, scope, id)?;
        scope.require_to_grant(user.permissions())?;
        administrators::require_another(conn, scope, &user)?;
        exemptions::require_another(conn, scope, id)?;
        let elsewhere = memberships::table.filter(memberships::user_id.eq(id));
        let works_elsewhere: bool = tenancy::beyond(conn, |conn| {
            diesel::delete(memberships::table.find((id, scope.company_id()))).execute(conn)?;
            diesel::select(diesel::dsl::exists(elsewhere)).get_result(conn)
        })?;
        saved_views::forget_own(conn, scope, id)?;
        invitations::revoke_all_of(conn, scope.company_id(), &[id])?;
        if !works_elsewhere {
            password_links::end_all(conn, id)?;
            // Whoever works for others goes on for those: this membership is read anew by each request, and is gone.
            sessions::delete_all(conn, id)?;
        }
        Note::of(Action::MemberRemoved, audit::called(&user.name, &user.email))
            .without("rights", user.rights())
            .write(conn, scope)?;
        Ok(user)
    })
}
