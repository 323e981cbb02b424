//! Signing in with a passkey: as the second step after a password, and as the only one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::second_factor::{self, Challenge, passkeys};
use fleet::single_sign_on::provider;
use fleet::{audit, people};
use serde::Deserialize;

use super::handlers::{Shown, admit, local};
use super::second_factor::{Wrong, form};
use super::views::{Asked, Passkey};
use crate::app::State;
use crate::web::client::peer;
use crate::web::error::AppError;
use crate::web::page::AnonymousPage;
use crate::web::refusals;
use crate::web::session::UserSession;
use crate::web::{csrf, db, html};

/// The same for a passkey of somebody else, one that is known no more, an answer that came before, and one that came late.
pub(crate) const WRONG_PASSKEY: &str =
    "This passkey was not taken: it is none of yours here, or it took too long. Try again.";
/// The same, whoever it is whose company asks for another way in.
const WRONG_OR_ELSEWHERE: &str = "This passkey was not taken: it is none that is known here, it took too long, or your \
     company asks for single sign-on. Try again.";

/// What a browser has brought.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    next: String,
}

/// Where to go after.
#[derive(Deserialize)]
pub struct NextForm {
    #[serde(default)]
    next: String,
}

/// The second step.
pub async fn create(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<AnswerForm>,
) -> Result<HttpResponse, AppError> {
    let Some(pending) = session.pending() else { return Ok(html::see_other("/sign-in")) };
    state.limits.count_sign_in(&request, "the second factor", &pending.email)?;
    let (user, from, party) = (pending.user, Some(peer(&request)), state.passkeys()?);
    let awaited = session.take_passkey();
    let prove = move |conn: &mut _| {
        second_factor::prove_with_passkey(conn, &party, user, awaited, &typed.answer, from)
    };
    if !db::run(&state.pool, prove).await? {
        return form(&request, &state, &session, user, Wrong { passkey: WRONG_PASSKEY, ..Wrong::default() })
            .await;
    }
    let shown = Shown::after(&pending, "passkey");
    let mut answer = admit(&request, &state, &session, &shown, &pending.next).await?;
    state.limits.remember(&mut answer, &pending.email)?;
    Ok(answer)
}

/// The only step: asks for a passkey of whoever has one.
pub async fn create_challenge(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<NextForm>,
) -> Result<HttpResponse, AppError> {
    state.limits.count_other_way(peer(&request), "a passkey")?;
    ask(&request, &state, &session, typed.next, "").await
}

/// The only step: signs in whoever has shown their passkey.
pub async fn identify(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<AnswerForm>,
) -> Result<HttpResponse, AppError> {
    state.limits.count_other_way(peer(&request), "a passkey")?;
    let (from, party, awaited) = (Some(peer(&request)), state.passkeys()?, session.take_passkey());
    let AnswerForm { answer, next } = typed;
    let identify = move |conn: &mut _| {
        let found = second_factor::identify_by_passkey(conn, &party, awaited, &answer, from)?;
        let Some(user) = found else { return Ok(None) };
        let email = people::find(conn, user)?.email;
        // What takes the place of a password is refused where a password is.
        if provider::is_required(conn, &email)?.of_person {
            audit::note_failed_sign_in(conn, Some(user), from)?;
            return Ok(None);
        }
        Ok(Some((user, email)))
    };
    let Some((user, email)) = db::run(&state.pool, identify).await? else {
        refusals::tell_of_tries(&request, "sign_in_failed");
        return ask(&request, &state, &session, next, WRONG_OR_ELSEWHERE).await;
    };
    let mut answer = admit(&request, &state, &session, &Shown::by_passkey(user), &local(&next)).await?;
    state.limits.remember(&mut answer, &email)?;
    Ok(answer)
}

async fn ask(
    request: &HttpRequest,
    state: &State,
    session: &UserSession,
    next: String,
    problem: &'static str,
) -> Result<HttpResponse, AppError> {
    let party = state.passkeys()?;
    let address = party.address();
    let Challenge { uid, options } =
        db::run(&state.pool, move |conn| passkeys::ask_anybody(conn, &party)).await?;
    session.begin_passkey(uid)?;
    let (csrf_token, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let page = AnonymousPage { title: "Sign in with a passkey".into(), csrf_token, toasts: Vec::new() };
    let view = Passkey { page, asked: Asked { options, address, problem }, next };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(HttpResponse::build(status).cookie(cookie).content_type(html::CONTENT_TYPE).body(view.render()?))
}
