//! Offers to choose from, for activating and for handing over.

use diesel::PgConnection;
use diesel::dsl::sql;
use diesel::helper_types::{InnerJoin, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::companies::search_pattern;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, OfferId};
use crate::people::lower;
use crate::schema::{companies, offer_assignments, offers};
use crate::sims::SimType;
use crate::subaccounts;
use crate::tenancy::{CompanyScope, Permission, TreeScope};

/// An offer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Choice {
    /// Its id.
    pub id: OfferId,
    /// Its name.
    pub name: String,
    /// The types of SIM that it takes.
    pub sim_types: Vec<SimType>,
}

/// An offer that can be chosen for another company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetChoice {
    /// The offer.
    pub offer: Choice,
    /// Whether the other company has it already.
    pub target_has_it: bool,
}

/// The offers of the company in focus whose name contains `search`, at most `limit`; with
/// `sim_type` those alone that take such SIMs.
pub fn choices(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    search: &str,
    sim_type: Option<SimType>,
    limit: i64,
) -> Result<Vec<Choice>> {
    scope.require(Permission::FleetView)?;
    let mut query = own(scope, search, limit);
    if let Some(sim_type) = sim_type {
        query = query.filter(offers::sim_types.contains(vec![sim_type]));
    }
    Ok(query.load(conn)?)
}

/// The offers of the company in focus, and whether `target`, a company below it at any depth, has
/// each of them; with `lacking` those alone that it has not.
pub fn choices_for(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    target: CompanyUid,
    search: &str,
    lacking: bool,
    limit: i64,
) -> Result<Vec<TargetChoice>> {
    subaccounts::require(scope, Permission::SubaccountsView)?;
    let target = below(conn, scope, target)?;
    let has = offer_assignments::table
        .filter(offer_assignments::company_id.eq(target))
        .select(offer_assignments::offer_id);
    let mut query = own(scope, search, limit);
    let theirs: Vec<OfferId> = has.load(conn)?;
    if lacking {
        query = query.filter(offers::id.ne_all(theirs.clone()));
    }
    let found: Vec<Choice> = query.load(conn)?;
    Ok(found
        .into_iter()
        .map(|offer| TargetChoice { target_has_it: theirs.contains(&offer.id), offer })
        .collect())
}

/// The offers that any account of a tree has, whose names contain `search`, at most `limit`.
pub fn tree_choices(
    conn: &mut PgConnection,
    tree: &TreeScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Choice>> {
    let assigned = offer_assignments::table
        .filter(offer_assignments::company_id.eq_any(tree.ids()))
        .select(offer_assignments::offer_id);
    Ok(offers::table
        .filter(offers::id.eq_any(assigned))
        .filter(lower(offers::name).like(search_pattern(search)))
        .order((lower(offers::name), offers::id))
        .limit(limit)
        .select((offers::id, offers::name, offers::sim_types))
        .load(conn)?)
}

type Columns = (offers::id, offers::name, offers::sim_types);
type Choices = IntoBoxed<'static, Select<InnerJoin<offer_assignments::table, offers::table>, Columns>, Pg>;

/// The offers of the company in focus whose names contain `search`, by name.
fn own(scope: &CompanyScope, search: &str, limit: i64) -> Choices {
    offer_assignments::table
        .inner_join(offers::table)
        .select((offers::id, offers::name, offers::sim_types))
        .into_boxed()
        .filter(offer_assignments::company_id.eq(scope.company_id()))
        .filter(sql::<Bool>("lower(offers.name) LIKE ").bind::<Text, _>(search_pattern(search)))
        .order((lower(offers::name), offers::id))
        .limit(limit)
}

/// The company `uid`, if it is below the one in focus at any depth.
fn below(conn: &mut PgConnection, scope: &CompanyScope, uid: CompanyUid) -> Result<CompanyId> {
    let own = scope.company_id();
    let id: CompanyId = companies::table
        .filter(companies::uid.eq(uid))
        .filter(sql::<Bool>("lineage @> ARRAY[").bind::<BigInt, _>(own).sql("]"))
        .select(companies::id)
        .first(conn)?;
    if id == own { Err(Error::NotFound) } else { Ok(id) }
}
