//! Who comes in with what a provider has said.

use std::net::IpAddr;

use diesel::PgConnection;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::domains::{self, Domain};
use super::provider::Provider;
use super::second_factor::Methods;
use crate::audit::{self, Action, Note};
use crate::companies::{self, Name};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::invitations;
use crate::people::{self, Email};
use crate::schema::{identities, memberships};

/// Whom a provider has vouched for, once all of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// By which the provider knows the person, for good.
    pub subject: String,
    /// The address that the provider has verified.
    pub email: String,
    /// How the provider calls the person; may be empty.
    pub name: String,
    /// How they have signed in there.
    pub methods: Methods,
}

/// The user whom the provider has vouched for: bound to it already, found by the address, or made.
///
/// [`Error::Refused`] with a sentence for whoever is not to come in. An address alone never leads to somebody who has not said
/// yes to the company, as its user or by an invitation: else a company could take a stranger's sign-in over.
pub fn admit(
    conn: &mut PgConnection,
    provider: &Provider,
    vouched: &Vouched,
    from: Option<IpAddr>,
) -> Result<UserId> {
    let email = Email::parse(&vouched.email)
        .map_err(|_| Error::refused("The provider gave no e-mail address that can be used."))?;
    conn.transaction(|conn| {
        // Nobody is made or linked twice, and nobody changes rights meanwhile.
        companies::lock(conn, provider.company_id)?;
        require_domain(conn, provider, &email)?;
        let bound: Option<UserId> = identities::table
            .find((provider.company_id, &provider.issuer, &vouched.subject))
            .select(identities::user_id)
            .first(conn)
            .optional()?;
        if let Some(user) = bound {
            let own = Email::parse(&people::find(conn, user)?.email)?;
            require_domain(conn, provider, &own)?;
            require_member(conn, provider, user, &own, from, || {
                format!(
                    "You are no user of {} any more. Ask an administrator to invite you again.",
                    provider.company
                )
            })?;
            return Ok(user);
        }
        let user = match people::credentials(conn, email.as_str())? {
            Some((user, _)) => {
                if is_member(conn, provider, user)? {
                    require_unlinked(conn, provider, user)?;
                }
                require_member(conn, provider, user, &email, from, || {
                    format!(
                        "Somebody signs in here with this address already, and is no user of {}. Ask an administrator \
                         to invite you.",
                        provider.company
                    )
                })?;
                user
            }
            None => make(conn, provider, vouched, &email, from)?,
        };
        link(conn, provider, vouched, user, &email, from)?;
        Ok(user)
    })
}

fn require_domain(conn: &mut PgConnection, provider: &Provider, email: &Email) -> Result<()> {
    let domain = Domain::of(email);
    if domains::of_company(conn, provider.company_id)?.iter().any(|own| own == domain.as_str()) {
        return Ok(());
    }
    Err(Error::refused(format!("{} is no domain of {}.", domain.as_str(), provider.company)))
}

fn is_member(conn: &mut PgConnection, provider: &Provider, user: UserId) -> Result<bool> {
    let there = memberships::table.find((user, provider.company_id));
    Ok(diesel::select(exists(there)).get_result(conn)?)
}

/// Fails unless the person is a user of the company, or becomes one now by an invitation.
fn require_member(
    conn: &mut PgConnection,
    provider: &Provider,
    user: UserId,
    email: &Email,
    from: Option<IpAddr>,
    otherwise: impl FnOnce() -> String,
) -> Result<()> {
    if is_member(conn, provider, user)?
        || invitations::accept_by_address(conn, provider.company_id, email, user, from)?
    {
        return Ok(());
    }
    Err(Error::refused(otherwise()))
}

/// Fails if the provider knows this user as somebody else: an address may have been given to another person.
fn require_unlinked(conn: &mut PgConnection, provider: &Provider, user: UserId) -> Result<()> {
    let links = identities::table
        .filter(identities::company_id.eq(provider.company_id))
        .filter(identities::issuer.eq(&provider.issuer))
        .filter(identities::user_id.eq(user));
    if diesel::select(exists(links)).get_result(conn)? {
        return Err(Error::refused(
            "The provider has vouched with this address for somebody else before. Ask an administrator to remove that user, \
             and to invite you.",
        ));
    }
    Ok(())
}

/// Makes somebody who is new here: what they may do comes from an invitation, or is what the company gives whoever comes.
fn make(
    conn: &mut PgConnection,
    provider: &Provider,
    vouched: &Vouched,
    email: &Email,
    from: Option<IpAddr>,
) -> Result<UserId> {
    let local = email.as_str().split('@').next().unwrap_or_default();
    let name = Name::parse("name", &vouched.name).or_else(|_| Name::parse("name", local))?;
    let user = people::insert(conn, email, &name, None)?;
    if invitations::accept_by_address(conn, provider.company_id, email, user, from)? {
        return Ok(user);
    }
    let Some(grant) = provider.grant() else {
        return Err(Error::refused(format!(
            "You are no user of {} yet. Ask an administrator to invite you.",
            provider.company
        )));
    };
    grant.permissions(conn, provider.company_id).map_err(|_| {
        Error::refused(format!(
            "{} gives new users a profile that is gone. Tell an administrator.",
            provider.company
        ))
    })?;
    people::insert_membership(conn, user, provider.company_id, grant.role)?;
    grant.give(conn, provider.company_id, user)?;
    let rights = grant.in_words(conn, provider.company_id)?;
    Note::of(Action::MemberAdded, audit::called(name.as_str(), email.as_str()))
        .with("with", audit::SINGLE_SIGN_ON)
        .with("rights", rights)
        .write_as(conn, provider.company_id, Some(user), from)?;
    Ok(user)
}

fn link(
    conn: &mut PgConnection,
    provider: &Provider,
    vouched: &Vouched,
    user: UserId,
    email: &Email,
    from: Option<IpAddr>,
) -> Result<()> {
    // Whoever was removed and invited again may have another account there.
    let before = identities::table
        .filter(identities::company_id.eq(provider.company_id))
        .filter(identities::issuer.eq(&provider.issuer))
        .filter(identities::user_id.eq(user));
    diesel::delete(before).execute(conn)?;
    diesel::insert_into(identities::table)
        .values((
            identities::company_id.eq(provider.company_id),
            identities::issuer.eq(&provider.issuer),
            identities::subject.eq(&vouched.subject),
            identities::user_id.eq(user),
        ))
        .execute(conn)?;
    Note::of(Action::IdentityLinked, email.as_str()).with("issuer", provider.issuer.as_str()).write_as(
        conn,
        provider.company_id,
        Some(user),
        from,
    )
}
