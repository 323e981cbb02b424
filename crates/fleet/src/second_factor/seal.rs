//! Encryption of the secrets that the portal shares with people's apps.
//!
//! With the key file, which is not in the database: who has a copy of the database has no app's secret. What a browser is
//! given to bring back is encrypted in the same way.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea};

use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::installation;
use crate::schema::{installation_secrets, totp_secrets};
use crate::sealing::Sealer;

/// Where the key lay in the database before.
const FORMER: &str = "second factors";

/// Encrypts a secret of this person.
pub(super) fn seal(by: &Sealer, user: UserId, secret: &[u8]) -> Result<Vec<u8>> {
    by.seal(&purpose(user), secret)
}

/// The secret that was sealed for this person. None of another person, and nothing that was tampered with.
pub(super) fn open(by: &Sealer, user: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
    by.open(&purpose(user), sealed)
}

fn purpose(user: UserId) -> String {
    format!("the app of {user}")
}

/// Makes sure that the portal can read the secrets of people's apps, as it starts: with `by`, which must have the key of this
/// installation, or without one as long as there are none. What was encrypted with a key in the database is encrypted anew, and
/// that key removed.
///
/// [`Error::Refused`], in words for whoever runs the portal, for a missing key or another one.
pub fn hold_key(conn: &mut PgConnection, by: Option<&Sealer>) -> Result<()> {
    let Some(by) = by else {
        let any = diesel::dsl::exists(totp_secrets::table.select(totp_secrets::user_id));
        return if diesel::select(any).get_result(conn)? {
            Err(Error::refused(
                "people have authenticator apps here, whose secrets are encrypted with a key file: name it with --key-file. If there has never \
                 been one, make it, as docs/security.md says",
            ))
        } else {
            Ok(())
        };
    };
    conn.transaction(|conn| {
        installation::bind_key(conn, by)?;
        let former = installation_secrets::table.find(FORMER);
        let key =
            former.select(installation_secrets::value).for_update().first::<Vec<u8>>(conn).optional()?;
        let Some(key) = key else { return Ok(()) };
        seal_anew(conn, key.first_chunk().map(Sealer::new).as_ref(), by)?;
        diesel::delete(former).execute(conn)?;
        Ok(())
    })
}

fn seal_anew(conn: &mut PgConnection, former: Option<&Sealer>, by: &Sealer) -> Result<()> {
    const SQL: &str = "UPDATE totp_secrets t SET sealed = n.sealed FROM unnest($1, $2) AS n (user_id, sealed) \
         WHERE t.user_id = n.user_id";
    let stored = totp_secrets::table.select((totp_secrets::user_id, totp_secrets::sealed)).for_update();
    let (mut users, mut sealed) = (Vec::new(), Vec::new());
    for (user, old) in stored.load::<(UserId, Vec<u8>)>(conn)? {
        if let Some(secret) = former.and_then(|former| open(former, user, &old)) {
            users.push(user);
            sealed.push(seal(by, user, &secret)?);
        }
    }
    diesel::sql_query(SQL).bind::<Array<BigInt>, _>(users).bind::<Array<Bytea>, _>(sealed).execute(conn)?;
    Ok(())
}
