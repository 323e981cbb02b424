//! No NUL from outside: PostgreSQL keeps none in a text, and nobody types one.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::error::AppError;

/// Refuses a request with a NUL in its address or in its form, before it fails in the database.
pub async fn check(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match holds_nul(&mut request).await {
        Ok(false) => Ok(next.call(request).await?.map_into_boxed_body()),
        Ok(true) => {
            let words = "A text holds a character that cannot be kept. Nothing was done.";
            Ok(request.error_response(AppError::BadRequest(words.into())))
        }
        Err(error) => Ok(request.error_response(error)),
    }
}

async fn holds_nul(request: &mut ServiceRequest) -> Result<bool, AppError> {
    let address = request.uri().path_and_query().map_or("", |address| address.as_str());
    if is_in(address.as_bytes()) {
        return Ok(true);
    }
    let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    });
    if !is_form {
        return Ok(false);
    }
    let body = request.extract::<web::Bytes>().await.map_err(|_| AppError::TooLarge)?;
    let found = is_in(&body);
    request.set_payload(Payload::from(body));
    Ok(found)
}

/// Whether there is one, bare or percent-encoded. A typed "%00" is "%2500" on its way.
fn is_in(text: &[u8]) -> bool {
    text.contains(&0) || text.windows(3).any(|three| three == b"%00")
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_nul_is_found_and_nothing_else() {
        assert!(is_in(b"q=a%00b") && is_in(b"q=\0"));
        assert!(!is_in(b"q=%2500") && !is_in(b"q=%01"));
    }
}
