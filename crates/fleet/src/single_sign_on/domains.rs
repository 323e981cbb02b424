//! Whose e-mail addresses these are. Domains are granted by whoever owns the machine, each to one company.
//!
//! A proof by DNS would make the portal depend on a resolver, and on whoever can change an entry for a minute. An installation
//! has few companies with a provider, and an operator who knows them.

use diesel::PgConnection;
use diesel::prelude::*;

use crate::audit::{Action, Note};
use crate::characters::is_control;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::ids::CompanyId;
use crate::people::Email;
use crate::schema::{companies, identity_domains, identity_providers};

/// A domain of e-mail addresses: lower case, with a dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// Parses `text`: what follows the `@` of an address.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim().to_lowercase();
        let labels_are_good = text.split('.').all(|label| !label.is_empty() && !label.contains(['@', '/']));
        let odd = text.chars().any(|c| c.is_whitespace() || is_control(c));
        if !labels_are_good || !text.contains('.') || odd || text.len() > 253 {
            return Err(Error::invalid("domain", "Enter a domain such as company.example."));
        }
        Ok(Self(text))
    }

    /// The domain of an address.
    pub fn of(email: &Email) -> Self {
        let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        Self(domain.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Grants a domain to the main account of this name. For the command line: the owner of the machine knows whose it is.
pub fn grant(console: &mut Console, domain: &Domain, company: &str) -> Result<()> {
    console.transaction(|conn| {
        let named: Vec<CompanyId> = companies::table
            .filter(companies::name.eq(company.trim()))
            .filter(companies::parent_id.is_null())
            .select(companies::id)
            .load(conn)?;
        let [id] = named[..] else {
            return Err(Error::refused(format!("There is no main account named “{}”.", company.trim())));
        };
        let granted = diesel::insert_into(identity_domains::table)
            .values((identity_domains::domain.eq(domain.as_str()), identity_domains::company_id.eq(id)))
            .on_conflict_do_nothing()
            .execute(conn)?;
        if granted == 0 {
            return Err(Error::refused(format!(
                "{} is granted already. Withdraw it first, with --withdraw.",
                domain.as_str()
            )));
        }
        Note::of(Action::DomainGranted, domain.as_str()).write_as(conn, id, None, None)
    })
}

/// Takes a domain back: nobody with such an address comes in through a provider any more, and a password counts again.
pub fn withdraw(console: &mut Console, domain: &Domain) -> Result<()> {
    console.transaction(|conn| {
        let was: Option<CompanyId> = diesel::delete(identity_domains::table.find(domain.as_str()))
            .returning(identity_domains::company_id)
            .get_result(conn)
            .optional()?;
        let Some(company) = was else {
            return Err(Error::refused(format!("{} is granted to nobody.", domain.as_str())));
        };
        Note::of(Action::DomainWithdrawn, domain.as_str()).write_as(conn, company, None, None)
    })
}

/// The domains of a company, by name.
pub(super) fn of_company(conn: &mut PgConnection, company: CompanyId) -> Result<Vec<String>> {
    Ok(identity_domains::table
        .filter(identity_domains::company_id.eq(company))
        .order(identity_domains::domain)
        .select(identity_domains::domain)
        .load(conn)?)
}

/// Whether anybody can sign in through a provider here: else the sign-in page need not speak of it.
pub fn any(conn: &mut PgConnection) -> Result<bool> {
    let usable = identity_domains::table.inner_join(
        identity_providers::table.on(identity_providers::company_id.eq(identity_domains::company_id)),
    );
    Ok(diesel::select(diesel::dsl::exists(usable)).get_result(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_follows_the_at_sign() {
        assert_eq!(Domain::parse(" Meridian.Example ").unwrap().as_str(), "meridian.example");
        for bad in ["", "example", "a@b.example", ".example", "a..example", "a b.example", "a.example/"] {
            assert!(Domain::parse(bad).is_err(), "{bad:?}");
        }
        let email = Email::parse("Ada@Meridian.Example").unwrap();
        assert_eq!(Domain::of(&email).as_str(), "meridian.example");
    }
}
