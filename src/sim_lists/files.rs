//! A list as CSV: its SIMs, and what was sent and is none.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::audit::{Action, Note};
use fleet::ids::SimListUid;
use fleet::sim_lists::{self, SimListProblem};
use fleet::tenancy::Permission;
use serde::Deserialize;

use crate::web::active_company::ActiveCompany;
use crate::web::csv::{File, download};
use crate::web::error::AppError;
use crate::web::query::FormQuery;

/// The SIMs.
pub async fn sims(company: ActiveCompany, uid: Path<SimListUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let file = file("sims.csv", &["iccid", "imsi", "msisdn", "eid", "state", "line"]);
    download(company, file, move |conn, scope, after: Option<String>, limit| {
        scope.require(Permission::SimsExport)?;
        if after.is_none() {
            sim_lists::find(conn, scope, uid)?;
        }
        let sims = sim_lists::sims(conn, scope, uid, after.as_deref().unwrap_or_default(), limit)?;
        let line = |sim: sim_lists::Member| {
            let (msisdn, eid) = (sim.msisdn.unwrap_or_default(), sim.eid.unwrap_or_default());
            let line = sim.line.map_or_else(String::new, |line| line.to_string());
            (sim.iccid.clone(), vec![sim.iccid, sim.imsi, msisdn, eid, sim.state.to_string(), line])
        };
        Ok(sims.into_iter().map(line).collect())
    })
    .await
}

fn file(name: &str, head: &'static [&'static str]) -> File {
    File { name: name.to_owned(), note: Note::of(Action::FileDownloaded, name), head }
}

/// Which leftovers are wanted; all of them, if nothing is said.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    problem: Option<SimListProblem>,
}

/// What was sent and is no SIM of the list.
pub async fn leftovers(
    company: ActiveCompany,
    uid: Path<SimListUid>,
    FormQuery(Wanted { problem }): FormQuery<Wanted>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let name = match problem {
        None => "not-in-the-list.csv",
        Some(SimListProblem::NotFound) => "not-found.csv",
        Some(SimListProblem::Malformed) => "malformed.csv",
        Some(SimListProblem::Duplicate) => "duplicates.csv",
    };
    let file = file(name, &["line", "entry", "problem", "reason"]);
    download(company, file, move |conn, scope, after, limit| {
        if after.is_none() {
            sim_lists::find(conn, scope, uid)?;
        }
        let leftovers = sim_lists::leftovers(conn, scope, uid, problem, after, limit)?;
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
