//! The second factor: what a person has besides their password. An authenticator app (`totp`), passkeys ([`passkeys`]), and
//! codes for the day that these are lost (`recovery_codes`).
//!
//! Who may change it: the person, with their password. An administrator can remove it for somebody who has lost it, under
//! the rule of [`crate::password_links`]: whoever could sign in as the person afterwards must have every right that this
//! gives, in *each* company that the person works for.

mod challenges;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod party;
pub mod passkeys;
mod recovery_codes;
mod seal;
mod totp;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::{self, Action, Note};
use crate::companies::Name;
use crate::error::{Error, Result};
use crate::ids::{PasskeyId, UserId};
use crate::password_links;
use crate::people::Person;
use crate::schema::{totp_secrets, users};
use crate::sealing::Sealer;
use crate::sessions;
use crate::tenancy::{self, CompanyScope, Permission};
use passkeys::Outcome;

pub use challenges::{Challenge, purge};
pub use party::Party;
pub use passkeys::Passkey;
pub use recovery_codes::{CODES, RecoveryCode};
pub use seal::hold_key;
pub use totp::{Proposal, propose, propose_again};

/// What a person has.
#[derive(Debug, Clone, Default)]
pub struct Factors {
    /// Since when they have an authenticator app, if they have one.
    pub app_since: Option<DateTime<Utc>>,
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<Passkey>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl Factors {
    /// Whether they have any.
    pub fn any(&self) -> bool {
        self.app_since.is_some() || !self.passkeys.is_empty()
    }
}

/// What a person has.
pub fn find(conn: &mut PgConnection, user: UserId) -> Result<Factors> {
    let app_since = totp_secrets::table.find(user).select(totp_secrets::created_at).first(conn).optional()?;
    let passkeys = passkeys::list(conn, user)?;
    Ok(Factors { app_since, passkeys, recovery_codes: recovery_codes::left(conn, user)? })
}

/// Whether a person has a second factor.
pub fn any(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    Ok(users::table.find(user).select(users::has_second_factor).first(conn)?)
}

/// Takes the app into use whose secret was proposed, once the person has shown with a code that it is set up. Gives the
/// recovery codes, if these are the person's first ones.
pub fn confirm_app(
    conn: &mut PgConnection,
    by: &Sealer,
    user: UserId,
    sealed: &str,
    code: &str,
    from: Option<IpAddr>,
) -> Result<Vec<RecoveryCode>> {
    conn.transaction(|conn| {
        lock(conn, user)?;
        totp::confirm(conn, by, user, sealed, code)?;
        audit::note_person(conn, user, Action::SecondFactorAdded, from)?;
        added(conn, user)
    })
}

/// Removes the authenticator app.
pub fn remove_app(conn: &mut PgConnection, user: UserId, from: Option<IpAddr>) -> Result<()> {
    conn.transaction(|conn| {
        lock(conn, user)?;
        if totp::remove(conn, user)? {
            audit::note_person(conn, user, Action::SecondFactorRemoved, from)?;
        }
        note_whether_any(conn, user)
    })
}

/// Stores the passkey that a device has made, as it was asked to under `asked`. Gives the recovery codes, if these are the
/// person's first ones.
pub fn add_passkey(
    conn: &mut PgConnection,
    party: &Party,
    user: UserId,
    asked: Option<Uuid>,
    name: &Name,
    answer: &str,
    from: Option<IpAddr>,
) -> Result<Vec<RecoveryCode>> {
    // Not part of what can fail below: an answer that was wrong is not tried again.
    let awaited = challenges::take(conn, Some(user), asked)?;
    conn.transaction(|conn| {
        lock(conn, user)?;
        passkeys::insert(conn, party, user, awaited, name, answer)?;
        audit::note_person(conn, user, Action::SecondFactorAdded, from)?;
        added(conn, user)
    })
}

/// Removes one of the person's passkeys.
pub fn remove_passkey(
    conn: &mut PgConnection,
    user: UserId,
    id: PasskeyId,
    from: Option<IpAddr>,
) -> Result<()> {
    conn.transaction(|conn| {
        lock(conn, user)?;
        passkeys::remove(conn, user, id)?;
        audit::note_person(conn, user, Action::SecondFactorRemoved, from)?;
        note_whether_any(conn, user)
    })
}

/// New recovery codes in the place of those before. [`Error::Refused`] without a second factor to recover from.
pub fn renew_codes(conn: &mut PgConnection, user: UserId, from: Option<IpAddr>) -> Result<Vec<RecoveryCode>> {
    conn.transaction(|conn| {
        lock(conn, user)?;
        let before = find(conn, user)?;
        if !before.any() {
            return Err(Error::refused("Set up a second factor first."));
        }
        let codes = recovery_codes::renew(conn, user)?;
        let note = Note::from(Action::RecoveryCodesRenewed);
        audit::note_person(conn, user, note.from_to("left", before.recovery_codes, codes.len()), from)?;
        Ok(codes)
    })
}

/// How a person has shown that they have their second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// With a code of the app.
    App,
    /// With a recovery code; so many are left.
    RecoveryCode(i64),
}

