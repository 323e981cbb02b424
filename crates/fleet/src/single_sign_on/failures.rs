//! What is told of sign-ins through a provider that came to nothing.

use std::net::IpAddr;

use diesel::PgConnection;
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::Provider;
use crate::audit::{self, Action, Note};
use crate::error::Result;
use crate::schema::audit_events as told;

/// Notes in the company's audit log that a sign-in came to nothing, and why: once a minute for each reason, whoever tries.
///
/// Anybody can bring that about, with any address of the company's domains. So a line names the address only where the company
/// knows it, as that of a user or of somebody who is invited. Whether one is written does not depend on that: its time would tell.
pub fn note(
    conn: &mut PgConnection,
    provider: &Provider,
    address: &str,
    why: &str,
    from: Option<IpAddr>,
) -> Result<()> {
    let lately = told::table
        .filter(told::company_id.eq(provider.company_id))
        .filter(told::action.eq(Action::SignInFailed))
        .filter(told::at.gt(sql("clock_timestamp() - interval '1 minute'")))
        .filter(sql::<Bool>("after ->> 'with' = ").bind::<Text, _>(audit::SINGLE_SIGN_ON))
        .filter(sql::<Bool>("after ->> 'why' = ").bind::<Text, _>(why));
    if diesel::select(exists(lately)).get_result(conn)? {
        return Ok(());
    }
    let subject = if is_known(conn, provider, address)? { address } else { audit::SINGLE_SIGN_ON };
    Note::of(Action::SignInFailed, subject).with("with", audit::SINGLE_SIGN_ON).with("why", why).write_as(
        conn,
        provider.company_id,
        None,
        from,
    )
}

/// Whether the address is that of a user of the company, or of somebody who is invited to it.
fn is_known(conn: &mut PgConnection, provider: &Provider, address: &str) -> Result<bool> {
    let known = sql::<Bool>(
        "EXISTS (SELECT FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.company_id = ",
    )
    .bind::<BigInt, _>(provider.company_id)
    .sql(" AND lower(u.email) = ")
    .bind::<Text, _>(address)
    .sql(") OR EXISTS (SELECT FROM invitations i WHERE i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.company_id = ")
    .bind::<BigInt, _>(provider.company_id)
    .sql(" AND i.email = ")
    .bind::<Text, _>(address)
    .sql(")");
    Ok(diesel::select(known).get_result(conn)?)
}
