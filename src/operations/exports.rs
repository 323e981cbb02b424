//! What came of an operation as CSV: all of it, or the failures alone, which can be sent again as a list.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::audit::{Action, Note};
use fleet::ids::OperationId;
use fleet::operations::{self, FailureCode, TaskResult};
use fleet::tenancy::Permission;

use crate::web::active_company::ActiveCompany;
use crate::web::csv::{File, download};
use crate::web::error::AppError;

const HEAD: &[&str] = &["iccid", "imsi", "msisdn", "state", "code", "sentence", "remedy"];

/// The tasks that failed, by reason.
pub async fn failures(company: ActiveCompany, number: Path<OperationId>) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    let file = file(number, "failures");
    download(company, file, move |conn, scope, after, limit| {
        scope.require(Permission::SimsExport)?;
        let failures = operations::failures(conn, scope, number, after, limit)?;
        let line = |result: TaskResult| {
            // A failure has a code: the database sees to it.
            let code = result.task.code.unwrap_or(FailureCode::NotFound);
            ((code, result.task.position), cells(result))
        };
        Ok(failures.into_iter().map(line).collect())
    })
    .await
}

/// All tasks.
pub async fn results(company: ActiveCompany, number: Path<OperationId>) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    let file = file(number, "results");
    download(company, file, move |conn, scope, after: Option<i32>, limit| {
        scope.require(Permission::SimsExport)?;
        let results = operations::results(conn, scope, number, after.unwrap_or(0), limit)?;
        Ok(results.into_iter().map(|result| (result.task.position, cells(result))).collect())
    })
    .await
}

fn file(number: OperationId, what: &str) -> File {
    let name = format!("operation-{number}-{what}.csv");
    let note = Note::of(Action::FileDownloaded, &*name).operation(number);
    File { name, note, head: HEAD }
}

fn cells(result: TaskResult) -> Vec<String> {
    let TaskResult { task, imsi, msisdn } = result;
    vec![
        task.iccid.clone(),
        imsi,
        msisdn.unwrap_or_default(),
        task.state.to_string(),
        task.code.map(|code| code.to_string()).unwrap_or_default(),
        task.sentence().unwrap_or_default(),
        task.remedy().unwrap_or_default(),
    ]
}
