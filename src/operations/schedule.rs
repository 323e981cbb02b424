//! Changing when a waiting operation begins: the question, and the act.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use fleet::ids::OperationId;
use fleet::operations::{self, OperationState, Summary};
use serde::Deserialize;

use super::conduct::{self, MomentFields};
use super::settled;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::query::{FormBody, FormQuery};

/// What the dialog sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ScheduleForm {
    start: String,
    start_at: String,
    zone: String,
}

/// What the search for a time zone sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ZoneSearch {
    q: String,
}

/// The dialog.
#[derive(Template)]
#[template(path = "operations/edit_schedule.html")]
struct EditSchedule {
    summary: Summary,
    start: &'static str,
    moment: MomentFields,
    errors: FieldErrors,
}

/// The most time zones that a type-ahead shows; more are found by typing.
const ZONES: usize = 50;

/// The time zones that there are.
pub async fn zones(_: ActiveCompany, FormQuery(search): FormQuery<ZoneSearch>) -> HttpResponse {
    let found = operations::time_zones(&search.q, ZONES);
    HttpResponse::Ok().json(found.into_iter().map(|zone| Choice::new(zone, zone)).collect::<Vec<_>>())
}

/// The question.
pub async fn edit(company: ActiveCompany, number: Path<OperationId>) -> Result<HttpResponse, AppError> {
    let summary = waiting(&company, number.into_inner()).await?;
    if summary.state != OperationState::Scheduled {
        let sentence = "This operation does not wait any more: its start can't be changed.";
        return Err(fleet::Error::refused(sentence).into());
    }
    let (start_at, zone) =
        summary.scheduled_for().map_or_else(Default::default, |moment| (moment.written(), moment.zone()));
    let moment = MomentFields::typed(&start_at, zone);
    html::ok(&EditSchedule { summary, start: "at", moment, errors: FieldErrors::default() })
}

/// The act.
pub async fn update(
    company: ActiveCompany,
    wants: Wants,
    number: Path<OperationId>,
    FormBody(form): FormBody<ScheduleForm>,
) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    let typed = form.clone();
    let changed = company
        .run(move |conn, scope| {
            operations::find(conn, scope, number)?;
            let start = conduct::start(&typed.start, &typed.start_at, &typed.zone, "")?;
            operations::reschedule(conn, scope, number, start)
        })
        .await;
    match changed {
        Ok(()) => Ok(settled(wants, number, "Its start has been changed:")),
        Err(AppError::Fleet(fleet::Error::Invalid { field, message })) => {
            let mut errors = FieldErrors::default();
            errors.add(field, message);
            let moment = MomentFields::typed(&form.start_at, &form.zone);
            let summary = waiting(&company, number).await?;
            html::refused(&EditSchedule {
                summary,
                start: if form.start == "now" { "now" } else { "at" },
                moment,
                errors,
            })
        }
        Err(other) => Err(other),
    }
}

async fn waiting(company: &ActiveCompany, number: OperationId) -> Result<Summary, AppError> {
    company
        .run(move |conn, scope| {
            let summary = operations::find(conn, scope, number)?.summary;
            if !summary.is_own {
                return Err(fleet::Error::NotFound);
            }
            for permission in summary.undone.unwrap_or(summary.kind).permissions() {
                scope.require(*permission)?;
            }
            Ok(summary)
        })
        .await
}
