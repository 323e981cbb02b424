//! Closed by default: whoever is not signed in reaches the public routes alone.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use fleet::ids::UserId;

use super::bearer;
use super::db;
use super::error::AppError;
use super::html;
use super::htmx::{self, Wants};
use super::pace::Asker;
use super::session::UserSession;
use crate::app::State;
use crate::routes;

/// What somebody who is signed in proves with that they sign out themselves. The session is put away before errors become pages.
#[derive(Clone)]
pub struct SignOutToken(pub String);

/// Lets public routes, programs with a good token and signed-in people pass; sends others to the sign-in page.
pub async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(token) = bearer::opened(request.request()) {
        // Where there is nothing, whoever answers says so.
        if routes::is_for_programs(request.method(), request.path()) == Some(false) {
            return Ok(request.error_response(AppError::NotForPrograms));
        }
        if let Err(error) =
            state(&request).and_then(|state| count(&request, state, Asker::ProgramsOf(token.user())))
        {
            return Ok(request.error_response(error));
        }
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    if routes::is_public(request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let session = UserSession::of(&request);
    if let Some(user) = session.user() {
        if let Some(token) = session.csrf_token() {
            request.extensions_mut().insert(SignOutToken(token));
        }
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
    let state = state(request)?;
    count(request, state, Asker::Person(user))?;
    let Some(uid) = session.to_be_touched().filter(|_| !htmx::is_poll(request.headers())) else {
        return Ok(());
    };
    db::run(&state.pool, move |conn| fleet::sessions::touch(conn, uid)).await
}

fn state(request: &ServiceRequest) -> Result<&State, AppError> {
    let state = request.app_data::<Data<State>>();
    state.map(Data::get_ref).ok_or_else(|| AppError::Internal("the application has no state".into()))
}

fn count(request: &ServiceRequest, state: &State, asker: Asker) -> Result<(), AppError> {
    let Some(pace) = &state.pace else { return Ok(()) };
    pace.count(asker, routes::is_dear(request.method(), request.path()))
}

fn encode_next(here: &str) -> String {
    serde_html_form::to_string([("next", here)]).unwrap_or_default()
}