/// Takes a code that was typed, of the app or a recovery code. None if it is wrong, or was taken before.
pub fn prove(
    conn: &mut PgConnection,
    by: Option<&Sealer>,
    user: UserId,
    typed: &str,
    from: Option<IpAddr>,
) -> Result<Option<Proof>> {
    conn.transaction(|conn| {
        let proof = if totp::redeem(conn, by, user, typed)? {
            Some(Proof::App)
        } else if recovery_codes::redeem(conn, user, typed)? {
            audit::note_person(conn, user, Action::RecoveryCodeUsed, from)?;
            Some(Proof::RecoveryCode(recovery_codes::left(conn, user)?))
        } else {
            audit::note_person(conn, user, Action::SecondFactorWrong, from)?;
            None
        };
        Ok(proof)
    })
}

/// Takes the answer of one of the person's passkeys to what was asked under `asked`, and says whether it is right.
pub fn prove_with_passkey(
    conn: &mut PgConnection,
    party: &Party,
    user: UserId,
    asked: Option<Uuid>,
    answer: &str,
    from: Option<IpAddr>,
) -> Result<bool> {
    conn.transaction(|conn| {
        let awaited = challenges::take(conn, Some(user), asked)?;
        match passkeys::redeem(conn, party, awaited, answer)? {
            Outcome::Right(owner) if owner == user => return Ok(true),
            Outcome::Copied(owner) => audit::note_person(conn, owner, Action::PasskeyRefused, from)?,
            Outcome::Right(_) | Outcome::Wrong(_) => {
                audit::note_person(conn, user, Action::SecondFactorWrong, from)?;
            }
        }
        Ok(false)
    })
}

/// Whose passkey has answered what was asked of anybody under `asked`. None if the answer is wrong.
pub fn identify_by_passkey(
    conn: &mut PgConnection,
    party: &Party,
    asked: Option<Uuid>,
    answer: &str,
    from: Option<IpAddr>,
) -> Result<Option<UserId>> {
    conn.transaction(|conn| {
        let awaited = challenges::take(conn, None, asked)?;
        match passkeys::redeem(conn, party, awaited, answer)? {
            Outcome::Right(owner) => return Ok(Some(owner)),
            Outcome::Copied(owner) => audit::note_person(conn, owner, Action::PasskeyRefused, from)?,
            Outcome::Wrong(meant) => audit::note_failed_sign_in(conn, meant, from)?,
        }
        Ok(None)
    })
}

/// Removes the second factor of a user who has lost it, and ends their sessions. See the top of this module for who may.
pub fn reset(conn: &mut PgConnection, scope: &CompanyScope, id: UserId) -> Result<Person> {
    scope.require(Permission::PeopleManage)?;
    conn.transaction(|conn| {
        if id == scope.user() {
            return Err(Error::refused("Change your own second factor in My profile."));
        }
        let person = password_links::require_all_of(conn, scope, id, "remove the second factor")?;
        remove_all(conn, id, Some(scope))?;
        Ok(person)
    })
}

/// Removes what the person has, and ends their sessions. Who may do so is the caller's business. By nobody: somebody at the machine.
pub(crate) fn remove_all(conn: &mut PgConnection, user: UserId, by: Option<&CompanyScope>) -> Result<()> {
    tenancy::beyond(conn, |conn| {
        totp::remove(conn, user)?;
        passkeys::remove_all(conn, user)?;
        note_whether_any(conn, user)
    })?;
    audit::note_to_person(conn, user, Action::SecondFactorReset, by)?;
    sessions::delete_all(conn, user)
}

/// The person, whose factors nobody else changes as long as this transaction runs, and who joins no company meanwhile.
fn lock(conn: &mut PgConnection, user: UserId) -> Result<Person> {
    Ok(users::table.find(user).for_update().select(Person::as_select()).first(conn)?)
}

fn added(conn: &mut PgConnection, user: UserId) -> Result<Vec<RecoveryCode>> {
    note_whether_any(conn, user)?;
    if recovery_codes::left(conn, user)? > 0 { Ok(Vec::new()) } else { recovery_codes::renew(conn, user) }
}

/// Keeps the person's mark, and removes recovery codes that there is nothing to recover with.
fn note_whether_any(conn: &mut PgConnection, user: UserId) -> Result<()> {
    let any = find(conn, user)?.any();
    diesel::update(users::table.find(user)).set(users::has_second_factor.eq(any)).execute(conn)?;
    if any { Ok(()) } else { recovery_codes::remove(conn, user) }
}
