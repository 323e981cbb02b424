//! That a company keeps an administrator who can sign in, and who that is.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::User;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::tenancy::{self, CompanyScope};

/// The administrators of a company, and whether each can come in: with a password or a passkey, unless a company of theirs refuses
/// those for single sign-on; or through a provider of this company, or of one above it, that knows them and speaks for their
/// address. Where the company asks for a second factor and they have none, its own provider alone stands for that.
const ADMINISTRATORS: &str = "WITH administrators AS ( \
        SELECT u.id, u.has_password, u.has_second_factor, split_part(lower(u.email), '@', 2) AS domain \
        FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.company_id = $1 AND m.role = 'administrator') \
    SELECT a.id, \
        ((a.has_password OR EXISTS (SELECT FROM passkeys k WHERE k.user_id = a.id)) AND NOT EXISTS ( \
            SELECT FROM identity_domains d JOIN identity_providers p ON p.company_id = d.company_id AND p.required \
            JOIN memberships there ON there.company_id = p.company_id AND there.user_id = a.id \
            WHERE d.domain = a.domain AND NOT EXISTS (SELECT FROM identity_exemptions e \
                WHERE e.company_id = p.company_id AND e.user_id = a.id))) \
        OR EXISTS (SELECT FROM companies c JOIN identity_providers p ON p.company_id = ANY (c.lineage) \
            JOIN identities i ON i.company_id = p.company_id AND i.issuer = p.issuer AND i.user_id = a.id \
            JOIN identity_domains d ON d.company_id = p.company_id AND d.domain = a.domain \
            JOIN memberships there ON there.company_id = p.company_id AND there.user_id = a.id \
            WHERE c.id = $1 AND (c.second_factor_from IS NULL OR a.has_second_factor OR (p.company_id = c.id AND p.second_factor <> 'never'))) \
        AS can_sign_in \
    FROM administrators a";

#[derive(QueryableByName)]
struct Administrator {
    #[diesel(sql_type = BigInt)]
    id: UserId,
    #[diesel(sql_type = Bool)]
    can_sign_in: bool,
}

/// Fails if nobody could administer the company without `leaving`. Somebody who can't sign in does not replace somebody who can.
pub(super) fn require_another(conn: &mut PgConnection, scope: &CompanyScope, leaving: &User) -> Result<()> {
    if !leaving.is_administrator() {
        return Ok(());
    }
    let all = diesel::sql_query(ADMINISTRATORS).bind::<BigInt, _>(scope.company_id());
    let all: Vec<Administrator> = tenancy::beyond(conn, |conn| all.load(conn))?;
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.id == leaving.id);
    let is_needed = own.iter().any(|one| one.can_sign_in);
    if others.iter().any(|one| one.can_sign_in || !is_needed) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{} is the last administrator of {} who can sign in. Make somebody else an administrator first. Nothing was done.",
        leaving.name,
        scope.company_name()
    )))
}
