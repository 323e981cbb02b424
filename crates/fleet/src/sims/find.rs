//! One SIM.

use diesel::prelude::*;

use super::Row;
use super::rows;
use super::{SimFilter, SimQuery, SimState};
use crate::error::{Error, Result};
use crate::schema::sims;
use crate::tenancy::{CompanyScope, Permission};

/// The fewest digits that are taken for an identifier.
const FEWEST: usize = 5;
/// The digits of an EID.
const EID: usize = 32;
/// The most SIMs that one identifier may mean: a card has a SIM for each of its profiles.
const MEANT: i64 = 50;

/// The SIM of the active company with this ICCID.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, iccid: &str) -> Result<Row> {
    scope.require(Permission::FleetView)?;
    if !iccid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::NotFound);
    }
    let query = SimFilter::default().query(scope.company_id()).filter(sims::iccid.eq(iccid.to_owned()));
    Ok(rows::selected(query).first(conn)?)
}

/// The SIM of the active company of which `text` is an identifier, if it is one's.
pub fn identified(conn: &mut PgConnection, scope: &CompanyScope, text: &str) -> Result<Option<Row>> {
    scope.require(Permission::FleetView)?;
    let Some(digits) = digits(text) else { return Ok(None) };
    // Two SIMs may share the digits in different identifiers: then the list shows both.
    let mut found: Vec<Row> = rows::selected(numbered(scope, digits)).limit(2).load(conn)?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// The ICCIDs of the SIMs of the active company of which `text` is an identifier: with an EID, of all on the card.
pub(crate) fn meant(conn: &mut PgConnection, scope: &CompanyScope, text: &str) -> Result<Vec<String>> {
    scope.require(Permission::FleetView)?;
    let Some(digits) = digits(text) else { return Ok(Vec::new()) };
    let query = if digits.len() == EID {
        // The index on EIDs has the state before them.
        let query = SimFilter::default().query(scope.company_id());
        query.filter(sims::state.eq_any(SimState::ALL)).filter(sims::eid.eq(digits))
    } else {
        numbered(scope, digits)
    };
    Ok(query.select(sims::iccid).order(sims::iccid).limit(MEANT).load(conn)?)
}

/// The SIMs of the active company with this ICCID, IMSI or MSISDN.
fn numbered(scope: &CompanyScope, digits: String) -> SimQuery {
    let others = sims::imsi.eq(digits.clone()).nullable().or(sims::msisdn.eq(digits.clone()));
    SimFilter::default().query(scope.company_id()).filter(sims::iccid.eq(digits).nullable().or(others))
}

/// The digits of an identifier, however they are parted; none of what is no identifier.
pub(crate) fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '+' | '-')).collect();
    (digits.len() >= FEWEST && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}
