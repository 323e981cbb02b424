//! Encryption of the secrets that the portal shares with people's apps.
//!
//! The key is one of the installation's secrets. It keeps the table, a copy of it and what a browser is given to bring
//! back from telling a secret; it does not help where the whole database was copied.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use diesel::PgConnection;
use rand::Rng as _;

use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::installation;

/// The bytes in front of what is encrypted.
const NONCE: usize = 12;

/// Encrypts a secret of this person.
pub(super) fn seal(conn: &mut PgConnection, user: UserId, secret: &[u8]) -> Result<Vec<u8>> {
    let mut sealed = vec![0; NONCE];
    rand::rng().fill_bytes(&mut sealed);
    let payload = Payload { msg: secret, aad: &purpose(user) };
    let encrypted = cipher(conn)?
        .encrypt(Nonce::from_slice(&sealed), payload)
        .map_err(|_| Error::Internal("a secret could not be encrypted".into()))?;
    sealed.extend(encrypted);
    Ok(sealed)
}

/// The secret that was sealed for this person. None of another person, and nothing that was tampered with.
pub(super) fn open(conn: &mut PgConnection, user: UserId, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
    let Some((nonce, encrypted)) = sealed.split_at_checked(NONCE) else { return Ok(None) };
    let payload = Payload { msg: encrypted, aad: &purpose(user) };
    Ok(cipher(conn)?.decrypt(Nonce::from_slice(nonce), payload).ok())
}

/// What a secret is for: bound to it, so that one can't stand in for another.
fn purpose(user: UserId) -> Vec<u8> {
    format!("the app of {user}").into_bytes()
}

/// The installation's key: made by whoever asks first.
pub(super) fn key(conn: &mut PgConnection) -> Result<Vec<u8>> {
    installation::secret(conn, "second factors")
}

fn cipher(conn: &mut PgConnection) -> Result<Aes256Gcm> {
    key(conn)?
        .get(..32)
        .and_then(|key| Aes256Gcm::new_from_slice(key).ok())
        .ok_or_else(|| Error::Internal("the key of the second factors is too short".into()))
}
