//! My profile → Second factor: setting it up and removing it. Each change takes the password and the present factor, and ends
//! the other sessions.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use fleet::second_factor::{self, Proposal, RecoveryCode};
use fleet::sessions;
use secrecy::SecretString;
use serde::Deserialize;

use super::confirmation::{Reach, confirm};
use super::qr::Qr;
use super::views::{Codes, NewApp, SecondFactor};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Toast, ToastKind};

const TITLE: &str = "Second factor";
/// Where the page is.
pub(super) const HERE: &str = "/profile/second-factor";

/// The password, for a change that needs nothing else.
#[derive(Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    current: SecretString,
}

/// The form of an app that is set up.
#[derive(Deserialize)]
pub struct AppForm {
    /// The proposed secret, as the page had it.
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    current: SecretString,
}

pub async fn show(company: ActiveCompany, state: Data<State>) -> Result<HttpResponse, AppError> {
    overview(&company, &state, FieldErrors::default()).await
}

pub async fn new_app(company: ActiveCompany, state: Data<State>) -> Result<HttpResponse, AppError> {
    let by = state.sealer()?;
    let propose = move |conn: &mut _, user| second_factor::propose(conn, &by, user);
    let (page, proposal) = company.own_page("Set up an authenticator app", propose).await?;
    let Proposal { secret, url, sealed } = proposal;
    html::ok(&NewApp {
        page,
        secret,
        qr: Qr::of(&url)?,
        sealed,
        code: String::new(),
        errors: FieldErrors::default(),
    })
}

pub async fn create_app(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<AppForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from, by) = (company.user(), Some(company.address()), state.sealer()?);
    let AppForm { sealed, code, current } = typed;
    let errors = if let Err(errors) = confirm(&state, &request, user, current, Reach::Everywhere).await? {
        errors
    } else {
        let (by, sealed, code) = (by.clone(), sealed.clone(), code.clone());
        let set_up = move |conn: &mut _| second_factor::confirm_app(conn, &by, user, &sealed, &code, from);
        match db::run(&state.pool, set_up).await {
            Ok(codes) => {
                company.session().note_proof()?;
                return changed(&company, &state, codes, "Your authenticator app is set up.").await;
            }
            Err(error) => FieldErrors::caught(error)?,
        }
    };
    let (page, Proposal { secret, url, sealed }) = company
        .own_page("Set up an authenticator app", move |conn, user| {
            second_factor::propose_again(conn, &by, user, &sealed)
        })
        .await?;
    html::refused(&NewApp { page, secret, qr: Qr::of(&url)?, sealed, code, errors })
}

pub async fn destroy_app(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<ChangeForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    if let Err(errors) = confirm(&state, &request, user, typed.current, Reach::Everywhere).await? {
        return overview(&company, &state, errors).await;
    }
    db::run(&state.pool, move |conn| second_factor::remove_app(conn, user, from)).await?;
    changed(&company, &state, Vec::new(), "Your authenticator app is removed.").await
}

pub async fn create_codes(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<ChangeForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    if let Err(errors) = confirm(&state, &request, user, typed.current, Reach::Everywhere).await? {
        return overview(&company, &state, errors).await;
    }
    match db::run(&state.pool, move |conn| second_factor::renew_codes(conn, user, from)).await {
        Ok(codes) => changed(&company, &state, codes, "").await,
        Err(error) => overview(&company, &state, FieldErrors::caught(error)?).await,
    }
}

/// Ends the other sessions, and shows the codes if there are new ones: this once.
pub(super) async fn changed(
    company: &ActiveCompany,
    state: &State,
    codes: Vec<RecoveryCode>,
    words: &str,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    let kept = company.session().uid().ok_or(AppError::SignInNeeded)?;
    db::run(&state.pool, move |conn| sessions::end_others(conn, user, kept, from)).await?;
    if codes.is_empty() {
        let words = format!("{words} You were signed out everywhere else.");
        company.session().leave_toast(Toast::new(ToastKind::Success, words))?;
        return Ok(html::see_other(HERE));
    }
    let (page, ()) = company.own_page("Recovery codes", |_, _| Ok(())).await?;
    html::ok(&Codes { page, done: words.to_owned(), all: codes })
}

/// What the person has, and what was wrong with a change of it.
pub(super) async fn overview(
    company: &ActiveCompany,
    state: &State,
    errors: FieldErrors,
) -> Result<HttpResponse, AppError> {
    let (page, factors) = company.own_page(TITLE, second_factor::find).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html::answer(
        status,
        &SecondFactor {
            page,
            factors,
            can_have_app: state.settings.sealer.is_some(),
            can_have_passkeys: state.settings.passkeys.is_some(),
            errors,
        },
    )
}
