//! What the providers of companies know a person as, and parting from that.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::provider;
use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, UserId};
use crate::schema::{companies, identities, passkeys, users};

/// That the provider of a company knows the person.
#[derive(Debug, Clone, Queryable)]
pub struct Identity {
    /// Whose provider.
    pub company_uid: CompanyUid,
    /// The name of that company.
    pub company: String,
    /// The provider.
    pub issuer: String,
    /// Since when.
    pub linked_at: DateTime<Utc>,
}

/// Who knows the person, by company.
pub fn of(conn: &mut PgConnection, user: UserId) -> Result<Vec<Identity>> {
    Ok(identities::table
        .inner_join(companies::table)
        .filter(identities::user_id.eq(user))
        .order((companies::name, companies::id, identities::issuer))
        .select((companies::uid, companies::name, identities::issuer, identities::linked_at))
        .load(conn)?)
}

/// Makes the provider of a company forget the person. If they sign in through it again, it learns anew who they are.
///
/// [`Error::NotFound`] if it does not know them; [`Error::Refused`] where they could not come in another way.
pub fn unlink(
    conn: &mut PgConnection,
    user: UserId,
    company: CompanyUid,
    from: Option<IpAddr>,
) -> Result<()> {
    conn.transaction(|conn| {
        let (email, has_password): (String, bool) = users::table
            .find(user)
            .select((users::email, users::has_password))
            .for_update()
            .first(conn)?;
        let company: CompanyId =
            companies::table.filter(companies::uid.eq(company)).select(companies::id).first(conn)?;
        let own = identities::table
            .filter(identities::company_id.eq(company))
            .filter(identities::user_id.eq(user));
        let issuers: Vec<String> = diesel::delete(own).returning(identities::issuer).get_results(conn)?;
        if issuers.is_empty() {
            return Err(Error::NotFound);
        }
        let keys = passkeys::table.filter(passkeys::user_id.eq(user));
        let remains = has_password || diesel::select(exists(keys)).get_result(conn)?;
        if !remains || provider::is_required(conn, &email)?.of_person {
            return Err(Error::refused(
                "You could not sign in any more: set a password or add a passkey first, and make sure that your company does not ask \
                 for single sign-on. Nothing was done.",
            ));
        }
        Note::of(Action::IdentityUnlinked, email).without("issuer", issuers.join(", ")).write_as(
            conn,
            company,
            Some(user),
            from,
        )
    })
}
