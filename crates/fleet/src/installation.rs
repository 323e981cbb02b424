//! What all processes of one installation must agree on.

use diesel::PgConnection;
use diesel::prelude::*;
use rand::Rng as _;

use crate::error::{Error, Result};
use crate::schema::installation_secrets::dsl;
use crate::sealing::Sealer;

/// Under this name lies a mark that the key file alone opens.
const KEY_FILE: &str = "key file";

/// The installation's secret of this name, 64 random bytes: made by whoever asks first.
pub fn secret(conn: &mut PgConnection, name: &str) -> Result<Vec<u8>> {
    let mut fresh = vec![0_u8; 64];
    rand::rng().fill_bytes(&mut fresh);
    diesel::insert_into(dsl::installation_secrets)
        .values((dsl::name.eq(name), dsl::value.eq(fresh)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(dsl::installation_secrets.find(name).select(dsl::value).first(conn)?)
}

/// Makes sure that `sealer` has the key of this installation: the one that was used first. [`Error::Refused`] for another.
pub fn bind_key(conn: &mut PgConnection, sealer: &Sealer) -> Result<()> {
    diesel::insert_into(dsl::installation_secrets)
        .values((dsl::name.eq(KEY_FILE), dsl::value.eq(sealer.seal(KEY_FILE, b"")?)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    let mark: Vec<u8> = dsl::installation_secrets.find(KEY_FILE).select(dsl::value).first(conn)?;
    sealer.open(KEY_FILE, &mark).map(drop).ok_or_else(|| {
        Error::refused("the key file is not the one that the secrets of this installation are encrypted with")
    })
}

/// Whether a key file was used with this installation.
pub fn is_bound(conn: &mut PgConnection) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(dsl::installation_secrets.find(KEY_FILE))).get_result(conn)?)
}
