//! Single sign-on: the people of a company sign in with the company's own `OpenID` Connect provider.
//!
//! Whose addresses these are is said by the owner of the machine ([`domains`]): without a domain, nobody comes in through a
//! provider, whatever it says. A main account sets its provider up ([`provider`]); what is said to the provider, and what it
//! answers, is in [`conversation`], and what it is asked through in [`reach`]. Who comes in with what it says is decided in
//! [`admission`], what is told of those who don't in [`failures`], and how people part from it again in [`identities`].
//!
//! A provider speaks for its company: a session that began with it opens that company and the accounts below it, and no
//! other company of the person's (see [`crate::tenancy::enter_vouched`]).

pub mod admission;
pub mod conversation;
pub mod domains;
pub(crate) mod exemptions;
pub mod failures;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod identities;
pub mod provider;
pub mod reach;
pub mod second_factor;
mod token;

pub use domains::Domain;
pub use provider::Provider;
