//! Encryption of the secrets that the portal shares with people's apps.
//!
//! The key is one of the installation's secrets. It keeps the table, a copy of it and what a browser is given to bring
//! back from telling a secret; it does not help where the whole database was copied.

use diesel::PgConnection;

use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::installation;
use crate::sealing::Sealer;

/// Encrypts a secret of this person.
pub(super) fn seal(conn: &mut PgConnection, user: UserId, secret: &[u8]) -> Result<Vec<u8>> {
    sealer(conn)?.seal(&purpose(user), secret)
}

/// The secret that was sealed for this person. None of another person, and nothing that was tampered with.
pub(super) fn open(conn: &mut PgConnection, user: UserId, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(sealer(conn)?.open(&purpose(user), sealed))
}

fn purpose(user: UserId) -> String {
    format!("the app of {user}")
}

/// The installation's key: made by whoever asks first.
pub(super) fn key(conn: &mut PgConnection) -> Result<Vec<u8>> {
    installation::secret(conn, "second factors")
}

fn sealer(conn: &mut PgConnection) -> Result<Sealer> {
    let key = key(conn)?;
    let key = key
        .first_chunk()
        .ok_or_else(|| Error::Internal("the key of the second factors is too short".into()))?;
    Ok(Sealer::new(key))
}
