//! The one error type of the portal, and the one place where it becomes an answer.
//!
//! The rule of the layers: a handler returns [`AppError`] and renders nothing; forms catch
//! [`fleet::Error::Invalid`] to show it beside its field; everything else ends in [`present`],
//! which logs once, with the request's id, and never shows a cause.

mod words;

use std::borrow::Cow;

use actix_multipart::form::MultipartFormConfig;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use tracing_actix_web::RequestId;

use super::csrf;
use super::gate::SignOutToken;
use super::html;
use super::htmx::{self, Wants};
use super::page::{AnonymousPage, Toast, ToastKind};
use crate::{routes, telemetry};
use words::Words;

/// What can go wrong on the way to an answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The domain refused, or failed.
    #[error(transparent)]
    Fleet(#[from] fleet::Error),
    /// The request makes no sense; the sentence says what was not done and what to do.
    #[error("{0}")]
    BadRequest(Cow<'static, str>),
    /// There is nobody signed in.
    #[error("sign-in needed")]
    SignInNeeded,
    /// An API token that is none, has expired or was revoked.
    #[error("the token was refused")]
    TokenRefused,
    /// Programs don't reach this address.
    #[error("not for programs")]
    NotForPrograms,
    /// The address of the grid names a view or a list that there is not.
    #[error("the grid's address names nothing")]
    NotInGrid {
        /// What is named, as a sentence that says what to do.
        text: &'static str,
        /// The address without it.
        without: String,
    },
    /// The person is not a member of the company in focus, or of any.
    #[error("no membership in the company in focus")]
    NoMembership,
    /// A state change that does not prove that it comes from this portal.
    #[error("the request is not from this portal")]
    Forged,
    /// The request is for another company than the one now in focus.
    #[error("the focus has changed")]
    FocusChanged,
    /// The body is larger than what is read.
    #[error("the request is too large")]
    TooLarge,
    /// The body is neither a form nor a file, as JSON is.
    #[error("the body is no form")]
    NoForm,
    /// The address is there, but not for this method.
    #[error("the method is not for this address")]
    NotThisWay {
        /// The methods that it is for, as the header `Allow` lists them.
        allow: String,
    },
    /// The body did not come in time.
    #[error("the request is too slow")]
    TooSlow,
    /// The person asks for more than one is answered.
    #[error("too many requests")]
    TooFast {
        /// Seconds to wait.
        wait: u64,
    },
    /// The portal is too busy to do it now.
    #[error("busy")]
    Busy,
    /// A fault in the program or in what it stands on.
    #[error("internal: {0}")]
    Internal(String),
}

impl AppError {
    /// What is wrong with a value in an address is a bad request, not a form to be filled in again.
    pub fn from_query(error: fleet::Error) -> Self {
        match error {
            fleet::Error::Invalid { message, .. } => Self::BadRequest(message),
            other => other.into(),
        }
    }

    /// The grid as it can be shown, of an address of it that can't be.
    fn grid(&self) -> Option<&str> {
        match self {
            Self::NotInGrid { without, .. } => Some(without),
            _ => None,
        }
    }
}

impl From<askama::Error> for AppError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        use fleet::Error as F;
        match self {
            Self::Fleet(F::NotFound) | Self::NotInGrid { .. } | Self::NoMembership => StatusCode::NOT_FOUND,
            Self::Fleet(F::Forbidden(_) | F::SecondFactorMissing { .. } | F::PasswordNeeded { .. })
            | Self::Forged
            | Self::NotForPrograms => StatusCode::FORBIDDEN,
            Self::Fleet(F::Invalid { .. } | F::Refused(_) | F::BeyondOwnRights(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Fleet(F::Pool(_)) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fleet(F::Database(_) | F::Internal(_)) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::SignInNeeded | Self::TokenRefused => StatusCode::UNAUTHORIZED,
            Self::FocusChanged => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotThisWay { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Fleet(F::TooMany { .. }) | Self::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// Bare: [`present`] makes the page of it.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Fleet(fleet::Error::TooMany { wait }) | Self::TooFast { wait } => {
                response.insert_header((RETRY_AFTER, wait.to_string()));
            }
            Self::TokenRefused => {
                // RFC 6750, section 3.
                response
                    .insert_header((WWW_AUTHENTICATE, r#"Bearer realm="Simyard", error="invalid_token""#));
            }
            Self::NotThisWay { allow } => {
                response.insert_header((ALLOW, allow.as_str()));
            }
            _ => {}
        }
        response.finish()
    }
}

#[derive(Template)]
#[template(path = "errors/page.html")]
struct ErrorPage<'a> {
    page: AnonymousPage,
    text: &'a str,
    reference: &'a str,
    offer_start: bool,
    offer_switch: bool,
    offer_second_factor: bool,
    /// The grid as it can be shown, if the address was one of the grid that can't be.
    grid: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "errors/dialog.html")]
struct ErrorDialog<'a> {
    title: &'a str,
    text: &'a str,
    reference: &'a str,
    offer_second_factor: bool,
    grid: Option<&'a str>,
}

