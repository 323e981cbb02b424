//! Assigning offers to subaccounts, and withdrawing them.
//!
//! Two that work on one assignment at once wait for each other at its row: whoever gives an offer
//! on, or launches something that needs it, holds the row; whoever withdraws it deletes the row
//! first and then looks for what the others have done.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, OfferId};
use crate::operations;
use crate::schema::{offer_assignments, offers};
use crate::subaccounts::{self, child};
use crate::tenancy::{self, CompanyScope, Permission};

/// From so many on, SIMs on an offer are not counted any further.
pub const MANY: i64 = 1_000;

/// An offer that a subaccount has.
#[derive(Debug, Clone, QueryableByName)]
pub struct Assigned {
    /// The offer.
    #[diesel(sql_type = BigInt)]
    pub id: OfferId,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// How many of the subaccount's SIMs are on it; [`MANY`] stands for so many or more.
    #[diesel(sql_type = BigInt)]
    pub sims: i64,
}

/// What the company in focus has assigned to a subaccount, and whether there is more that it could.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The subaccount's name.
    pub subaccount: String,
    /// The offers that it has, by name.
    pub assigned: Vec<Assigned>,
    /// Whether the company in focus has an offer that the subaccount lacks.
    pub has_more: bool,
    /// Whether the company in focus has any offer.
    pub has_any: bool,
}

/// The offers of a subaccount of the company in focus.
pub fn shelf(conn: &mut PgConnection, scope: &CompanyScope, uid: CompanyUid) -> Result<Shelf> {
    subaccounts::require(scope, Permission::OffersAssign)?;
    let child = child(conn, scope, uid)?;
    let query = diesel::sql_query(
        "SELECT o.id, o.name, (SELECT count(*) FROM ( \
             SELECT FROM sims s WHERE s.company_id = $1 AND s.offer_id = o.id LIMIT $2) AS used) AS sims \
         FROM offer_assignments a JOIN offers o ON o.id = a.offer_id \
         WHERE a.company_id = $1 ORDER BY lower(o.name), o.id",
    )
    .bind::<BigInt, _>(child.id)
    .bind::<BigInt, _>(MANY);
    let assigned = tenancy::beyond(conn, |conn| query.load::<Assigned>(conn))?;
    let own: Vec<OfferId> = offer_assignments::table
        .filter(offer_assignments::company_id.eq(scope.company_id()))
        .select(offer_assignments::offer_id)
        .load(conn)?;
    let has_more = own.iter().any(|offer| assigned.iter().all(|theirs| theirs.id != *offer));
    Ok(Shelf { subaccount: child.name, assigned, has_more, has_any: !own.is_empty() })
}

/// Gives an offer of the company in focus to one of its subaccounts; returns the offer's name.
pub fn assign(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: CompanyUid,
    offer: OfferId,
) -> Result<String> {
    subaccounts::require_to_change(scope, Permission::OffersAssign)?;
    let child = child(conn, scope, uid)?;
    conn.transaction(|conn| {
        let given = give(conn, scope, child.id, offer)?;
        let name: String = offers::table.find(offer).select(offers::name).first(conn)?;
        if !given {
            return Err(Error::invalid("offer", format!("{} has {name} already.", child.name)));
        }
        Note::of(Action::OfferAssigned, &name).with("subaccount", child.name).write(conn, scope)?;
        Ok(name)
    })
}

/// Gives `company` an offer that the company in focus has, and says whether it lacked it. Who may do so is the caller's business.
pub(crate) fn give(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    company: CompanyId,
    offer: OfferId,
) -> Result<bool> {
    // Held until the end, so that it is not withdrawn from the company in focus in between.
    let own = offer_assignments::table
        .find((scope.company_id(), offer))
        .select(offer_assignments::offer_id)
        .for_key_share();
    let give = diesel::insert_into(offer_assignments::table)
        .values((
            offer_assignments::company_id.eq(company),
            offer_assignments::offer_id.eq(offer),
            offer_assignments::assigned_by_company_id.eq(scope.company_id()),
        ))
        .on_conflict_do_nothing();
    Ok(tenancy::beyond(conn, |conn| {
        own.first::<OfferId>(conn)?;
        Ok::<_, diesel::result::Error>(give.execute(conn)? > 0)
    })?)
}

