//! Builders for tests: companies, people, offers and SIMs, put straight into the database.
//!
//! Only built with the feature `testing`. Rules are not checked here: a test may build what the
//! portal would refuse.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use crate::companies::{self, Name};
use crate::error::Result;
use crate::identifiers::luhn_check_digit;
use crate::ids::{CompanyId, CompanyUid, OfferId, SimId, UserId};
use crate::messages;
use crate::people;
use crate::schema::{companies as table, memberships, offer_assignments, offers, sims, users};
use crate::sims::{SimState, SimType};
use crate::tenancy::{self, CompanyScope, Permission, Permissions, Role};

/// A company, subaccounts on.
pub fn company(
    conn: &mut PgConnection,
    parent: Option<CompanyId>,
    name: &str,
) -> Result<(CompanyId, CompanyUid)> {
    companies::insert(conn, parent, &Name::parse("name", name)?, None, true)
}

/// Switches the option *subaccounts* of a company.
pub fn set_subaccounts_enabled(conn: &mut PgConnection, company: CompanyId, enabled: bool) -> Result<()> {
    diesel::update(table::table.find(company)).set(table::subaccounts_enabled.eq(enabled)).execute(conn)?;
    Ok(())
}

/// Suspends a company.
pub fn suspend(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    diesel::update(table::table.find(company)).set(table::suspended_at.eq(diesel::dsl::now)).execute(conn)?;
    Ok(())
}

/// A person who signs in with `email` and the password of `password_hash`.
pub fn person(conn: &mut PgConnection, email: &str, password_hash: &str) -> Result<UserId> {
    Ok(diesel::insert_into(users::table)
        .values((
            users::email.eq(email),
            users::name.eq(email.split('@').next().unwrap_or(email)),
            users::password_hash.eq(password_hash),
        ))
        .returning(users::id)
        .get_result(conn)?)
}

/// A person who has never set a password.
pub fn person_without_password(conn: &mut PgConnection, email: &str) -> Result<UserId> {
    let user = person(conn, email, "")?;
    diesel::update(users::table.find(user)).set(users::password_hash.eq(None::<String>)).execute(conn)?;
    Ok(user)
}

/// Makes `user` a member of `company`.
pub fn member(conn: &mut PgConnection, user: UserId, company: CompanyId, role: Role) -> Result<()> {
    people::insert_membership(conn, user, company, Some(role))
}

/// Makes `user` a member of `company` who may do what `permissions` are, by a profile of their own.
pub fn member_with(
    conn: &mut PgConnection,
    user: UserId,
    company: CompanyId,
    permissions: Permissions,
) -> Result<()> {
    people::insert_membership(conn, user, company, None)?;
    if permissions.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = permissions.iter().map(Permission::as_str).collect();
    diesel::sql_query(
        "WITH made AS (INSERT INTO profiles (company_id, name, permissions) VALUES ($1, 'Profile of ' || $2, $3) RETURNING id) \
         INSERT INTO membership_profiles (company_id, user_id, profile_id) SELECT $1, $2, id FROM made",
    )
    .bind::<BigInt, _>(company)
    .bind::<BigInt, _>(user)
    .bind::<Array<Text>, _>(words)
    .execute(conn)?;
    Ok(())
}

/// Ends a membership.
pub fn no_member(conn: &mut PgConnection, user: UserId, company: CompanyId) -> Result<()> {
    diesel::delete(memberships::table.find((user, company))).execute(conn)?;
    Ok(())
}

/// The scope of a member.
pub fn scope(conn: &mut PgConnection, user: UserId, company: CompanyUid) -> Result<CompanyScope> {
    tenancy::enter(conn, user, company)
}

/// An offer of `owner` for SIMs of `types`.
pub fn offer(conn: &mut PgConnection, owner: CompanyId, name: &str, types: &[SimType]) -> Result<OfferId> {
    let id = diesel::insert_into(offers::table)
        .values((offers::company_id.eq(owner), offers::name.eq(name), offers::sim_types.eq(types)))
        .returning(offers::id)
        .get_result(conn)?;
    assign(conn, id, owner, owner)?;
    Ok(id)
}

/// Gives `offer` to `company`.
pub fn assign(conn: &mut PgConnection, offer: OfferId, by: CompanyId, company: CompanyId) -> Result<()> {
    diesel::insert_into(offer_assignments::table)
        .values((
            offer_assignments::company_id.eq(company),
            offer_assignments::offer_id.eq(offer),
            offer_assignments::assigned_by_company_id.eq(by),
        ))
        .execute(conn)?;
    Ok(())
}

