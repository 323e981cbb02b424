//! Closed by default: whoever is not signed in reaches the public routes alone.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use fleet::ids::UserId;

use super::bearer;
use super::db;
use super::error::AppError;
use super::html;
use super::htmx::{self, Wants};
use super::session::UserSession;
use crate::app::State;
use crate::routes;

/// Lets public routes, programs with a good token and signed-in people pass; sends others to the sign-in page.
pub async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_program = bearer::opened(request.request()).is_some();
    // Where there is nothing, whoever answers says so.
    if is_program && routes::is_for_programs(request.method(), request.path()) == Some(false) {
        return Ok(request.error_response(AppError::NotForPrograms));
    }
    if is_program || routes::is_public(request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let session = UserSession::of(&request);
    if let Some(user) = session.user() {
        if let Err(error) = admit(&request, &session, user).await {
            return Ok(request.error_response(error));
        }
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let asked_for_page = request.method() == actix_web::http::Method::GET;
    let sign_in = match here {
        "/" => "/sign-in".to_owned(),
        here if asked_for_page => format!("/sign-in?{}", encode_next(here)),
        _ => "/sign-in".to_owned(),
    };
    let answer = match Wants::of(request.headers()) {
        Wants::Json => return Ok(request.error_response(AppError::SignInNeeded)),
        Wants::Fragment => HttpResponse::Unauthorized().insert_header((htmx::REDIRECT, "/sign-in")).finish(),
        Wants::Page => html::see_other(&sign_in),
    };
    Ok(request.into_response(answer))
}

/// Counts the request, and moves the idle limit on. A part of a page that asks by itself is nobody's use: else an unattended screen would stay
/// signed in as long as something runs on it.
async fn admit(request: &ServiceRequest, session: &UserSession, user: UserId) -> Result<(), AppError> {
    let state = request.app_data::<Data<State>>();
    let state = state.ok_or_else(|| AppError::Internal("the application has no state".into()))?;
    if let Some(pace) = &state.pace {
        pace.count(user, routes::is_dear(request.method(), request.path()))?;
    }
    let Some(uid) = session.to_be_touched().filter(|_| !htmx::is_poll(request.headers())) else {
        return Ok(());
    };
    db::run(&state.pool, move |conn| fleet::sessions::touch(conn, uid)).await
}

fn encode_next(here: &str) -> String {
    serde_html_form::to_string([("next", here)]).unwrap_or_default()
}