/// Takes an offer from a subaccount that does not need it; returns the offer's name.
pub fn withdraw(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: CompanyUid,
    offer: OfferId,
) -> Result<String> {
    subaccounts::require_to_change(scope, Permission::OffersAssign)?;
    let child = child(conn, scope, uid)?;
    let name: String = offer_assignments::table
        .inner_join(offers::table)
        .filter(offer_assignments::company_id.eq(child.id))
        .filter(offer_assignments::offer_id.eq(offer))
        .select(offers::name)
        .first(conn)?;
    conn.transaction(|conn| {
        let used = sims_on(conn, child.id, offer)?;
        if used > 0 {
            return Err(in_use(&child.name, &name, used));
        }
        let assignment = offer_assignments::table.find((child.id, offer));
        match tenancy::beyond(conn, |conn| diesel::delete(assignment).execute(conn)) {
            // SIMs that came on it since they were counted: the foreign key has the last word.
            Err(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::ForeignKeyViolation,
                _,
            )) => return Err(in_use(&child.name, &name, 0)),
            Ok(0) => return Err(Error::NotFound),
            done => done?,
        };
        if let Some(below) = below_has(conn, child.id, offer)? {
            return Err(Error::refused(format!(
                "{below}, which is below {}, has {name}. Withdraw it there first. Nothing was done.",
                child.name
            )));
        }
        if let Some(operation) = operations::unfinished_on_offer(conn, child.id, offer)? {
            return Err(Error::refused(format!(
                "Operation #{operation} still puts SIMs of {} on {name}. Withdraw it when that has ended. \
                 Nothing was done.",
                child.name
            )));
        }
        Note::of(Action::OfferWithdrawn, &name).without("subaccount", child.name).write(conn, scope)?;
        Ok(name)
    })
}

fn in_use(subaccount: &str, offer: &str, sims: i64) -> Error {
    let many = match sims {
        0 => "SIMs".to_owned(),
        1 => "1 SIM".to_owned(),
        MANY.. => "1,000 or more SIMs".to_owned(),
        _ => format!("{sims} SIMs"),
    };
    let verb = if sims == 1 { "uses" } else { "use" };
    Error::refused(format!(
        "{many} of {subaccount} {verb} {offer}. Their offer has to be changed first. Nothing was done."
    ))
}

/// How many SIMs of `company` are on `offer`, counted up to [`MANY`].
fn sims_on(conn: &mut PgConnection, company: CompanyId, offer: OfferId) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        sims: i64,
    }
    let sql = "SELECT count(*) AS sims FROM ( \
                   SELECT FROM sims WHERE company_id = $1 AND offer_id = $2 LIMIT $3) AS used";
    let query =
        diesel::sql_query(sql).bind::<BigInt, _>(company).bind::<BigInt, _>(offer).bind::<BigInt, _>(MANY);
    let count: Count = tenancy::beyond(conn, |conn| query.get_result(conn))?;
    Ok(count.sims)
}

/// The name of a company below `company` that has `offer`, if there is one.
fn below_has(conn: &mut PgConnection, company: CompanyId, offer: OfferId) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Below {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let sql = "SELECT c.name FROM offer_assignments a JOIN companies c ON c.id = a.company_id \
               WHERE a.offer_id = $2 AND c.lineage @> ARRAY[$1] AND c.id <> $1 ORDER BY c.id LIMIT 1";
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(company)
        .bind::<BigInt, _>(offer)
        .get_result::<Below>(conn)
        .optional()?
        .map(|below| below.name))
}
