//! No state change that another site asked for: the request must come from here, and carry a token.
//!
//! Signed in, the token is the session's. Before sign-in there is no session to keep one in, so the token is that of a cookie. It
//! is not signed: what counts is that no other site can read or set it. By HTTPS its name sees to that (`super::cookies`). By
//! plain HTTP a site below the same domain, or at another port of the same host, can set one, and is only held off by what
//! the browser says of where a request comes from.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use subtle::ConstantTimeEq as _;

use super::error::AppError;
use super::session::{UserSession, random_token};
use super::{bearer, cookies};
use crate::app::State;
use crate::routes;

/// The header that htmx requests carry the token in.
pub const HEADER: &str = "x-csrf-token";
/// The field that plain forms carry the token in.
pub const FIELD: &str = "_csrf";
const ANONYMOUS_COOKIE: &str = "simyard_form";
/// The most bytes of a form that is read to find its fields.
pub const FORM_LIMIT: usize = 4 * 1024 * 1024;

/// Fields of the frame that every plain form carries; kept for whoever needs them next.
#[derive(Debug, Clone, Default)]
pub struct FrameFields {
    /// The company that the form's page was drawn for.
    pub account: Option<String>,
}

/// Refuses state changes that don't prove where they come from.
pub async fn check(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let has_token = bearer::opened(request.request()).is_some();
    if request.method().is_safe() || has_token || routes::is_signed(request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    if !from_here(request.headers()) {
        return Ok(request.error_response(AppError::Forged));
    }
    let (token, fields) = match sent_token(&mut request).await {
        Ok(found) => found,
        Err(error) => return Ok(request.error_response(error)),
    };
    let expected = UserSession::of(&request).csrf_token().or_else(|| {
        // Without the state nothing is known of how browsers come: then by HTTPS.
        let state = request.app_data::<web::Data<State>>();
        let secure = state.is_none_or(|state| state.settings.secure_cookies);
        let cookie = request.cookie(&cookies::name(ANONYMOUS_COOKIE, secure));
        cookie.map(|cookie| cookie.value().to_owned())
    });
    let matches = expected
        .zip(token)
        .is_some_and(|(expected, token)| bool::from(expected.as_bytes().ct_eq(token.as_bytes())));
    if !matches {
        return Ok(request.error_response(AppError::Forged));
    }
    actix_web::HttpMessage::extensions_mut(&request).insert(fields);
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// What the browser says about the page that asked. Old browsers say nothing: the token decides.
fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text(ORIGIN.as_str()), text(HOST.as_str())) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        _ => true,
    }
}

/// The token from the header, else from the form, whose body is then put back for the handler.
async fn sent_token(request: &mut ServiceRequest) -> Result<(Option<String>, FrameFields), AppError> {
    if let Some(token) = request.headers().get(HEADER) {
        return Ok((token.to_str().ok().map(str::to_owned), FrameFields::default()));
    }
    let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    });
    if !is_form {
        return Ok((None, FrameFields::default()));
    }
    let body = request.extract::<web::Bytes>().await.map_err(|_| AppError::TooLarge)?;
    let fields: Vec<(String, String)> = serde_html_form::from_bytes(&body)
        .map_err(|_| AppError::BadRequest("The form could not be read. Nothing was done.".into()))?;
    let found = (only(&fields, FIELD)?, FrameFields { account: only(&fields, super::focus_guard::FIELD)? });
    request.set_payload(Payload::from(body));
    Ok(found)
}

/// The value of a field that a form has once at most.
fn only(fields: &[(String, String)], name: &str) -> Result<Option<String>, AppError> {
    let mut values = fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => {
            Err(AppError::BadRequest("The form has a field twice that it has once. Nothing was done.".into()))
        }
        (value, None) => Ok(value.cloned()),
    }
}

/// The token for a form that is shown before sign-in, and the cookie to set with it.
pub fn anonymous_token(request: &actix_web::HttpRequest, secure: bool) -> (String, Cookie<'static>) {
    let name = cookies::name(ANONYMOUS_COOKIE, secure);
    let token = request
        .cookie(&name)
        .map(|cookie| cookie.value().to_owned())
        .filter(|token| token.len() >= 32)
        .unwrap_or_else(random_token);
    let cookie = Cookie::build(name, token.clone())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Strict)
        .finish();
    (token, cookie)
}
