//! Recovery codes: each stands in for the second factor once.
//!
//! A code has 120 random bits, so that a plain hash keeps it: nobody can try that many.

use diesel::PgConnection;
use diesel::prelude::*;
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::ids::UserId;
use crate::schema::recovery_codes::dsl;

/// How many there are at first.
pub const CODES: usize = 8;
/// Signs that are not taken for each other when they are written down (the alphabet of RFC 4648).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SIGNS: usize = 24;
const GROUP: usize = 4;

/// A code, which is shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    fn random() -> Self {
        let mut random = rand::rng();
        Self((0..SIGNS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect())
    }

    /// The code in groups, as it is shown.
    pub fn grouped(&self) -> String {
        let signs: Vec<char> = self.0.chars().collect();
        signs.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }
}

fn hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

/// Stores new codes in the place of those before.
pub(super) fn renew(conn: &mut PgConnection, user: UserId) -> Result<Vec<RecoveryCode>> {
    remove(conn, user)?;
    let codes: Vec<RecoveryCode> = (0..CODES).map(|_| RecoveryCode::random()).collect();
    let rows: Vec<_> =
        codes.iter().map(|code| (dsl::user_id.eq(user), dsl::code_hash.eq(hash(&code.0)))).collect();
    diesel::insert_into(dsl::recovery_codes).values(rows).execute(conn)?;
    Ok(codes)
}

/// Takes a code, however it was typed: of two who use it at once, one wins.
pub(super) fn redeem(conn: &mut PgConnection, user: UserId, typed: &str) -> Result<bool> {
    let code: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(SIGNS + 1)
        .collect();
    Ok(code.len() == SIGNS
        && diesel::delete(dsl::recovery_codes.find((user, hash(&code)))).execute(conn)? == 1)
}

/// How many are left.
pub(super) fn left(conn: &mut PgConnection, user: UserId) -> Result<i64> {
    Ok(dsl::recovery_codes.filter(dsl::user_id.eq(user)).count().get_result(conn)?)
}

/// Removes all.
pub(super) fn remove(conn: &mut PgConnection, user: UserId) -> Result<()> {
    diesel::delete(dsl::recovery_codes.filter(dsl::user_id.eq(user))).execute(conn)?;
    Ok(())
}
