//! How much work the hash of a password takes.

use clap::Args;

use crate::app::BCRYPT_COST;

/// The option of whatever hashes passwords.
#[derive(Debug, Args)]
pub(super) struct HashingOptions {
    /// Work that the hash of a password takes: each step doubles it. Passwords that were hashed with less are hashed anew at the
    /// next sign-in
    #[arg(
        long,
        value_name = "COST",
        env = "SIMYARD_BCRYPT_COST",
        default_value_t = BCRYPT_COST,
        value_parser = clap::value_parser!(u32).range(i64::from(BCRYPT_COST)..=16)
    )]
    pub(super) bcrypt_cost: u32,
}
