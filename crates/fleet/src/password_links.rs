//! One-time links with which a person sets a password. Only the SHA-256 of a link's token is kept.
//!
//! Whoever holds a link can become the person. So a link is made only by somebody who has every
//! right that it could give: who manages people in *each* company in which the person is a member, and may do there all
//! that the person may do.
//! An administrator of one company can't take over a person who also works for others.
//!
//! One exception keeps new people from being stuck: the person never had a password, and the
//! other companies all lie below this one and came later. Those memberships were given by this
//! company, when it made its subaccounts. For the same reason an invitation sets no password of somebody who is a user
//! of any company (see [`crate::invitations`]).
//!
//! The rule holds when the link is made, when it is looked at and when it is used: somebody may have lost rights since, or
//! the person may have got more.
//!
//! A link ends when it is used, when another is made, when the password is set in another way, and
//! when a person who has a password joins a further company.
//!
//! A link that went to the person's own mailbox ([`crate::password_resets`]) is apart from those that administrators
//! make: anybody can ask for one, so it ends no other, none but a new password ends it early, and nobody's rights are
//! compared.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use sha2::{Digest as _, Sha256};

use crate::audit::{self, Action};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, UserId};
use crate::people::{self, Person};
use crate::schema::{memberships, password_links, users};
use crate::tenancy::{self, CompanyScope, Permission, Permissions, Role};

/// For how many days a link leads somewhere.
pub const DAYS: i32 = 7;

pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Makes `token` the person's link, the only one, and says until when it is valid.
///
/// [`Error::BeyondOwnRights`] if the person works for a company that who asks does not administer.
pub fn create(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    id: UserId,
    token: &str,
) -> Result<DateTime<Utc>> {
    tenancy::changing_rights(conn, scope, |conn, scope| {
        if id == scope.user() {
            return Err(Error::refused("Change your own password in My profile."));
        }
        require_all_of(conn, scope, id, "make a new link")?;
        audit::note_to_person(conn, id, Action::PasswordLinkMade, Some(scope))?;
        insert(conn, scope, id, token)
    })
}

/// A member of the company in focus who may do nothing, in any of their companies, that who acts may not do there: the rule at
/// the top of this module. Locked. [`Error::BeyondOwnRights`] for another, with the words for what was to be done.
pub(crate) fn require_all_of(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    id: UserId,
    act: &str,
) -> Result<Person> {
    let person = member(conn, scope, id)?;
    if may_create(conn, scope, id)? {
        return Ok(person);
    }
    let words = format!(
        "{} may do what you may not, here or as a user of another company. Only somebody who administers all of them can {act}. Nothing was done.",
        person.name
    );
    Err(scope.beyond_own_rights(words))
}

/// A member of the company in focus, locked: as long as this transaction runs, the person joins
/// no other company.
fn member(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<Person> {
    let person = users::table.find(id).for_update().select(Person::as_select());
    let person = tenancy::beyond(conn, |conn| person.first(conn))?;
    memberships::table.find((id, scope.company_id())).select(memberships::user_id).first::<UserId>(conn)?;
    Ok(person)
}

/// What a person is in one company, and what somebody else is there.
#[derive(QueryableByName)]
struct Membership {
    #[diesel(sql_type = BigInt)]
    company_id: CompanyId,
    #[diesel(sql_type = Array<BigInt>)]
    lineage: Vec<CompanyId>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    has_password: bool,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
    role: Option<Role>,
    #[diesel(sql_type = Array<Text>)]
    profiles: Vec<String>,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
    own_role: Option<Role>,
    #[diesel(sql_type = Array<Text>)]
    own_profiles: Vec<String>,
}

impl Membership {
    /// Whether the other one manages people there, and may do all that the person may do.
    fn is_covered(&self) -> bool {
        let held = |role: Option<Role>, profiles: &[String]| {
            Permissions::from(role).with(Permissions::of_words(profiles.iter().map(String::as_str)))
        };
        let own = held(self.own_role, &self.own_profiles);
        own.contains(Permission::PeopleManage) && held(self.role, &self.profiles).without(own).is_empty()
    }

    /// Whether the company of `here` gave it: the exception at the top of this module.
    fn was_given_from(&self, here: &Self) -> bool {
        !self.has_password && self.lineage.contains(&here.company_id) && self.created_at > here.created_at
    }
}

/// The memberships of the person `id`, beside what `other` is there.
fn memberships_of(conn: &mut PgConnection, id: UserId, other: UserId) -> Result<Vec<Membership>> {
    const SQL: &str = "SELECT m.company_id, c.lineage, m.created_at, u.password_hash IS NOT NULL AS has_password, \
                m.role, mine.role AS own_role, \
                ARRAY(SELECT unnest(p.permissions) FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
                      WHERE h.company_id = m.company_id AND h.user_id = $1) AS profiles, \
                ARRAY(SELECT unnest(p.permissions) FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
                      WHERE h.company_id = m.company_id AND h.user_id = $2) AS own_profiles \
         FROM memberships m JOIN users u ON u.id = m.user_id JOIN companies c ON c.id = m.company_id \
         LEFT JOIN memberships mine ON mine.company_id = m.company_id AND mine.user_id = $2 \
         WHERE m.user_id = $1";
    let query = diesel::sql_query(SQL).bind::<BigInt, _>(id).bind::<BigInt, _>(other);
    Ok(tenancy::beyond(conn, |conn| query.load(conn))?)
}

