//! What people can sign in with.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Timestamptz};

use crate::audit;

/// The columns of [`WaysIn`], of the person `u` with the membership `m`.
pub(crate) const WAYS_IN: &str = "u.has_password, has_single_sign_on(u.id, m.company_id) AS has_single_sign_on, \
    (SELECT count(*) FROM passkeys k WHERE k.user_id = u.id) AS passkeys, \
    (SELECT max(l.expires_at) FROM password_links l \
     WHERE l.user_id = u.id AND NOT u.has_password AND NOT l.by_mail AND l.expires_at > now()) AS link_until";

/// What a member of a company can sign in with.
#[derive(Debug, Clone, QueryableByName)]
pub struct WaysIn {
    /// Whether the person has set a password.
    #[diesel(sql_type = Bool)]
    pub has_password: bool,
    /// Whether a provider of the company, or of one above it, knows the person.
    #[diesel(sql_type = Bool)]
    pub has_single_sign_on: bool,
    /// How many passkeys the person has.
    #[diesel(sql_type = BigInt)]
    pub passkeys: i64,
    /// Until when the link to the first password leads somewhere, while it does.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub link_until: Option<DateTime<Utc>>,
}

impl WaysIn {
    /// In words; nothing if the person has never set anything up.
    pub fn words(&self) -> Vec<&'static str> {
        let ways = [
            (self.has_password, "password"),
            (self.has_single_sign_on, audit::SINGLE_SIGN_ON),
            (self.passkeys > 0, "passkey"),
        ];
        ways.into_iter().filter_map(|(has, way)| has.then_some(way)).collect()
    }
}
