//! The page of a SIM.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::web::Path;
use fleet::operations;
use serde::Deserialize;

use super::timeline_query::TimelineQuery;
use super::views::{Left, Renewal, Show, Standing};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::FormQuery;

/// The events of the timeline that are shown at once.
const EVENTS: i64 = 20;

pub async fn show(
    company: ActiveCompany,
    wants: Wants,
    iccid: Path<String>,
    FormQuery(query): FormQuery<TimelineQuery>,
) -> Result<HttpResponse, AppError> {
    if wants == Wants::Json {
        let standing = company.run(move |conn, scope| Standing::read(conn, scope, &iccid, false)).await?;
        return Ok(HttpResponse::Ok().json(standing.as_json()));
    }
    let title = format!("SIM {iccid}");
    let (filter, before, has_networks) = (query.filter()?, query.before()?, company.has_networks());
    let (page, (standing, events)) = company
        .page(Section::Fleet, &title, move |conn, scope| {
            let standing = Standing::read(conn, scope, &iccid, has_networks)?;
            let events = operations::timeline(conn, scope, standing.row.id, &filter, before, EVENTS)?;
            Ok((standing, events))
        })
        .await?;
    let view = Show::new(page, standing, query, events);
    match (wants, before) {
        (Wants::Fragment, Some(_)) => html::ok(&view.as_events()),
        (Wants::Fragment, None) => html::ok(&view.as_timeline()),
        (Wants::Page | Wants::Json, _) => html::ok(&view),
    }
}

/// What the page knows of the SIM.
#[derive(Deserialize)]
pub struct Known {
    /// Empty if nothing.
    #[serde(default)]
    known: String,
}

/// What has changed about a SIM since its page was drawn: nothing, or how it stands now.
pub async fn renewal(
    company: ActiveCompany,
    iccid: Path<String>,
    FormQuery(Known { known }): FormQuery<Known>,
) -> Result<HttpResponse, AppError> {
    let has_networks = company.has_networks();
    let found = company
        .page(Section::Fleet, "", move |conn, scope| Standing::read(conn, scope, &iccid, has_networks))
        .await;
    let (page, standing) = match found {
        Err(AppError::Fleet(fleet::Error::NotFound)) => {
            let mut answer = html::answer(StatusCode::NOT_FOUND, &Left)?;
            answer.headers_mut().insert(htmx::RETARGET, HeaderValue::from_static("#sim-standing"));
            return Ok(answer);
        }
        found => found?,
    };
    if standing.stamp() == known {
        return Ok(HttpResponse::NoContent().finish());
    }
    let mut answer = html::ok(&Renewal::of(page, standing, &known)?)?;
    answer.headers_mut().insert(htmx::TRIGGER_AFTER_SETTLE, HeaderValue::from_static("sim-renewed"));
    Ok(answer)
}
