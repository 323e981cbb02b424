//! What all processes of one installation must agree on.

use diesel::PgConnection;
use diesel::prelude::*;
use rand::Rng as _;

use crate::error::Result;
use crate::schema::installation_secrets::dsl;

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
