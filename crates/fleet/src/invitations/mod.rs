//! Invitations: somebody is asked to become a user of the company in focus.
//!
//! Who invites learns nothing about the address: what is answered, stored and sent is the same whether or not somebody
//! signs in with it. The person decides: they become a user by accepting, as whoever signs in with that very
//! address, or by making themselves a sign-in for it with the link (`acceptance`).
//!
//! A link works for [`DAYS`] days and once. It gives what its sender could give at the moment that it is accepted: an
//! invitation stands and falls with the rights of whoever sent it last.

mod acceptance;
mod write;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid};

use crate::companies;
use crate::error::{Error, Result};
use crate::ids::{InvitationId, InvitationUid, ProfileId};
use crate::outbox::{self, Undelivered};
use crate::profiles::Grant;
use crate::tenancy::{CompanyScope, Permission, Role, rights_in_words};

pub(crate) use acceptance::accept_by_address;
pub use acceptance::{Asked, accept, enrol, holder};
pub(crate) use write::revoke_all_of;
pub use write::{NewInvitation, create, purge, resend, revoke};

/// For how many days a link leads somewhere.
pub const DAYS: i32 = 7;
/// Invitations on one page.
const PAGE: usize = 50;

/// What has become of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The person has not answered yet.
    Waiting,
    /// The person has become a user.
    Accepted,
    /// The person has not answered in time.
    Expired,
    /// It was taken back.
    Revoked,
}

/// An invitation to the company in focus.
#[derive(Debug, Clone, QueryableByName)]
pub struct Invitation {
    #[diesel(sql_type = BigInt)]
    id: InvitationId,
    /// Its public id.
    #[diesel(sql_type = Uuid)]
    pub uid: InvitationUid,
    /// Who is asked.
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
    role: Option<Role>,
    #[diesel(sql_type = Array<BigInt>)]
    profile_ids: Vec<ProfileId>,
    #[diesel(sql_type = Array<Text>)]
    profile_names: Vec<String>,
    /// The name of who sent it last.
    #[diesel(sql_type = Text)]
    pub invited_by: String,
    /// When it was sent last.
    #[diesel(sql_type = Timestamptz)]
    pub sent_at: DateTime<Utc>,
    /// Until when its link leads somewhere.
    #[diesel(sql_type = Timestamptz)]
    pub expires_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    accepted_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Uuid>)]
    letter: Option<uuid::Uuid>,
}

impl Invitation {
    /// The role and the profiles, as people read them.
    pub fn rights(&self) -> String {
        rights_in_words(self.role, &self.profile_names)
    }

    fn grant(&self) -> Grant {
        Grant { role: self.role, profiles: self.profile_ids.clone() }
    }

    /// What has become of it.
    pub fn state(&self) -> State {
        if self.accepted_at.is_some() {
            State::Accepted
        } else if self.revoked_at.is_some() {
            State::Revoked
        } else if self.expires_at <= Utc::now() {
            State::Expired
        } else {
            State::Waiting
        }
    }

    /// Whether it can be sent again or taken back.
    pub fn is_open(&self) -> bool {
        matches!(self.state(), State::Waiting | State::Expired)
    }
}

const SELECT: &str = "SELECT i.id, i.uid, i.email, i.role, i.profile_ids, \
        ARRAY(SELECT p.name FROM profiles p WHERE p.company_id = i.company_id AND p.id = ANY(i.profile_ids) \
              ORDER BY lower(p.name)) AS profile_names, u.name AS invited_by, i.sent_at, i.expires_at, \
        i.accepted_at, i.revoked_at, i.letter \
    FROM invitations i JOIN users u ON u.id = i.invited_by";

/// Which invitations to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A part of the address, in any letter case; empty finds all.
    pub search: String,
    /// The page begins after this invitation.
    pub after: Option<InvitationId>,
    /// The page ends before this invitation.
    pub before: Option<InvitationId>,
}

/// A page of invitations, the newest first.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The invitations.
    pub invitations: Vec<Invitation>,
    /// The page before this one ends before this invitation.
    pub before: Option<InvitationId>,
    /// The page after this one begins after this invitation.
    pub after: Option<InvitationId>,
    undelivered: Vec<Undelivered>,
}

impl Listed {
    /// The letter of an invitation that waits for an answer, if it was not delivered, or is not yet.
    pub fn undelivered(&self, invitation: &Invitation) -> Option<&Undelivered> {
        let letter = invitation.letter.filter(|_| invitation.state() == State::Waiting)?;
        self.undelivered.iter().find(|one| one.uid == letter)
    }
}

/// A page of the invitations to the company in focus.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope, wanted: &Wanted) -> Result<Listed> {
    scope.require(Permission::PeopleManage)?;
    let backwards = wanted.before.is_some();
    let (beyond, order) = if backwards { (">", "ASC") } else { ("<", "DESC") };
    let place = wanted.before.or(wanted.after);
    let mut found: Vec<Invitation> = diesel::sql_query(format!(
        "{SELECT} WHERE i.company_id = $1 AND i.email LIKE $2 AND ($3 IS NULL OR i.id {beyond} $3) \
         ORDER BY i.id {order} LIMIT {}",
        PAGE + 1
    ))
    .bind::<BigInt, _>(scope.company_id())
    .bind::<Text, _>(companies::search_pattern(&wanted.search))
    .bind::<Nullable<BigInt>, _>(place)
    .load(conn)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    if backwards {
        found.reverse();
    }
    let (first, last) = (found.first().map(|one| one.id), found.last().map(|one| one.id));
    let letters: Vec<_> = found.iter().filter_map(|one| one.letter).collect();
    Ok(Listed {
        undelivered: outbox::undelivered(conn, &letters)?,
        invitations: found,
        before: first.filter(|_| if backwards { more } else { place.is_some() }),
        after: last.filter(|_| backwards || more),
    })
}

/// One invitation to the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: InvitationUid) -> Result<Invitation> {
    scope.require(Permission::PeopleManage)?;
    Ok(diesel::sql_query(format!("{SELECT} WHERE i.company_id = $1 AND i.uid = $2"))
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Uuid, _>(uid)
        .get_result(conn)?)
}

fn answered(invitation: &Invitation) -> Error {
    Error::refused(match invitation.state() {
        State::Accepted => {
            format!("{} has accepted this invitation already. Nothing was done.", invitation.email)
        }
        _ => format!("The invitation of {} was revoked already. Nothing was done.", invitation.email),
    })
}
