//! The Start page, and the widgets that are loaded again by themselves.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;

use fleet::start_layouts;
use fleet::tenancy::Permission;

use super::views::{FinishedWidget, OperationsWidget, Show, TransferList, TransferWidget};
use super::widgets;
use crate::operations::list_of;
use crate::sim_lists::{Problem, Sent};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx;
use crate::web::page::Section;

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let sends_mail = company.sends_mail();
    let (page, (layout, contents)) = company
        .page(Section::Start, "Start", move |conn, scope| {
            let layout = start_layouts::find(conn, scope)?;
            let contents = widgets::read(conn, scope, &layout, sends_mail)?;
            Ok((layout, contents))
        })
        .await?;
    html::ok(&Show::new(page, &layout, contents, None))
}

pub async fn operations(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let running = company.run(widgets::running).await?;
    html::ok(&OperationsWidget { running })
}

pub async fn finished(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let finished = company.run(widgets::finished).await?;
    html::ok(&FinishedWidget { finished })
}

pub async fn transfer(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let sends_mail = company.sends_mail();
    let draft = company.run(move |conn, scope| widgets::transfer(conn, scope, sends_mail)).await?;
    html::ok(&TransferWidget { draft })
}

/// A file with the SIMs that the widget is to transfer.
pub async fn upload(company: ActiveCompany, sent: Sent) -> Result<HttpResponse, AppError> {
    let made = company
        .run(move |conn, scope| {
            scope.require(Permission::SimsTransfer)?;
            sent.into_list(conn, scope)
        })
        .await;
    let list = match made {
        Ok(list) => list,
        Err(error) => return html::refused(&Problem { errors: FieldErrors::caught(error)? }),
    };
    let mut answer = html::ok(&TransferList { list, list_of: list_of("") })?;
    answer.headers_mut().insert(htmx::RETARGET, HeaderValue::from_static("#transfer-sims"));
    answer.headers_mut().insert(htmx::TRIGGER_AFTER_SETTLE, HeaderValue::from_static("list-made"));
    Ok(answer)
}
