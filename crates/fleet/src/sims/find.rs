//! One SIM.

use diesel::prelude::*;

use super::Row;
use super::SimFilter;
use super::rows;
use crate::error::{Error, Result};
use crate::schema::sims;
use crate::tenancy::{CompanyScope, Permission};

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
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '+' | '-')).collect();
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let query = SimFilter::default().query(scope.company_id()).filter(
        sims::iccid
            .eq(digits.clone())
            .or(sims::imsi.eq(digits.clone()))
            .nullable()
            .or(sims::msisdn.eq(digits)),
    );
    // Two SIMs may share the digits in different identifiers: then the list shows both.
    let mut found: Vec<Row> = rows::selected(query).limit(2).load(conn)?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}
