//! The rows with problems as CSV, which can be corrected and sent again.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::audit::{Action, Note};
use fleet::ids::ImportDraftUid;
use fleet::import_drafts::{self, BadLine};

use crate::web::active_company::ActiveCompany;
use crate::web::csv::{File, download};
use crate::web::error::AppError;

/// The columns that an import knows, with the line of the file and what is wrong with it.
const HEAD: &[&str] = &["line", "iccid", "imsi", "msisdn", "eid", "type", "label", "problem"];

/// Those of [`HEAD`] that are left out when the file is sent again.
pub(super) const BESIDE_THE_ROW: [&str; 2] = ["line", "problem"];

/// The rows with problems.
pub async fn problems(company: ActiveCompany, uid: Path<ImportDraftUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let name = "import-problems.csv".to_owned();
    let file = File { note: Note::of(Action::FileDownloaded, &*name), name, head: HEAD };
    download(company, file, move |conn, scope, after: Option<i32>, limit| {
        let lines = import_drafts::bad_lines(conn, scope, uid, after.unwrap_or(0), limit)?;
        Ok(lines.into_iter().map(|line| (line.line, cells(line))).collect())
    })
    .await
}

fn cells(line: BadLine) -> Vec<String> {
    let BadLine { line, iccid, imsi, msisdn, eid, sim_type, label, reason } = line;
    let kept = [iccid, imsi, msisdn, eid, sim_type, label, reason].map(Option::unwrap_or_default);
    std::iter::once(line.to_string()).chain(kept).collect()
}
