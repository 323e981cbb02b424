//! What the person does who was invited. Whoever has the link is asked nothing else about it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::dsl::{now, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use crate::audit::{self, Action, Note};
use crate::companies::{self, Name};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, InvitationId, ProfileId, UserId};
use crate::password_links::hash;
use crate::people::{self, Email};
use crate::profiles::Grant;
use crate::schema::{companies as company, invitations, memberships, users};
use crate::tenancy::{self, Role, rights_in_words};

const PROFILE_NAMES: &str = "ARRAY(SELECT p.name FROM profiles p WHERE p.company_id = invitations.company_id \
    AND p.id = ANY(invitations.profile_ids) ORDER BY lower(p.name))";

/// What somebody is asked.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = invitations, check_for_backend(diesel::pg::Pg))]
pub struct Asked {
    id: InvitationId,
    company_id: CompanyId,
    invited_by: UserId,
    /// The company that asks, as it is named in addresses.
    #[diesel(select_expression = company::uid)]
    pub company_uid: CompanyUid,
    /// The company that asks.
    #[diesel(select_expression = company::name)]
    pub company: String,
    /// The person who asks in its name.
    #[diesel(select_expression = users::name)]
    pub inviter: String,
    /// Who is asked.
    pub email: String,
    role: Option<Role>,
    profile_ids: Vec<ProfileId>,
    #[diesel(select_expression = sql::<Array<Text>>(PROFILE_NAMES))]
    #[diesel(select_expression_type = SqlLiteral<Array<Text>>)]
    profile_names: Vec<String>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    accepted_by: Option<UserId>,
}

/// What the holder of the link with this token is asked. [`Error::NotFound`] if it leads nowhere: it never was, has
/// expired, was revoked or accepted, or whoever sent it could not give that any more.
///
/// Somebody who has accepted it finds it once more, as [`Asked::accepted_by`] says.
pub fn holder(conn: &mut PgConnection, token: &str) -> Result<Asked> {
    let asked: Asked = invitations::table
        .inner_join(company::table)
        .inner_join(users::table.on(users::id.eq(invitations::invited_by)))
        .filter(invitations::token_hash.eq(hash(token)))
        .filter(invitations::expires_at.gt(now))
        .filter(invitations::revoked_at.is_null())
        .select(Asked::as_select())
        .first(conn)?;
    if asked.accepted_by.is_none() {
        require_inviter(conn, &asked)?;
    }
    Ok(asked)
}

impl Asked {
    /// The role and the profiles that are offered, as people read them.
    pub fn rights(&self) -> String {
        rights_in_words(self.role, &self.profile_names)
    }

    fn grant(&self) -> Grant {
        Grant { role: self.role, profiles: self.profile_ids.clone() }
    }

    /// Who has accepted it, if somebody has.
    pub fn accepted_by(&self) -> Option<UserId> {
        self.accepted_by
    }
}

/// Makes a sign-in for the address that was invited, and accepts. Nothing is done, and nothing said, where somebody
/// signs in with it already: they accept after they have signed in.
pub fn enrol(
    conn: &mut PgConnection,
    token: &str,
    name: &Name,
    password_hash: &str,
    from: Option<IpAddr>,
) -> Result<()> {
    conn.transaction(|conn| {
        let asked = open(conn, token)?;
        if let Some(user) = people::insert_new(conn, &asked.email, name, password_hash)? {
            join(conn, &asked, user, from)?;
            audit::note_person(conn, user, Action::PasswordSet, from)?;
        }
        Ok(())
    })
}

/// Makes the person who is signed in a user of the company that asks.
///
/// [`Error::Refused`] for anybody but the person who was asked.
pub fn accept(conn: &mut PgConnection, token: &str, user: UserId, from: Option<IpAddr>) -> Result<Asked> {
    conn.transaction(|conn| {
        let asked = open(conn, token)?;
        if !is_for(conn, &asked, user)? {
            return Err(Error::refused("This invitation is for somebody else. Nothing was done."));
        }
        join(conn, &asked, user, from)?;
        Ok(asked)
    })
}

/// Makes the person a user of the company if an invitation to their address waits for an answer, and says whether. For whoever
/// has shown otherwise than by its link that the address is theirs; the company must be locked.
pub(crate) fn accept_by_address(
    conn: &mut PgConnection,
    company: CompanyId,
    email: &Email,
    user: UserId,
    from: Option<IpAddr>,
) -> Result<bool> {
    let waiting: Option<Asked> = invitations::table
        .inner_join(company::table)
        .inner_join(users::table.on(users::id.eq(invitations::invited_by)))
        .filter(invitations::company_id.eq(company))
        .filter(invitations::email.eq(email.as_str()))
        .filter(invitations::expires_at.gt(now))
        .filter(invitations::revoked_at.is_null())
        .filter(invitations::accepted_at.is_null())
        .select(Asked::as_select())
        .for_update()
        .first(conn)
        .optional()?;
    let Some(asked) = waiting else { return Ok(false) };
    if require_inviter(conn, &asked).is_err() {
        return Ok(false);
    }
    join(conn, &asked, user, from)?;
    Ok(true)
}

/// What is asked, as long as this transaction runs: nobody else answers, and whoever sent it keeps their rights.
fn open(conn: &mut PgConnection, token: &str) -> Result<Asked> {
    let company: CompanyId = invitations::table
        .filter(invitations::token_hash.eq(hash(token)))
        .select(invitations::company_id)
        .first(conn)?;
    companies::lock(conn, company)?;
    invitations::table
        .filter(invitations::token_hash.eq(hash(token)))
        .filter(invitations::accepted_at.is_null())
        .select(invitations::id)
        .for_update()
        .first::<InvitationId>(conn)?;
    holder(conn, token)
}

fn is_for(conn: &mut PgConnection, asked: &Asked, user: UserId) -> Result<bool> {
    Ok(people::find(conn, user)?.email.to_lowercase() == asked.email)
}

fn require_inviter(conn: &mut PgConnection, asked: &Asked) -> Result<()> {
    let scope = tenancy::enter_unattended(conn, asked.invited_by, asked.company_uid)?;
    asked
        .grant()
        .permissions(conn, asked.company_id)
        .and_then(|permissions| scope.require_to_grant(permissions))
        .map_err(|_| Error::NotFound)
}

fn join(conn: &mut PgConnection, asked: &Asked, user: UserId, from: Option<IpAddr>) -> Result<()> {
    let there = memberships::table.find((user, asked.company_id));
    // Somebody may have become a user in another way meanwhile: what they are stays.
    if !diesel::select(diesel::dsl::exists(there)).get_result::<bool>(conn)? {
        people::insert_membership(conn, user, asked.company_id, asked.role)?;
        asked.grant().give(conn, asked.company_id, user)?;
    }
    diesel::update(invitations::table.find(asked.id))
        .set((invitations::accepted_at.eq(now), invitations::accepted_by.eq(user)))
        .execute(conn)?;
    Note::of(Action::InvitationAccepted, &asked.email).with("rights", asked.rights()).write_as(
        conn,
        asked.company_id,
        Some(user),
        from,
    )
}
