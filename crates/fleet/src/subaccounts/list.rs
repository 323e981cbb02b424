//! The list of subaccounts: a page of companies, then one statement each for what is shown of all of them.

use std::collections::HashMap;

use diesel::PgConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::{Child, Subaccount, child, require};
use crate::companies::search_pattern;
use crate::error::Result;
use crate::ids::{CompanyId, CompanyUid};
use crate::schema::{companies, memberships, offer_assignments, offers, sim_counts, users};
use crate::sims::SimState;
use crate::tenancy::{self, CompanyScope, Permission, Role};

/// The most subaccounts on one page.
pub const PAGE_SIZE: usize = 50;

/// Which subaccounts are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A part of the name or of the external ID, in any letter case; empty finds all.
    pub search: String,
    /// Where the page begins.
    pub from: Position,
}

/// Where a page begins. Names are unique among siblings, so that a name says it.
#[derive(Debug, Clone, Default)]
pub enum Position {
    /// At the first name.
    #[default]
    Start,
    /// Behind this name.
    After(String),
    /// With the page that ends before this name.
    Before(String),
}

/// A page of subaccounts, in the order of their names.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The subaccounts.
    pub rows: Vec<Subaccount>,
    /// Whether there are more before these.
    pub has_previous: bool,
    /// Whether there are more behind these.
    pub has_next: bool,
}

/// The subaccounts of the company in focus that are wanted, one page of them.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope, wanted: &Wanted) -> Result<Listing> {
    require(scope, Permission::SubaccountsView)?;
    let (children, has_previous, has_next) = page(conn, scope, wanted)?;
    Ok(Listing { rows: describe(conn, children)?, has_previous, has_next })
}

/// One subaccount of the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: CompanyUid) -> Result<Subaccount> {
    require(scope, Permission::SubaccountsView)?;
    let child = child(conn, scope, uid)?;
    describe(conn, vec![child])?.pop().ok_or(crate::Error::NotFound)
}

/// The page, and whether there is more before and behind it.
fn page(conn: &mut PgConnection, scope: &CompanyScope, wanted: &Wanted) -> Result<(Vec<Child>, bool, bool)> {
    // As the unique index has it, which so serves the order too.
    let siblings = sql::<Bool>("coalesce(parent_id, 0) = ").bind::<BigInt, _>(scope.company_id());
    let mut query = companies::table.filter(siblings).select(Child::as_select()).into_boxed();
    if !wanted.search.trim().is_empty() {
        let pattern = search_pattern(&wanted.search);
        query = query.filter(
            sql::<Bool>("(lower(name) LIKE ")
                .bind::<Text, _>(pattern.clone())
                .sql(" OR lower(external_id) LIKE ")
                .bind::<Text, _>(pattern)
                .sql(")"),
        );
    }
    let backwards = matches!(wanted.from, Position::Before(_));
    let query = match &wanted.from {
        Position::Start => query.order(sql::<Text>("lower(name)")),
        Position::After(name) => query
            .filter(sql::<Bool>("lower(name) > lower(").bind::<Text, _>(storable(name)).sql(")"))
            .order(sql::<Text>("lower(name)")),
        Position::Before(name) => query
            .filter(sql::<Bool>("lower(name) < lower(").bind::<Text, _>(storable(name)).sql(")"))
            .order(sql::<Text>("lower(name) DESC")),
    };
    let mut children: Vec<Child> =
        query.limit(i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX)).load(conn)?;
    let more = children.len() > PAGE_SIZE;
    children.truncate(PAGE_SIZE);
    if backwards {
        children.reverse();
        return Ok((children, more, true));
    }
    Ok((children, matches!(wanted.from, Position::After(_)), more))
}

/// PostgreSQL has no text with a NUL in it: no name has one either.
fn storable(text: &str) -> String {
    text.replace('\0', "")
}

/// Adds what is shown of each: one statement for all of them per kind of thing.
fn describe(conn: &mut PgConnection, children: Vec<Child>) -> Result<Vec<Subaccount>> {
    let ids: Vec<CompanyId> = children.iter().map(|child| child.id).collect();
    let people = memberships::table
        .inner_join(users::table)
        .filter(memberships::company_id.eq_any(&ids))
        .filter(memberships::role.eq(Role::Administrator))
        .order((crate::people::lower(users::name), users::id))
        .select((memberships::company_id, users::name));
    let mut administrators =
        by_company(tenancy::beyond(conn, |conn| people.load::<(CompanyId, String)>(conn))?);
    let mut assigned = by_company(
        offer_assignments::table
            .inner_join(offers::table)
            .filter(offer_assignments::company_id.eq_any(&ids))
            .order((crate::people::lower(offers::name), offers::id))
            .select((offer_assignments::company_id, offers::name))
            .load::<(CompanyId, String)>(conn)?,
    );
    let counts = sim_counts::table
        .filter(sim_counts::company_id.eq_any(&ids))
        .select((sim_counts::company_id, (sim_counts::state, sim_counts::sims)));
    let mut sims =
        by_company(tenancy::beyond(conn, |conn| counts.load::<(CompanyId, (SimState, i64))>(conn))?);
    let mut described = Vec::with_capacity(children.len());
    for child in children {
        described.push(Subaccount {
            administrators: administrators.remove(&child.id).unwrap_or_default(),
            offers: assigned.remove(&child.id).unwrap_or_default(),
            sims: sims.remove(&child.id).unwrap_or_default(),
            uid: child.uid,
            name: child.name,
            external_id: child.external_id,
            suspended_at: child.suspended_at,
            created_at: child.created_at,
        });
    }
    Ok(described)
}

fn by_company<T>(rows: Vec<(CompanyId, T)>) -> HashMap<CompanyId, Vec<T>> {
    let mut found: HashMap<CompanyId, Vec<T>> = HashMap::new();
    for (company, value) in rows {
        found.entry(company).or_default().push(value);
    }
    found
}