/// Whether who asks may hold a link of this person; see the top of this module.
pub(crate) fn may_create(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<bool> {
    let all = memberships_of(conn, id, scope.user())?;
    let here = all.iter().find(|one| one.company_id == scope.company_id());
    Ok(all.iter().all(|one| one.is_covered() || here.is_some_and(|here| one.was_given_from(here))))
}

/// Whether `maker` could make a link of this person now, from whichever company.
fn may_still_create(conn: &mut PgConnection, maker: UserId, id: UserId) -> Result<bool> {
    let all = memberships_of(conn, id, maker)?;
    let (covered, others): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.is_covered());
    Ok(covered.iter().any(|here| others.iter().all(|one| one.was_given_from(here))))
}

/// Stores a link in the place of those that administrators made before.
pub(crate) fn insert(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    id: UserId,
    token: &str,
) -> Result<DateTime<Utc>> {
    let made_before = password_links::user_id.eq(id).and(password_links::by_mail.eq(false));
    let link = diesel::insert_into(password_links::table)
        .values((
            password_links::token_hash.eq(hash(token)),
            password_links::user_id.eq(id),
            password_links::created_by.eq(scope.user()),
            password_links::expires_at.eq(diesel::dsl::sql(&format!("now() + interval '{DAYS} days'"))),
        ))
        .returning(password_links::expires_at);
    Ok(tenancy::beyond(conn, |conn| {
        diesel::delete(password_links::table.filter(made_before)).execute(conn)?;
        link.get_result(conn)
    })?)
}

/// Ends all links of a person.
pub(crate) fn end_all(conn: &mut PgConnection, id: UserId) -> Result<()> {
    let all = password_links::table.filter(password_links::user_id.eq(id));
    tenancy::beyond(conn, |conn| diesel::delete(all).execute(conn))?;
    Ok(())
}

/// Ends the links that administrators made for a person who has a password.
pub(crate) fn end_resets(conn: &mut PgConnection, id: UserId) -> Result<()> {
    let resets = password_links::table
        .filter(password_links::user_id.eq(id))
        .filter(password_links::by_mail.eq(false))
        .filter(password_links::user_id.eq_any(users::table.filter(users::has_password).select(users::id)));
    tenancy::beyond(conn, |conn| diesel::delete(resets).execute(conn))?;
    Ok(())
}

/// The person whom the link with this token is for; [`Error::NotFound`] if it leads nowhere: it never was, has expired,
/// was used, or whoever made it could not make it any more.
pub fn holder(conn: &mut PgConnection, token: &str) -> Result<Person> {
    let (id, maker, by_mail) = password_links::table
        .filter(password_links::token_hash.eq(hash(token)))
        .filter(password_links::expires_at.gt(now))
        .select((password_links::user_id, password_links::created_by, password_links::by_mail))
        .first::<(UserId, UserId, bool)>(conn)?;
    if by_mail || may_still_create(conn, maker, id)? { people::find(conn, id) } else { Err(Error::NotFound) }
}

/// Uses the link up: sets the password that `password_hash` is of, and ends all links and all
/// sessions of the person. [`Error::NotFound`] if it leads nowhere; of two at once, one wins.
pub fn redeem(conn: &mut PgConnection, token: &str, password_hash: &str, from: Option<IpAddr>) -> Result<()> {
    conn.transaction(|conn| {
        let link = password_links::table.filter(password_links::token_hash.eq(hash(token)));
        link.select(password_links::user_id).for_update().first::<UserId>(conn)?;
        let person = holder(conn, token)?;
        people::set_password(conn, person.id, password_hash, from)
    })
}
