//! The list, and marking what it shows as read.

use actix_web::HttpResponse;
use askama::Template as _;
use fleet::ids::MessageId;
use fleet::messages;
use serde::Deserialize;

use super::views::{Index, List};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::FormBody;

/// The most messages that are shown.
const SHOWN: i64 = 50;

#[derive(Deserialize)]
pub struct Reading {
    /// The newest message that was on the screen.
    up_to: String,
}

pub async fn index(company: ActiveCompany, wants: Wants) -> Result<HttpResponse, AppError> {
    if wants == Wants::Fragment {
        let messages = company.run(|conn, scope| messages::newest(conn, scope, SHOWN)).await?;
        return html::ok(&List { messages });
    }
    let (page, messages) = company
        .page(Section::Elsewhere, "Messages", |conn, scope| messages::newest(conn, scope, SHOWN))
        .await?;
    html::ok(&Index { page, list: List { messages } })
}

pub async fn create_reading(
    company: ActiveCompany,
    wants: Wants,
    FormBody(reading): FormBody<Reading>,
) -> Result<HttpResponse, AppError> {
    let up_to: MessageId = reading.up_to.parse().map_err(|_| {
        AppError::BadRequest("The form does not say up to which message. Nothing was done.".into())
    })?;
    let messages = company
        .run(move |conn, scope| {
            messages::mark_read(conn, scope, up_to)?;
            messages::newest(conn, scope, SHOWN)
        })
        .await?;
    if wants != Wants::Fragment {
        return Ok(html::see_other("/messages"));
    }
    Ok(HttpResponse::Ok()
        .content_type(html::CONTENT_TYPE)
        .insert_header((htmx::TRIGGER, "messages-changed"))
        .body(List { messages }.render()?))
}
