//! An operation for programs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use fleet::ids::OperationId;
use fleet::operations::{self, Moment, OperationKind, OperationState, Outcome, Summary};

use crate::web::active_company::ActiveCompany;
use crate::web::display::machine_time;
use crate::web::error::AppError;

/// An operation for programs.
#[derive(serde::Serialize)]
pub struct Json {
    number: OperationId,
    kind: OperationKind,
    state: OperationState,
    launched_by: String,
    launched_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_zone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<OperationId>,
    /// How many tasks there are so far.
    total: i32,
    /// How many SIMs it is for, where it was launched in the company in focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<i32>,
    counters: JsonCounters,
}

#[derive(serde::Serialize)]
struct JsonCounters {
    pending: i32,
    in_progress: i32,
    success: i32,
    failure: i32,
    cancelled: i32,
}

impl Json {
    /// The operation as JSON.
    pub fn of(summary: &Summary) -> Self {
        let c = &summary.counters;
        Self {
            number: summary.number,
            kind: summary.kind,
            state: summary.state,
            launched_by: summary.launched_by.clone(),
            launched_at: machine_time(&summary.launched_at),
            started_at: summary.started_at.map(|at| machine_time(&at)),
            finished_at: summary.finished_at.map(|at| machine_time(&at)),
            outcome: summary.outcome(),
            scheduled_for: summary.scheduled_for().map(|moment| machine_time(&moment.at())),
            scheduled_zone: summary.scheduled_for().map(Moment::zone),
            after: summary.after,
            total: c.total(),
            selected: summary.selected,
            counters: JsonCounters {
                pending: c.pending,
                in_progress: c.in_progress,
                success: c.success,
                failure: c.failure,
                cancelled: c.cancelled,
            },
        }
    }
}

/// The answer about an operation.
pub async fn answer(
    company: &ActiveCompany,
    number: OperationId,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let operation = company.run(move |conn, scope| operations::find(conn, scope, number)).await?;
    let mut answer = HttpResponse::build(status);
    if status == StatusCode::CREATED {
        answer.insert_header((LOCATION, format!("/operations/{number}")));
    }
    Ok(answer.json(Json::of(&operation.summary)))
}
