//! Offers: the commercial plans that SIMs are activated on, and which companies have them.
//!
//! An offer belongs to the main account that made it. A company has an offer by a row in
//! `offer_assignments`, the owner too; foreign keys see to it that no SIM is on an offer that its
//! company does not have.

mod assignments;
mod choices;
mod write;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use crate::error::Result;
use crate::ids::{CompanyId, OfferId};
use crate::network::Services;
use crate::people::lower;
use crate::schema::{companies, offer_assignments, offers};
use crate::sims::SimType;
use crate::tenancy::{CompanyScope, Permission};

pub(crate) use assignments::give;
pub use assignments::{Assigned, MANY, Shelf, assign, shelf, withdraw};
pub use choices::{Choice, TargetChoice, choices, choices_for, tree_choices};
pub use write::{Description, NewOffer, create, find_own, update};

/// An offer that the company in focus has.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// Its name, unique among the offers of its owner.
    pub name: String,
    /// What it is, for people; may be empty.
    pub description: String,
    /// The types of SIM that it takes.
    pub sim_types: Vec<SimType>,
    /// The network that serves its SIMs.
    pub network: String,
    /// What the network serves.
    pub services: Services,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
    /// Who assigned it, if it is not the company's own.
    pub assigned_by: Option<String>,
    /// How many companies below the one in focus have it.
    pub subaccounts: i64,
}

/// The offers of the active company by name, each with its network before it.
pub(crate) fn by_network(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<(String, String)>> {
    Ok(offer_assignments::table
        .inner_join(offers::table)
        .filter(offer_assignments::company_id.eq(scope.company_id()))
        .order((lower(offers::name), offers::id))
        .select((offers::network, offers::name))
        .load(conn)?)
}

/// The networks of the offers that a company has: for the worker, which acts for the company of an operation.
pub(crate) fn networks(conn: &mut PgConnection, company: CompanyId) -> Result<Vec<String>> {
    Ok(offer_assignments::table
        .inner_join(offers::table)
        .filter(offer_assignments::company_id.eq(company))
        .select(offers::network)
        .distinct()
        .load(conn)?)
}

/// The offers that the company in focus has, its own and those assigned to it, by name.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Offer>> {
    type Row =
        (OfferId, String, String, Vec<SimType>, String, (bool, bool), DateTime<Utc>, CompanyId, String);
    scope.require(Permission::OffersAssign)?;
    let rows: Vec<Row> = offer_assignments::table
        .inner_join(offers::table)
        .inner_join(companies::table.on(companies::id.eq(offer_assignments::assigned_by_company_id)))
        .filter(offer_assignments::company_id.eq(scope.company_id()))
        .order((lower(offers::name), offers::id))
        .select((
            offers::id,
            offers::name,
            offers::description,
            offers::sim_types,
            offers::network,
            (offers::packet_service, offers::circuit_service),
            offers::created_at,
            offers::company_id,
            companies::name,
        ))
        .load(conn)?;
    let ids: Vec<OfferId> = rows.iter().map(|row| row.0).collect();
    let below = companies_below(conn, scope, &ids)?;
    Ok(rows
        .into_iter()
        .map(
            |(
                id,
                name,
                description,
                sim_types,
                network,
                (packet, circuit),
                created_at,
                owner,
                assigned_by,
            )| Offer {
                id,
                name,
                description,
                sim_types,
                network,
                services: Services { packet, circuit },
                created_at,
                assigned_by: (owner != scope.company_id()).then_some(assigned_by),
                subaccounts: below.iter().find(|row| row.offer == id).map_or(0, |row| row.companies),
            },
        )
        .collect())
}

#[derive(QueryableByName)]
struct Below {
    #[diesel(sql_type = BigInt)]
    offer: OfferId,
    #[diesel(sql_type = BigInt)]
    companies: i64,
}

/// How many companies below the one in focus have each of `offers`.
fn companies_below(conn: &mut PgConnection, scope: &CompanyScope, offers: &[OfferId]) -> Result<Vec<Below>> {
    let sql = "SELECT a.offer_id AS offer, count(*) AS companies \
               FROM offer_assignments a JOIN companies c ON c.id = a.company_id \
               WHERE a.offer_id = ANY($2) AND c.lineage @> ARRAY[$1] AND c.id <> $1 GROUP BY a.offer_id";
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Array<BigInt>, _>(offers)
        .load(conn)?)
}
