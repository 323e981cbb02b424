//! A dialog that is asked for by its address alone, from the address bar or a bookmark, comes in a whole page.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest as _, HttpResponse};
use askama::Template;

use super::active_company::ActiveCompany;
use super::error::AppError;
use super::html;
use super::htmx::Wants;
use super::page::{Page, Section};

/// What tells a dialog from a page, and from parts that are none.
const TITLE: &str = "id=\"dialog-title\"";

#[derive(Template)]
#[template(path = "layout/opened_dialog.html")]
struct OpenedDialog<'a> {
    page: Page,
    dialog: &'a str,
}

/// Puts the page around a dialog that has come without one.
pub async fn complete(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_asked_for = request.method() == Method::GET && Wants::of(request.headers()) == Wants::Page;
    let answer = next.call(request).await?;
    if !is_asked_for || answer.status() != StatusCode::OK {
        return Ok(answer.map_into_boxed_body());
    }
    let Ok(company) = ActiveCompany::extract(answer.request()).await else {
        return Ok(answer.map_into_boxed_body());
    };
    let is_html = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == html::CONTENT_TYPE);
    let (request, answer) = answer.into_parts();
    let (head, body) = answer.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) if is_html && is_dialog(&body) => body,
        Ok(body) => return Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body)))),
        Err(body) => return Ok(ServiceResponse::new(request, head.set_body(body.boxed()))),
    };
    Ok(match around(&company, &body).await {
        Ok(page) => ServiceResponse::new(request, page),
        Err(error) => ServiceResponse::from_err(error, request),
    })
}

fn is_dialog(body: &Bytes) -> bool {
    !body.starts_with(b"<!doctype") && body.windows(TITLE.len()).any(|part| part == TITLE.as_bytes())
}

async fn around(company: &ActiveCompany, dialog: &Bytes) -> Result<HttpResponse, AppError> {
    let (page, ()) = company.page(Section::Elsewhere, "Simyard", |_, _| Ok(())).await?;
    html::ok(&OpenedDialog { page, dialog: &String::from_utf8_lossy(dialog) })
}
