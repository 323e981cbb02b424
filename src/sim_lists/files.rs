//! A list as CSV: its SIMs, and what was sent and is none.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::SimListUid;
use fleet::sim_lists;

use crate::web::active_company::ActiveCompany;
use crate::web::csv::{File, download};
use crate::web::error::AppError;

/// The SIMs.
pub async fn sims(company: ActiveCompany, uid: Path<SimListUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let file = File { name: "sims.csv".to_owned(), head: &["iccid", "imsi", "msisdn", "eid", "state"] };
    download(company, file, move |conn, scope, after: Option<String>, limit| {
        if after.is_none() {
            sim_lists::find(conn, scope, uid)?;
        }
        let sims = sim_lists::sims(conn, scope, uid, after.as_deref().unwrap_or_default(), limit)?;
        let line = |sim: sim_lists::Member| {
            let (msisdn, eid) = (sim.msisdn.unwrap_or_default(), sim.eid.unwrap_or_default());
            (sim.iccid.clone(), vec![sim.iccid, sim.imsi, msisdn, eid, sim.state.to_string()])
        };
        Ok(sims.into_iter().map(line).collect())
    })
    .await
}

/// What was sent and is no SIM of the list.
pub async fn leftovers(company: ActiveCompany, uid: Path<SimListUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let file = File { name: "not-in-the-list.csv".to_owned(), head: &["line", "entry", "problem", "reason"] };
    download(company, file, move |conn, scope, after, limit| {
        if after.is_none() {
            sim_lists::find(conn, scope, uid)?;
        }
        let leftovers = sim_lists::leftovers(conn, scope, uid, after, limit)?;
        let line = |left: sim_lists::Leftover| {
            let cells = vec![
                left.line.to_string(),
                left.written,
                left.problem.label().to_owned(),
                left.reason.unwrap_or_default(),
            ];
            ((left.problem, left.entry), cells)
        };
        Ok(leftovers.into_iter().map(line).collect())
    })
    .await
}