/// `count` plug-in SIMs of `company` in `state`, with valid identifiers that no other SIM has,
/// in the order of their ICCIDs.
pub fn sims(
    conn: &mut PgConnection,
    company: CompanyId,
    count: i32,
    state: SimState,
    offer: Option<OfferId>,
) -> Result<Vec<SimId>> {
    let first: i64 = sims::table.count().get_result(conn)?;
    let numbers = first..first + i64::from(count);
    let iccids: Vec<String> = numbers
        .clone()
        .map(|n| {
            let body = format!("898821100{n:09}");
            let check = luhn_check_digit(body.as_bytes()).map_or('?', char::from);
            format!("{body}{check}")
        })
        .collect();
    let imsis: Vec<String> = numbers.map(|n| format!("90170{n:010}")).collect();
    Ok(diesel::sql_query(
        "INSERT INTO sims (company_id, iccid, imsi, sim_type, state, offer_id, activated_at) \
         SELECT $1, iccid, imsi, 'plug_in', $4::sim_state, $5, CASE WHEN $5 IS NOT NULL THEN now() END \
         FROM unnest($2, $3) AS fresh (iccid, imsi) ORDER BY iccid RETURNING id AS number",
    )
    .bind::<BigInt, _>(company)
    .bind::<Array<Text>, _>(iccids)
    .bind::<Array<Text>, _>(imsis)
    .bind::<Text, _>(state.as_str())
    .bind::<Nullable<BigInt>, _>(offer)
    .load::<Number>(conn)?
    .into_iter()
    .map(|row| SimId(row.number))
    .collect())
}

/// An unread message for `user` in `company`.
pub fn message(conn: &mut PgConnection, user: UserId, company: CompanyId, sentence: &str) -> Result<()> {
    messages::leave(conn, user, company, sentence, "/operations").map(drop)
}

/// One whole number read by a query of a test.
#[derive(QueryableByName)]
pub struct Number {
    /// The number.
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

/// The `number` that `query` finds: for recounts.
pub fn number(conn: &mut PgConnection, query: &str) -> Result<i64> {
    Ok(diesel::sql_query(query).get_result::<Number>(conn)?.number)
}

/// How many counters of SIMs differ from a recount, and how many SIMs are with the wrong labels: must be 0.
pub fn wrong_sim_counts(conn: &mut PgConnection) -> Result<i64> {
    number(
        conn,
        "SELECT (SELECT count(*) FROM (SELECT company_id, state, count(*) AS n FROM sims GROUP BY 1, 2) AS real \
             FULL JOIN (SELECT * FROM sim_counts WHERE sims <> 0) AS kept USING (company_id, state) \
             WHERE n IS DISTINCT FROM sims) \
         + (SELECT count(*) FROM (SELECT company_id, state, sim_type, coalesce(offer_id, 0) AS offer_id, count(*) AS n \
             FROM sims GROUP BY 1, 2, 3, 4) AS real \
             FULL JOIN (SELECT * FROM sim_group_counts WHERE sims <> 0) AS kept \
             USING (company_id, state, sim_type, offer_id) WHERE n IS DISTINCT FROM sims) \
         + (SELECT count(*) FROM (SELECT DISTINCT label_id, iccid, company_id, id, state, sim_type, offer_id, \
             CASE WHEN cardinality(label_ids) <= 100 THEN label_ids END, activated_at, changed_at, \
             imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth \
             FROM sims CROSS JOIN unnest(label_ids) AS of (label_id)) \
             AS real FULL JOIN sim_labels AS kept USING (label_id, iccid) \
             WHERE real::text IS DISTINCT FROM kept::text) \
         + (SELECT count(*) FROM (SELECT label_id, count(*) AS n FROM sim_labels GROUP BY 1) AS real \
             FULL JOIN (SELECT * FROM sim_label_counts WHERE sims <> 0) AS kept USING (label_id) \
             WHERE n IS DISTINCT FROM sims) AS number",
    )
}

/// How many rows of `activation_counts` differ from a recount of the SIMs: must be 0.
pub fn wrong_activation_counts(conn: &mut PgConnection) -> Result<i64> {
    number(
        conn,
        "SELECT count(*) AS number FROM (SELECT company_id, (activated_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n \
             FROM sims WHERE activated_at IS NOT NULL GROUP BY 1, 2) AS real \
         FULL JOIN (SELECT * FROM activation_counts WHERE sims <> 0) AS kept USING (company_id, day) \
         WHERE n IS DISTINCT FROM sims",
    )
}

/// The SIMs that a query finds which has forgotten its scope: their companies and ICCIDs.
pub fn sims_without_a_scope(conn: &mut PgConnection) -> Result<Vec<(CompanyId, String)>> {
    Ok(sims::table.order(sims::iccid).select((sims::company_id, sims::iccid)).load(conn)?)
}

/// A part of a request that is done by the portal itself.
pub fn beyond<T>(conn: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    tenancy::beyond(conn, work)
}

/// Ends every session connection to the database of `conn` but its own, as a restart would.
pub fn cut_connections(conn: &mut PgConnection) -> Result<()> {
    diesel::sql_query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1",
    )
    .bind::<Integer, _>(own_pid(conn)?)
    .execute(conn)?;
    Ok(())
}

fn own_pid(conn: &mut PgConnection) -> Result<i32> {
    let pid = number(conn, "SELECT pg_backend_pid()::bigint AS number")?;
    i32::try_from(pid).map_err(|error| crate::Error::Internal(error.to_string()))
}

/// A text in small letters, as searches have it.
pub fn lower_case(text: &str) -> String {
    crate::characters::lower_case(text)
}
