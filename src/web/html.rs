//! Answers that people see: a page or a part of one, and the way to another.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use askama::Template;

use super::error::AppError;

/// How HTML is announced.
pub const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// What was asked for.
pub fn ok(view: &impl Template) -> Result<HttpResponse, AppError> {
    answer(StatusCode::OK, view)
}

/// A form again, with what was typed and what is wrong with it.
pub fn refused(view: &impl Template) -> Result<HttpResponse, AppError> {
    answer(StatusCode::UNPROCESSABLE_ENTITY, view)
}

/// The same with a status of its own.
pub fn answer(status: StatusCode, view: &impl Template) -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::build(status).content_type(CONTENT_TYPE).body(view.render()?))
}

/// The way to another address of this portal, once something has been done.
pub fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// Whether an address that came with a request is one of this portal, for sure.
pub fn is_here(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.chars().any(|c| c == '\\' || c.is_control())
}
