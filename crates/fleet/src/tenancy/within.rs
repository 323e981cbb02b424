//! The lock of the database: a request that acts for a company does so as a role of PostgreSQL that sees the rows of the
//! companies named to it, and no others. What a query forgets to ask for is asked for by the policies of the tables.
//!
//! Role and companies are set for one transaction, so that nothing of them is left on a connection, however that ends.

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::CompanyScope;
use crate::error::Result;
use crate::ids::CompanyId;

/// Names the companies and becomes the role.
const ENTER: &str =
    "SELECT set_config('simyard.companies', $1, true), set_config('role', 'simyard_tenant', true)";

/// Runs `work` in a transaction that sees the rows of the scope's company alone.
pub fn within<T>(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    within_all(conn, &[scope], work)
}

/// As [`within`], of the companies of several scopes.
pub(crate) fn within_all<T>(
    conn: &mut PgConnection,
    scopes: &[&CompanyScope],
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    let companies: Vec<_> = scopes.iter().map(|scope| scope.company_id()).collect();
    // In one message to the server: the transaction begins no earlier than it is closed to others.
    let begin = format!("BEGIN; {}", ENTER.replace("$1", &format!("'{}'", in_words(&companies))));
    AnsiTransactionManager::begin_transaction_sql(conn, &begin)?;
    match work(conn) {
        Ok(value) => {
            AnsiTransactionManager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => {
            // A connection that can't roll back is none that the pool keeps.
            drop(AnsiTransactionManager::rollback_transaction(conn));
            Err(error)
        }
    }
}

/// Closes a transaction that has begun already as [`within`] does, or opens it to this company instead of another.
pub(crate) fn close_to_others(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    diesel::sql_query(ENTER).bind::<Text, _>(in_words(&[scope.company_id()])).execute(conn)?;
    Ok(())
}

/// Opens the transaction to these companies instead, all of which scopes of the person have been made for.
pub(super) fn open_to(conn: &mut PgConnection, companies: &[CompanyId]) -> Result<()> {
    const NAME: &str = "SELECT set_config('simyard.companies', $1, true)";
    diesel::sql_query(NAME).bind::<Text, _>(in_words(companies)).execute(conn)?;
    Ok(())
}

/// Runs `work`, a part of what [`within`] runs, as the portal itself: for what a company is told or does beyond its own
/// rows, by a right that has been looked at. Keep it as small as that.
pub(crate) fn beyond<T, E: From<diesel::result::Error>>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    #[derive(QueryableByName)]
    struct Was {
        #[diesel(sql_type = Text)]
        role: String,
    }
    const LEAVE: &str = "SELECT current_setting('role') AS role, set_config('role', 'none', true)";
    const RETURN: &str = "SELECT set_config('role', $1, true)";
    let Was { role } = diesel::sql_query(LEAVE).get_result(conn)?;
    let value = work(conn);
    if role != "none" {
        let returned = diesel::sql_query(RETURN).bind::<Text, _>(role).execute(conn);
        // After an error of the server only a roll-back is possible, which brings the role back.
        if value.is_ok() {
            returned?;
        }
    }
    value
}

/// An array of PostgreSQL.
fn in_words(companies: &[CompanyId]) -> String {
    let ids: Vec<String> = companies.iter().map(|company| company.0.to_string()).collect();
    format!("{{{}}}", ids.join(","))
}
