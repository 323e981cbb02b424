//! Adding one of what a company may have a limited number of: count, then insert, and nobody else in between.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use crate::error::Result;
use crate::ids::CompanyId;

/// What a company may have a limited number of. The numbers are those of advisory locks of two numbers.
#[derive(Debug, Clone, Copy)]
#[repr(i32)]
pub(crate) enum Limited {
    /// Exports that are being made or kept.
    Exports = 0x45_58_50,
    /// Labels.
    Labels,
    /// Custom fields.
    CustomFields,
    /// Saved views.
    SavedViews,
    /// API tokens.
    ApiTokens,
}

/// Until the end of the transaction, nobody else in the company passes here: what is counted then still holds.
pub(crate) fn one_at_a_time(conn: &mut PgConnection, of: Limited, company: CompanyId) -> Result<()> {
    const LOCK: &str = "SELECT pg_advisory_xact_lock($1, ($2 % 2147483647)::integer)";
    diesel::sql_query(LOCK).bind::<Integer, _>(of as i32).bind::<BigInt, _>(company).execute(conn)?;
    Ok(())
}
