//! The list, the page of one operation, and the bell.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template as _;
use fleet::ids::OperationId;
use fleet::{exports, messages, operations};
use serde::Deserialize;

use super::index::Index;
use super::json;
use super::list_query::{ListQuery, Place, TaskQuery};
use super::selection_words;
use super::views::{Bell, Progress, ProgressPart, Show, TaskTable};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::FormQuery;

/// Rows of a page of the list and of the task table.
const PAGE: i64 = 50;

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
        Wants::Page => html::ok(&view),
        Wants::Json => Ok(HttpResponse::Ok().json(view.to_json())),
    }
}

/// What the bell showed before.
#[derive(Deserialize)]
pub struct Shown {
    /// The id of the newest unread message, if any was; absent when nothing was shown yet.
    known: Option<i64>,
}

pub async fn running(
    company: ActiveCompany,
    FormQuery(shown): FormQuery<Shown>,
) -> Result<HttpResponse, AppError> {
    let (under_way, unread) = company
        .run(|conn, scope| {
            let mut under_way = operations::under_way(conn, scope)?;
            // The bell looks out for the messages of these too.
            under_way.scheduled += exports::being_made(conn, scope)?;
            Ok((under_way, messages::unread(conn, scope)?))
        })
        .await?;
    let newest = unread.newest.as_ref().map_or(0, |(id, _)| id.0);
    let bell = Bell { under_way, unread: unread.count, newest };
    let mut answer = HttpResponse::Ok();
    if let Some((id, sentence)) = unread.newest
        && shown.known.is_some_and(|known| known < id.0)
    {
        let events = serde_json::json!({ "announce": { "text": sentence } });
        answer.insert_header((htmx::TRIGGER, htmx::json_header(&events)));
    }
    Ok(answer.content_type(html::CONTENT_TYPE).body(bell.render()?))
}

pub async fn show(
    company: ActiveCompany,
    wants: Wants,
    number: Path<OperationId>,
    FormQuery(query): FormQuery<TaskQuery>,
) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    if wants == Wants::Json {
        return json::answer(&company, number, StatusCode::OK).await;
    }
    let (filter, place) = (query.filter()?, query.place()?);
    let title = format!("Operation #{number}");
    let (page, (progress, selection, tasks)) = company
        .page(Section::Operations, &title, move |conn, scope| {
            // Before the tasks: who is told that it has ended asks no more, and is not to be left with what was before.
            let progress = Progress::read(conn, scope, number)?;
            let tasks = match place {
                Place::First => operations::tasks(conn, scope, number, &filter, None, PAGE)?,
                Place::After(key) => operations::tasks(conn, scope, number, &filter, Some(key), PAGE)?,
                Place::Before(key) => operations::tasks_before(conn, scope, number, &filter, key, PAGE)?,
            };
            let selection = selection_words::of(conn, scope, number)?;
            Ok((progress, selection, tasks))
        })
        .await?;
    let view =
        Show { page, selection, tasks: TaskTable::new(progress.summary(), query, place, tasks), progress };
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
