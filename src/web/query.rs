//! Query strings and form bodies in which a name may stand several times: `state=active&state=suspended`.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::csrf::FORM_LIMIT;
use super::error::AppError;

/// A query string. One that can't be read is a 400.
#[derive(Debug)]
pub struct FormQuery<T>(pub T);

/// The body of a form. One that can't be read is a 400.
#[derive(Debug)]
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest for FormQuery<T> {
    type Error = AppError;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(serde_html_form::from_str(request.query_string()).map(Self).map_err(|_| {
            AppError::BadRequest(
                "The address can't be read: a part behind the question mark is wrong.".into(),
            )
        }))
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for FormBody<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|_| AppError::TooLarge)?;
            if body.len() > FORM_LIMIT {
                return Err(AppError::TooLarge);
            }
            serde_html_form::from_bytes(&body)
                .map(Self)
                .map_err(|_| AppError::BadRequest("The form could not be read. Nothing was done.".into()))
        })
    }
}
