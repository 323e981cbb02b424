//! A company at a glance: what the Start page shows beside the counts by state. All of it is read from counters.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Text, Uuid};

use crate::error::Result;
use crate::ids::CompanyUid;
use crate::tenancy::{self, CompanyScope, Permission};

/// A subaccount with its SIMs by state.
#[derive(Debug, Clone, QueryableByName)]
pub struct SubaccountTotals {
    /// Its public id.
    #[diesel(sql_type = Uuid)]
    pub uid: CompanyUid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// SIMs in Inventory.
    #[diesel(sql_type = BigInt)]
    pub inventory: i64,
    /// Active SIMs.
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    /// Suspended SIMs.
    #[diesel(sql_type = BigInt)]
    pub suspended: i64,
    /// Retired SIMs.
    #[diesel(sql_type = BigInt)]
    pub retired: i64,
}

impl SubaccountTotals {
    /// SIMs in all states.
    pub fn total(&self) -> i64 {
        self.inventory + self.active + self.suspended + self.retired
    }
}

/// The direct subaccounts of the active company with the most SIMs, the largest first.
pub fn largest_subaccounts(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    limit: i64,
) -> Result<Vec<SubaccountTotals>> {
    // The condition is written as the index on the names of siblings has it.
    const SQL: &str = "SELECT c.uid, c.name, \
             coalesce(sum(n.sims) FILTER (WHERE n.state = 'inventory'), 0)::bigint AS inventory, \
             coalesce(sum(n.sims) FILTER (WHERE n.state = 'active'), 0)::bigint AS active, \
             coalesce(sum(n.sims) FILTER (WHERE n.state = 'suspended'), 0)::bigint AS suspended, \
             coalesce(sum(n.sims) FILTER (WHERE n.state = 'retired'), 0)::bigint AS retired \
         FROM companies c LEFT JOIN sim_counts n ON n.company_id = c.id \
         WHERE coalesce(c.parent_id, 0) = $1 \
         GROUP BY c.id ORDER BY coalesce(sum(n.sims), 0) DESC, lower(c.name) LIMIT $2";
    scope.require(Permission::SubaccountsView)?;
    let query = diesel::sql_query(SQL).bind::<BigInt, _>(scope.company_id()).bind::<BigInt, _>(limit);
    Ok(tenancy::beyond(conn, |conn| query.load(conn))?)
}

/// How many SIMs were activated on one day (UTC).
#[derive(Debug, Clone, QueryableByName)]
pub struct Activations {
    /// The day.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// SIMs of the company that were activated last on that day.
    #[diesel(sql_type = BigInt)]
    pub sims: i64,
}

/// The activations of the last `days` days, today included: a row for each, also without any.
pub fn activations_per_day(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    days: i32,
) -> Result<Vec<Activations>> {
    const SQL: &str = "WITH span AS (SELECT (now() AT TIME ZONE 'UTC')::date AS today) \
         SELECT days.day::date AS day, coalesce(n.sims, 0) AS sims \
         FROM span CROSS JOIN generate_series(span.today - ($2 - 1), span.today, interval '1 day') AS days (day) \
         LEFT JOIN activation_counts n ON n.company_id = $1 AND n.day = days.day::date ORDER BY 1";
    scope.require(Permission::FleetView)?;
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(scope.company_id()).bind::<Integer, _>(days).load(conn)?)
}
