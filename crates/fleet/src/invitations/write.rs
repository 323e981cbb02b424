//! Inviting, sending again, and taking back.

use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::{DAYS, Invitation, answered, find};
use crate::audit::{Action, Note};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{CompanyId, InvitationUid, UserId};
use crate::outbox::{self, Letter};
use crate::password_links::hash;
use crate::people::{Email, lower};
use crate::profiles::{self, Grant};
use crate::schema::{invitations, memberships, users};
use crate::tenancy::{CompanyScope, changing_rights};

/// The most invitations that are removed at once.
const PURGED_AT_ONCE: i64 = 5_000;

/// Who is to be asked, and what for.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Who.
    pub email: Email,
    /// What they are to be given in the company in focus.
    pub grant: Grant,
}

/// Invites somebody with `token` as their link. The letter that `write` makes of it goes into the outbox; it makes none
/// where the link is shown to whoever invites. Nothing is done where it fails.
pub fn create(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewInvitation,
    token: &str,
    write: impl FnOnce(&Invitation) -> Result<Option<Letter>>,
) -> Result<Invitation> {
    let email = new.email.as_str();
    changing_rights(conn, scope, |conn, scope| {
        scope.require_to_grant(new.grant.permissions(conn, scope.company_id())?)?;
        // Its own people are no secret of the company.
        let member = memberships::table
            .inner_join(users::table)
            .filter(memberships::company_id.eq(scope.company_id()))
            .filter(lower(users::email).eq(email))
            .select(memberships::user_id);
        if diesel::select(diesel::dsl::exists(member)).get_result(conn)? {
            let company = scope.company_name();
            return Err(Error::invalid(
                "email",
                format!("This is the address of a user of {company} already."),
            ));
        }
        let expired = invitations::table
            .filter(invitations::company_id.eq(scope.company_id()))
            .filter(invitations::email.eq(email))
            .filter(invitations::accepted_at.is_null())
            .filter(invitations::revoked_at.is_null())
            .filter(invitations::expires_at.le(now));
        diesel::delete(expired).execute(conn)?;
        let uid: InvitationUid = diesel::insert_into(invitations::table)
            .values((
                invitations::uid.eq(Uuid::now_v7()),
                invitations::company_id.eq(scope.company_id()),
                invitations::email.eq(email),
                invitations::role.eq(new.grant.role),
                invitations::profile_ids.eq(&new.grant.profiles),
                invitations::token_hash.eq(hash(token)),
                invitations::invited_by.eq(scope.user()),
                invitations::expires_at.eq(in_time()),
            ))
            .returning(invitations::uid)
            .get_result(conn)
            .map_err(|error| match broken_constraint(&error) {
                Some("invitations_open") => Error::invalid(
                    "email",
                    "This address has an invitation that waits for an answer. Send that one again, or revoke it.",
                ),
                _ => error.into(),
            })?;
        sent(conn, scope, uid, write)
    })
}

/// Sends an invitation once more, with `token` as its link from now on: the one before leads nowhere any more.
pub fn resend(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: InvitationUid,
    token: &str,
    write: impl FnOnce(&Invitation) -> Result<Option<Letter>>,
) -> Result<Invitation> {
    changing_rights(conn, scope, |conn, scope| {
        let invitation = open(conn, scope, uid)?;
        scope.require_to_grant(invitation.grant().permissions(conn, scope.company_id())?)?;
        diesel::update(own(scope, uid))
            .set((
                invitations::token_hash.eq(hash(token)),
                invitations::invited_by.eq(scope.user()),
                invitations::sent_at.eq(now),
                invitations::expires_at.eq(in_time()),
            ))
            .execute(conn)?;
        sent(conn, scope, uid, write)
    })
}

fn sent(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: InvitationUid,
    write: impl FnOnce(&Invitation) -> Result<Option<Letter>>,
) -> Result<Invitation> {
    let invitation = find(conn, scope, uid)?;
    Note::of(Action::Invited, &invitation.email).with("rights", invitation.rights()).write(conn, scope)?;
    let letter =
        write(&invitation)?.map(|letter| outbox::queue(conn, &invitation.email, &letter)).transpose()?;
    diesel::update(own(scope, uid)).set(invitations::letter.eq(letter)).execute(conn)?;
    Ok(invitation)
}

/// Takes an invitation back: its link leads nowhere any more.
pub fn revoke(conn: &mut PgConnection, scope: &CompanyScope, uid: InvitationUid) -> Result<Invitation> {
    changing_rights(conn, scope, |conn, scope| {
        let invitation = open(conn, scope, uid)?;
        // A profile that is gone gives nothing, and must not keep the rest from being taken back.
        scope.require_to_grant(profiles::preview(conn, scope, &invitation.grant())?)?;
        diesel::update(own(scope, uid)).set(invitations::revoked_at.eq(now)).execute(conn)?;
        Note::of(Action::InvitationRevoked, &invitation.email).write(conn, scope)?;
        Ok(invitation)
    })
}

/// Takes back what people have sent who have lost rights in the company.
pub(crate) fn revoke_all_of(conn: &mut PgConnection, company: CompanyId, users: &[UserId]) -> Result<()> {
    let own = invitations::table
        .filter(invitations::company_id.eq(company))
        .filter(invitations::invited_by.eq_any(users))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null());
    diesel::update(own).set(invitations::revoked_at.eq(now)).execute(conn)?;
    Ok(())
}

/// An invitation to the company in focus that was neither accepted nor revoked, and is not until this transaction ends.
fn open(conn: &mut PgConnection, scope: &CompanyScope, uid: InvitationUid) -> Result<Invitation> {
    own(scope, uid).select(invitations::id).for_update().first::<i64>(conn)?;
    let invitation = find(conn, scope, uid)?;
    if invitation.is_open() { Ok(invitation) } else { Err(answered(&invitation)) }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn own(scope: &CompanyScope, uid: InvitationUid) -> _ {
    let company: CompanyId = scope.company_id();
    invitations::table.filter(invitations::company_id.eq(company)).filter(invitations::uid.eq(uid))
}

fn in_time() -> diesel::expression::SqlLiteral<diesel::sql_types::Timestamptz> {
    diesel::dsl::sql(&format!("now() + interval '{DAYS} days'"))
}

/// Removes invitations whose time was over 90 days ago, at most some thousand at once, and says how many.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const SQL: &str = "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations \
         WHERE expires_at < now() - interval '90 days' LIMIT $1 FOR UPDATE SKIP LOCKED)";
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(PURGED_AT_ONCE).execute(conn)?)
}
