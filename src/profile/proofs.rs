//! My profile → Second factor: showing it once more, which is asked for before what decides who can sign in is changed.

use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use fleet::people;
use fleet::second_factor;
use serde::Deserialize;

use super::views::NewProof;
use crate::app::State;
use crate::sign_in::{WRONG_CODE, WRONG_PASSKEY, Wrong, ask, tell_what_is_left};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::{db, html};

/// Where to go after.
#[derive(Deserialize)]
pub struct NextQuery {
    #[serde(default)]
    next: String,
}

/// A code of the app, or a recovery code.
#[derive(Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// What a passkey has answered.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    next: String,
}

pub async fn new(
    company: ActiveCompany,
    state: Data<State>,
    Query(asked): Query<NextQuery>,
) -> Result<HttpResponse, AppError> {
    form(&company, &state, asked.next, Wrong::default()).await
}

pub async fn create(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<CodeForm>,
) -> Result<HttpResponse, AppError> {
    count(&company, &request, &state).await?;
    let (user, from) = (company.user(), Some(company.address()));
    let (sealer, code) = (state.settings.sealer.clone(), typed.code);
    let prove = move |conn: &mut _| second_factor::prove(conn, sealer.as_ref(), user, &code, from);
    let Some(proof) = db::run(&state.pool, prove).await? else {
        return form(&company, &state, typed.next, Wrong { code: WRONG_CODE, ..Wrong::default() }).await;
    };
    tell_what_is_left(company.session(), proof)?;
    shown(&company, &typed.next)
}

pub async fn create_by_passkey(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<AnswerForm>,
) -> Result<HttpResponse, AppError> {
    count(&company, &request, &state).await?;
    let (user, from, party) = (company.user(), Some(company.address()), state.passkeys()?);
    let (awaited, answer) = (company.session().take_passkey(), typed.answer);
    let prove =
        move |conn: &mut _| second_factor::prove_with_passkey(conn, &party, user, awaited, &answer, from);
    if !db::run(&state.pool, prove).await? {
        let wrong = Wrong { passkey: WRONG_PASSKEY, ..Wrong::default() };
        return form(&company, &state, typed.next, wrong).await;
    }
    shown(&company, &typed.next)
}

/// Counts a try, as one at sign-in. Whoever has nothing to show has not tried.
async fn count(company: &ActiveCompany, request: &HttpRequest, state: &State) -> Result<(), AppError> {
    let user = company.user();
    let look = move |conn: &mut _| {
        if second_factor::any(conn, user)? {
            return people::find(conn, user);
        }
        Err(fleet::Error::refused("You have no second factor. Set one up in My profile."))
    };
    let person = db::run(&state.pool, look).await?;
    Ok(state.limits.count_sign_in(request, "the second factor", &person.email)?)
}

fn shown(company: &ActiveCompany, next: &str) -> Result<HttpResponse, AppError> {
    company.session().note_proof()?;
    company.session().change_key()?;
    Ok(html::see_other(if html::is_here(next) { next } else { super::second_factor::HERE }))
}

async fn form(
    company: &ActiveCompany,
    state: &State,
    next: String,
    wrong: Wrong,
) -> Result<HttpResponse, AppError> {
    let question = ask(state, company.session(), company.user(), wrong).await?;
    let (page, ()) = company.own_page("Show your second factor", |_, _| Ok(())).await?;
    html::answer(wrong.status(), &NewProof { page, question, next })
}
