//! `simyard grant-domain`.

use anyhow::{Context, bail};
use clap::Args;
use fleet::single_sign_on::domains::{self, Domain};

use super::database::DatabaseOptions;

/// Say whose e-mail addresses a domain has, for single sign-on
///
/// The provider of a company vouches for addresses of the domains that are granted to it, and for no others: make sure that the
/// domain is the company's. Once withdrawn, passwords count again, also where the company requires single sign-on.
#[derive(Debug, Args)]
pub(super) struct GrantDomain {
    /// What follows the @ of the addresses, as in meridian.example
    domain: String,
    /// Name of the main account
    #[arg(long, value_name = "NAME", required_unless_present = "withdraw")]
    company: Option<String>,
    /// Take the domain back, from whomever it was granted to
    #[arg(long, conflicts_with = "company")]
    withdraw: bool,
    #[command(flatten)]
    database: DatabaseOptions,
}

impl GrantDomain {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let domain = Domain::parse(&self.domain).context("the domain is not usable")?;
        self.database.run(false, |database| {
            let mut console = database.connect()?;
            match &self.company {
                Some(company) => {
                    domains::grant(&mut console, &domain, company)?;
                    println!("The provider of {company} vouches for addresses of {}.", domain.as_str());
                }
                None if self.withdraw => {
                    domains::withdraw(&mut console, &domain)?;
                    println!("No provider vouches for addresses of {} any more.", domain.as_str());
                }
                None => bail!("name the company with --company"),
            }
            Ok(())
        })
    }
}