/// Turns every error into an answer that suits who asked, and logs the portal's own faults.
pub async fn present(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let wants = Wants::of(request.headers());
    let is_poll = htmx::is_poll(request.headers());
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = response.response().error() else { return Ok(response) };
    let own = error.as_error::<AppError>();
    let missing = matches!(own, Some(AppError::Fleet(fleet::Error::SecondFactorMissing { .. })));
    if missing && is_poll {
        return Ok(response.into_response(htmx::stop_polling()));
    }
    let foreign = AppError::BadRequest(
        "The request could not be understood. Nothing was done. Go back and try again.".into(),
    );
    let status = error.as_response_error().status_code();
    let reference =
        response.request().extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    if status.is_server_error() {
        tracing::error!(%error, %reference, path = %telemetry::loggable(response.request().path()), "request failed");
    }
    let shown = own.unwrap_or(&foreign);
    let mut answer = match shown {
        AppError::TooFast { .. } if wants == Wants::Fragment => {
            let toast = Toast::new(ToastKind::Info, shown.words().text);
            htmx::left_alone(status, (!is_poll).then_some(&toast))
        }
        _ => render(shown, status, wants, &reference, response.request()),
    };
    for (name, value) in response.headers() {
        answer.headers_mut().append(name.clone(), value.clone());
    }
    Ok(response.into_response(answer))
}

fn render(
    error: &AppError,
    status: StatusCode,
    wants: Wants,
    reference: &str,
    request: &HttpRequest,
) -> HttpResponse {
    let Words { title, text } = error.words();
    let offer_second_factor = matches!(error, AppError::Fleet(fleet::Error::SecondFactorMissing { .. }));
    let mut answer = HttpResponse::build(status);
    match wants {
        Wants::Json => {
            answer.json(serde_json::json!({ "error": title, "message": text, "reference": reference }))
        }
        Wants::Fragment => {
            let grid = error.grid();
            let dialog = ErrorDialog { title, text: &text, reference, offer_second_factor, grid };
            answer
                .insert_header((htmx::RETARGET, "#dialog-body"))
                .insert_header((htmx::RESWAP, "innerHTML"))
                .content_type("text/html; charset=utf-8")
                .body(dialog.render().unwrap_or_else(|_| text.into_owned()))
        }
        Wants::Page => {
            let offer_start = !matches!(error, AppError::NoMembership);
            let offer_switch = offer_second_factor
                || matches!(
                    error,
                    AppError::NoMembership
                        | AppError::Fleet(fleet::Error::NotFound | fleet::Error::PasswordNeeded { .. })
                );
            // Whoever is signed in can sign out from here.
            let token = request.extensions().get::<SignOutToken>().cloned();
            let csrf_token = token.map(|SignOutToken(token)| token).unwrap_or_default();
            let frame = AnonymousPage { title: title.into(), csrf_token, toasts: Vec::new() };
            let is_grid = request.path() == "/fleet" && !request.query_string().is_empty();
            let grid = error.grid().or(is_grid.then_some("/fleet"));
            let page = ErrorPage {
                page: frame,
                text: &text,
                reference,
                offer_start,
                offer_switch,
                offer_second_factor,
                grid,
            };
            answer
                .content_type("text/html; charset=utf-8")
                .body(page.render().unwrap_or_else(|_| text.into_owned()))
        }
    }
}

/// The answer for an address that no route has, or none for this method.
pub async fn no_such_page(request: HttpRequest) -> Result<HttpResponse, AppError> {
    let methods = routes::methods_at(request.path());
    if methods.is_empty() {
        return Err(fleet::Error::NotFound.into());
    }
    // What a form was answered with stands at the form's address, and somebody loads it again.
    let is_page = request.method() == Method::GET && Wants::of(request.headers()) == Wants::Page;
    if is_page && let Some(page) = routes::page_of_form(request.path()) {
        return Ok(html::see_other(&page));
    }
    let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    Err(AppError::NotThisWay { allow })
}

/// Makes the extractors of forms, queries and paths fail as 4xx with our own words.
pub fn configure_extractors(config: &mut ServiceConfig, upload_limit: usize) {
    config
        .app_data(web::PayloadConfig::new(csrf::FORM_LIMIT))
        .app_data(MultipartFormConfig::default().total_limit(upload_limit))
        .app_data(web::FormConfig::default().limit(csrf::FORM_LIMIT))
        .app_data(web::PathConfig::default().error_handler(|_, _| fleet_not_found()));
}

/// An id in an address that is none can't be anything's: not found.
fn fleet_not_found() -> Error {
    AppError::from(fleet::Error::NotFound).into()
}
