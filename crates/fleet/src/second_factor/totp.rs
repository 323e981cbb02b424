//! Codes of an authenticator app (RFC 6238): six digits that hold for half a minute.

use chrono::Utc;
use diesel::PgConnection;
use diesel::prelude::*;
use rand::Rng as _;
use totp_rs::{Builder, Secret, Totp};

use super::seal;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::people;
use crate::schema::totp_secrets::dsl;
use crate::sealing::Sealer;

/// The bytes of a secret (RFC 4226, section 4).
const LENGTH: usize = 20;
/// How codes are headed in the app.
const ISSUER: &str = "Simyard";

/// A secret for an app that is to be set up. Nothing is stored until a code of it comes back.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// What the app is given, as text to be typed.
    pub secret: String,
    /// The same as an address, which is shown as a QR code.
    pub url: String,
    /// The same, encrypted for this person: what the form sends back.
    pub sealed: String,
}

/// Proposes a fresh secret.
pub fn propose(conn: &mut PgConnection, by: &Sealer, user: UserId) -> Result<Proposal> {
    let mut secret = [0; LENGTH];
    rand::rng().fill_bytes(&mut secret);
    let sealed = seal::seal(by, user, &secret)?;
    proposal(conn, user, secret.to_vec(), sealed)
}

/// The proposal that a form has sent back, or a fresh one: the app that was set up with it still goes with it.
pub fn propose_again(conn: &mut PgConnection, by: &Sealer, user: UserId, sealed: &str) -> Result<Proposal> {
    let bytes = from_text(sealed);
    match seal::open(by, user, &bytes) {
        Some(secret) => proposal(conn, user, secret, bytes),
        None => propose(conn, by, user),
    }
}

fn proposal(conn: &mut PgConnection, user: UserId, secret: Vec<u8>, sealed: Vec<u8>) -> Result<Proposal> {
    let person = people::find(conn, user)?;
    let totp = Builder::new()
        .with_secret(secret)
        // A colon would end the name in the address.
        .with_account_name(person.email.replace(':', " "))
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(fault)?;
    Ok(Proposal {
        secret: totp.secret().to_base32(),
        url: totp.to_url().map_err(fault)?,
        sealed: Secret::new(sealed.into()).to_base32(),
    })
}

/// Stores the proposed secret, if `code` is one of it.
pub(super) fn confirm(
    conn: &mut PgConnection,
    by: &Sealer,
    user: UserId,
    sealed: &str,
    code: &str,
) -> Result<()> {
    let present = dsl::totp_secrets.find(user);
    if diesel::select(diesel::dsl::exists(present)).get_result(conn)? {
        return Err(Error::refused("You have set up an app already. Remove it before you set up another."));
    }
    let sealed = from_text(sealed);
    let Some(secret) = seal::open(by, user, &sealed) else {
        return Err(Error::refused(
            "This page is too old. Set the app up once more, with the code that is shown now.",
        ));
    };
    let Some(step) = step_of(secret, code)? else {
        return Err(Error::invalid(
            "code",
            "This is not the code that the app shows for Simyard now. If it is, set the time of the device right.",
        ));
    };
    diesel::insert_into(dsl::totp_secrets)
        .values((dsl::user_id.eq(user), dsl::sealed.eq(sealed), dsl::last_step.eq(step)))
        .execute(conn)?;
    Ok(())
}

/// Takes a code: each one once, and none that is older than the last.
pub(super) fn redeem(conn: &mut PgConnection, by: Option<&Sealer>, user: UserId, code: &str) -> Result<bool> {
    let own = dsl::totp_secrets.find(user).select((dsl::sealed, dsl::last_step)).for_update();
    let Some((sealed, last_step)) = own.first::<(Vec<u8>, i64)>(conn).optional()? else { return Ok(false) };
    let Some(secret) = by.and_then(|by| seal::open(by, user, &sealed)) else {
        return Err(Error::Internal(format!("the app's secret of person {user} can't be decrypted")));
    };
    let Some(step) = step_of(secret, code)?.filter(|step| *step > last_step) else { return Ok(false) };
    diesel::update(dsl::totp_secrets.find(user)).set(dsl::last_step.eq(step)).execute(conn)?;
    Ok(true)
}

/// Removes the app, and says whether there was one.
pub(super) fn remove(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    Ok(diesel::delete(dsl::totp_secrets.find(user)).execute(conn)? > 0)
}

/// The time step that `code` is of, if it is of the present one or one beside it: clocks differ, and typing takes time.
fn step_of(secret: Vec<u8>, code: &str) -> Result<Option<i64>> {
    let totp: Totp = Builder::new().with_secret(secret).build().map_err(fault)?;
    let now = u64::try_from(Utc::now().timestamp()).unwrap_or_default();
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    Ok(totp.check(&code, now).and_then(|step| i64::try_from(step).ok()))
}

fn from_text(sealed: &str) -> Vec<u8> {
    Secret::try_from_base32(sealed).map(|bytes| bytes.as_bytes().to_vec()).unwrap_or_default()
}

fn fault(error: totp_rs::TotpError) -> Error {
    Error::Internal(error.to_string())
}
