//! The second step of signing in, for whoever has a second factor.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::ids::UserId;
use fleet::second_factor::{self, Challenge, Proof, passkeys};
use serde::Deserialize;

use super::handlers::{Shown, admit};
use super::views::{Asked, Question, SecondFactor};
use crate::app::State;
use crate::web::client::peer;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::page::{AnonymousPage, Toast, ToastKind};
use crate::web::session::UserSession;
use crate::web::{csrf, db, html};

/// The same for a wrong code and one that was taken before.
pub(crate) const WRONG_CODE: &str =
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
    let Some(pending) = session.pending() else { return Ok(html::see_other("/sign-in")) };
    form(&request, &state, &session, pending.user, Wrong::default()).await
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
    let sealer = state.settings.sealer.clone();
    let prove = move |conn: &mut _| second_factor::prove(conn, sealer.as_ref(), user, &typed.code, from);
    let proof = db::run(&state.pool, prove).await?;
    let Some(proof) = proof else {
        return form(&request, &state, &session, user, Wrong { code: WRONG_CODE, ..Wrong::default() }).await;
    };
    let with = if matches!(proof, Proof::App) { "app" } else { "recovery code" };
    let shown = Shown::after(&pending, with);
    let mut answer = admit(&request, &state, &session, &shown, &pending.next).await?;
    tell_what_is_left(&session, proof)?;
    state.limits.remember(&mut answer, &pending.email)?;
    Ok(answer)
}

/// Leaves a message with how many recovery codes there are, where one was used.
pub(crate) fn tell_what_is_left(session: &UserSession, proof: Proof) -> Result<(), AppError> {
    let Proof::RecoveryCode(left) = proof else { return Ok(()) };
    let words = format!("You have {} left.", counted(left, "recovery code", "recovery codes"));
    let toast = Toast::new(ToastKind::Info, words).with_link("/profile/second-factor", "New codes");
    session.leave_toast(toast)
}

/// What was wrong with either way to show a second factor.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) code: &'static str,
    pub(crate) passkey: &'static str,
}

impl Wrong {
    /// The status of a page that shows it.
    pub(crate) fn status(self) -> StatusCode {
        if self == Self::default() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

/// What a person can show: passkeys are asked anew each time that a page is shown.
pub(crate) async fn ask(
    state: &State,
    session: &UserSession,
    user: UserId,
    wrong: Wrong,
) -> Result<Question, AppError> {
    let party = state.settings.passkeys.clone();
    let ask = move |conn: &mut _| {
        let has_app = second_factor::find(conn, user)?.app_since.is_some();
        let Some(party) = party else { return Ok((has_app, None)) };
        let challenge = passkeys::ask_to_prove(conn, &party, user)?;
        Ok((has_app, challenge.map(|challenge| (challenge, party.address()))))
    };
    let (has_app, asked) = db::run(&state.pool, ask).await?;
    if let Some((challenge, _)) = &asked {
        session.await_passkey(challenge.uid)?;
    }
    let asked =
        asked.map(|(Challenge { options, .. }, address)| Asked { options, address, problem: wrong.passkey });
    Ok(Question { has_app, asked, problem: wrong.code })
}

/// The page of the second step.
pub(super) async fn form(
    request: &HttpRequest,
    state: &State,
    session: &UserSession,
    user: UserId,
    wrong: Wrong,
) -> Result<HttpResponse, AppError> {
    let question = ask(state, session, user, wrong).await?;
    let (csrf_token, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let page = AnonymousPage { title: "Second factor".into(), csrf_token, toasts: Vec::new() };
    let view = SecondFactor { page, question };
    Ok(HttpResponse::build(wrong.status())
        .cookie(cookie)
        .content_type(html::CONTENT_TYPE)
        .body(view.render()?))
}
