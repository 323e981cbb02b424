//! The body of a request, read before anybody looks at it: of a size and in a time that have an end.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, UPGRADE};
use actix_web::middleware::Next;
use actix_web::rt::time::timeout;
use actix_web::{Error, web};

use super::error::AppError;
use super::upload::brings_files;
use crate::routes;

/// How long a client may take to send a form.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads the body of what may change something, and puts it back whole. Files are left to the routes that take them, and to no
/// others: they come in pieces, and may be large (see [`super::upload`]).
pub async fn read(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !request.method().is_safe() && !takes_files(&request) {
        if !is_form_or_nothing(request.headers()) && !routes::is_signed(request.path()) {
            return Ok(request.error_response(AppError::NoForm));
        }
        match whole(&mut request).await {
            Ok(body) => request.set_payload(Payload::from(body)),
            Err(error) => return Ok(request.error_response(error)),
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn takes_files(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    brings_files(headers) && !headers.contains_key(UPGRADE) && routes::takes_files(request.path())
}

/// Nobody sends anything else to be read; what is not read can't be misread.
fn is_form_or_nothing(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|kind| {
        kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    })
}

async fn whole(request: &mut ServiceRequest) -> Result<web::Bytes, AppError> {
    // The server takes all that follows such a request for one body without an end.
    if request.headers().contains_key(UPGRADE) {
        return Err(AppError::BadRequest("This portal speaks plain HTTP only. Nothing was done.".into()));
    }
    let body = timeout(PATIENCE, request.extract::<web::Bytes>()).await.map_err(|_| AppError::TooSlow)?;
    body.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        _ => AppError::BadRequest("The request broke off or could not be read. Nothing was done.".into()),
    })
}
