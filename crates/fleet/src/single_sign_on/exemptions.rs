//! Who keeps the password where a company requires single sign-on: administrators who get in when the provider fails.

use diesel::PgConnection;
use diesel::prelude::*;

use super::provider::Changes;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::schema::{identity_exemptions, identity_providers, memberships, users};
use crate::tenancy::{CompanyScope, Role};

/// Says who keeps their password, in the place of who did, and gives the addresses of those before and of those now.
pub(super) fn replace(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    changes: &Changes,
) -> Result<(String, String)> {
    let company = scope.company_id();
    let found: Vec<(UserId, String)> = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(company))
        .filter(memberships::role.eq(Role::Administrator))
        .filter(users::id.eq_any(&changes.exempt))
        .filter(users::has_second_factor.and(users::has_password))
        .order(users::email)
        .select((users::id, users::email))
        .load(conn)?;
    if found.len() != changes.exempt.len() {
        return Err(Error::invalid(
            "exempt",
            "Choose among the administrators who have a password and a second factor.",
        ));
    }
    if changes.required && found.is_empty() {
        return Err(Error::invalid(
            "exempt",
            "Choose at least one administrator who keeps the password: else nobody gets in when the provider fails. \
             Who has no second factor has to set one up first, in My profile.",
        ));
    }
    let before: Vec<String> = identity_exemptions::table
        .inner_join(users::table.on(users::id.eq(identity_exemptions::user_id)))
        .filter(identity_exemptions::company_id.eq(company))
        .order(users::email)
        .select(users::email)
        .load(conn)?;
    diesel::delete(identity_exemptions::table.filter(identity_exemptions::company_id.eq(company)))
        .execute(conn)?;
    let rows: Vec<_> = found
        .iter()
        .map(|(user, _)| (identity_exemptions::company_id.eq(company), identity_exemptions::user_id.eq(user)))
        .collect();
    diesel::insert_into(identity_exemptions::table).values(rows).execute(conn)?;
    let after: Vec<String> = found.into_iter().map(|(_, email)| email).collect();
    Ok((before.join(", "), after.join(", ")))
}

/// Fails if `leaving` is the last who keeps the password where single sign-on is required.
pub(crate) fn require_another(conn: &mut PgConnection, scope: &CompanyScope, leaving: UserId) -> Result<()> {
    let keepers: Vec<UserId> = identity_exemptions::table
        .inner_join(identity_providers::table)
        .filter(identity_exemptions::company_id.eq(scope.company_id()))
        .filter(identity_providers::required)
        .select(identity_exemptions::user_id)
        .load(conn)?;
    if keepers == [leaving] {
        return Err(Error::refused(
            "This is the last administrator who gets in when the provider of single sign-on fails. Choose another one \
             first, in Administration → Single sign-on. Nothing was done.",
        ));
    }
    Ok(())
}
