//! The second step of signing in, for whoever has a second factor.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::second_factor::{self, Proof};
use serde::Deserialize;

use super::handlers::admit;
use super::views::SecondFactor;
use crate::app::State;
use crate::web::client::peer;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::page::{AnonymousPage, Toast, ToastKind};
use crate::web::session::UserSession;
use crate::web::{csrf, db, html};

/// The same for a wrong code and one that was taken before.
const WRONG: &str =
    "This code is wrong, or it was used already. Enter the one that the app shows now, or a recovery code.";

#[derive(Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    code: String,
}

pub async fn new(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
) -> Result<HttpResponse, AppError> {
    if session.pending().is_none() {
        return Ok(html::see_other("/sign-in"));
    }
    form(&request, &state, "")
}

pub async fn create(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<CodeForm>,
) -> Result<HttpResponse, AppError> {
    let Some(pending) = session.pending() else { return Ok(html::see_other("/sign-in")) };
    state.limits.count_sign_in(&request, "the second factor", &pending.email)?;
    let (user, from) = (pending.user, Some(peer(&request)));
    let proof = db::run(&state.pool, move |conn| second_factor::prove(conn, user, &typed.code, from)).await?;
    let Some(proof) = proof else { return form(&request, &state, WRONG) };
    let mut answer = admit(&request, &state, &session, user, pending.vouched_by, &pending.next).await?;
    if let Proof::RecoveryCode(left) = proof {
        let words = format!("You have {} left.", counted(left, "recovery code", "recovery codes"));
        let toast = Toast::new(ToastKind::Info, words).with_link("/profile/second-factor", "New codes");
        session.leave_toast(toast)?;
    }
    state.limits.remember(&mut answer, &pending.email, state.settings.secure_cookies)?;
    Ok(answer)
}

fn form(request: &HttpRequest, state: &State, problem: &'static str) -> Result<HttpResponse, AppError> {
    let (csrf_token, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let page = AnonymousPage { title: "Second factor".into(), csrf_token, toasts: Vec::new() };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = SecondFactor { page, problem };
    Ok(HttpResponse::build(status).cookie(cookie).content_type(html::CONTENT_TYPE).body(view.render()?))
}
