//! Programs that come with an API token instead of a session: `Authorization: Bearer simyard_...`.
//!
//! Such a request has no session, whatever cookies it brings; it needs no token against forgery, since no browser sends this
//! header by itself; it reaches those routes alone that answer programs, and is answered in JSON.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use fleet::api_tokens::{self, Key, Opened};

use super::client::peer;
use super::db;
use super::error::AppError;
use super::refusals;
use crate::app::State;
use crate::routes;

/// What follows the word *Bearer* in the header; none for other kinds of it, which proxies ask for.
pub fn sent(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The token that a request was let in with.
pub fn opened(request: &HttpRequest) -> Option<Opened> {
    request.extensions().get::<Opened>().cloned()
}

/// Lets programs in whose token is good, and everybody who brings none.
pub async fn check(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(token) = sent(request.headers()).filter(|_| !routes::is_public(request.path())) {
        match admit(&request, Key::parse(token)).await {
            Ok(opened) => request.extensions_mut().insert(opened),
            Err(error) => {
                refusals::tell_if_too_many(request.request(), &error);
                return Ok(request.error_response(error));
            }
        };
        request.headers_mut().remove(COOKIE);
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn admit(request: &ServiceRequest, key: Option<Key>) -> Result<Opened, AppError> {
    let state = request.app_data::<Data<State>>();
    let state = state.ok_or_else(|| AppError::Internal("the application has no state".into()))?;
    let opened = match key {
        Some(key) => db::run(&state.pool, move |conn| api_tokens::open(conn, &key)).await?,
        None => None,
    };
    let Some(opened) = opened else {
        state.limits.count_wrong_token(peer(request.request()))?;
        refusals::tell_wrong_token(request.request());
        return Err(AppError::TokenRefused);
    };
    state.limits.count_use(opened.id())?;
    Ok(opened)
}
