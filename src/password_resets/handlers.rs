//! The page that asks for an address, and its answer, which is the same for every address.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::password_resets;
use fleet::people::Email;
use serde::Deserialize;

use super::views::{New, Stage};
use crate::app::State;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::page::AnonymousPage;
use crate::web::session::UserSession;
use crate::web::{csrf, db, html};

#[derive(Deserialize)]
pub struct ResetForm {
    #[serde(default)]
    email: String,
}

pub async fn new(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
) -> Result<HttpResponse, AppError> {
    page(&request, &state, &session, Stage::Asking, String::new(), FieldErrors::default())
}

pub async fn create(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<ResetForm>,
) -> Result<HttpResponse, AppError> {
    let email = match Email::parse(&typed.email) {
        Ok(email) => email,
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            return page(&request, &state, &session, Stage::Asking, typed.email, errors);
        }
    };
    state.limits.count_sign_in(&request, "a new password", email.as_str())?;
    if state.settings.sends_mail {
        db::run(&state.pool, move |conn| password_resets::ask(conn, email.as_str())).await?;
    }
    page(&request, &state, &session, Stage::Asked, typed.email, FieldErrors::default())
}

fn page(
    request: &HttpRequest,
    state: &State,
    session: &UserSession,
    reached: Stage,
    email: String,
    errors: FieldErrors,
) -> Result<HttpResponse, AppError> {
    let (anonymous, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AnonymousPage {
        title: "Forgotten password".into(),
        csrf_token: session.csrf_token().unwrap_or(anonymous),
        toasts: Vec::new(),
    };
    let reached = if state.settings.sends_mail { reached } else { Stage::NoMail };
    let view = New { page, reached, email, problem: errors.of("email").to_owned() };
    Ok(HttpResponse::build(status).cookie(cookie).content_type(html::CONTENT_TYPE).body(view.render()?))
}
