//! The list, the page of one operation, and the bell.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template as _;
use fleet::ids::OperationId;
use fleet::operations;

use super::list_query::{ListQuery, Place, TaskQuery};
use super::selection_words;
use super::views::{Index, Json, Progress, ProgressPart, Running, Show, TaskTable};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::FormQuery;

/// Rows of a page of the list and of the task table.
const PAGE: i64 = 50;
/// The most operations that the bell counts.
const BELL: i64 = 100;

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(query): FormQuery<ListQuery>,
) -> Result<HttpResponse, AppError> {
    let (filter, place) = (query.filter()?, query.place()?);
    let (page, rows) = company
        .page(Section::Operations, "Operations", move |conn, scope| match place {
            Place::First => operations::list(conn, scope, &filter, None, PAGE),
            Place::After(number) => operations::list(conn, scope, &filter, Some(number), PAGE),
            Place::Before(number) => operations::list_after(conn, scope, &filter, number, PAGE),
        })
        .await?;
    let view = Index::new(page, query, place, rows);
    match wants {
        Wants::Fragment => html::ok(&view.as_list()),
        Wants::Page | Wants::Json => html::ok(&view),
    }
}

pub async fn running(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let running = company.run(|conn, scope| operations::running(conn, scope, BELL)).await?.len();
    html::ok(&Running { running })
}

pub async fn show(
    company: ActiveCompany,
    wants: Wants,
    number: Path<OperationId>,
    FormQuery(query): FormQuery<TaskQuery>,
) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    if wants == Wants::Json {
        let operation = company.run(move |conn, scope| operations::find(conn, scope, number)).await?;
        return Ok(HttpResponse::Ok().json(Json::of(&operation.summary)));
    }
    let (filter, place) = (query.filter()?, query.place()?);
    let title = format!("Operation #{number}");
    let (page, (progress, selection, tasks)) = company
        .page(Section::Operations, &title, move |conn, scope| {
            let tasks = match place {
                Place::First => operations::tasks(conn, scope, number, &filter, None, PAGE)?,
                Place::After(key) => operations::tasks(conn, scope, number, &filter, Some(key), PAGE)?,
                Place::Before(key) => operations::tasks_before(conn, scope, number, &filter, key, PAGE)?,
            };
            let selection = selection_words::of(conn, scope, number)?;
            Ok((Progress::read(conn, scope, number)?, selection, tasks))
        })
        .await?;
    let view = Show { page, selection, tasks: TaskTable::new(number, query, place, tasks), progress };
    match wants {
        Wants::Fragment => html::ok(&view.as_task_table()),
        Wants::Page | Wants::Json => html::ok(&view),
    }
}

pub async fn progress(company: ActiveCompany, number: Path<OperationId>) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    let progress = company.run(move |conn, scope| Progress::read(conn, scope, number)).await?;
    Ok(HttpResponse::Ok()
        .content_type(html::CONTENT_TYPE)
        .insert_header((htmx::TRIGGER, "operation-progressed"))
        .body(ProgressPart { progress }.render()?))
}
