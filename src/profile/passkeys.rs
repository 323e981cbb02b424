//! My profile → Second factor: adding passkeys and removing them.
//!
//! The password comes first, and a factor that there is already: a device that had made a passkey for nothing would keep it.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use fleet::companies::Name;
use fleet::ids::PasskeyId;
use fleet::second_factor::{self, Challenge, passkeys};
use secrecy::SecretString;
use serde::Deserialize;

use super::confirmation::{Reach, confirm};
use super::second_factor::{changed, overview};
use super::views::{MakePasskey, NewPasskey};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;

const TITLE: &str = "Add a passkey";

/// What a passkey is to be called.
#[derive(Deserialize)]
pub struct NewForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    current: SecretString,
}

/// Which passkey is to go.
#[derive(Deserialize)]
pub struct RemovalForm {
    #[serde(default)]
    current: SecretString,
    passkey: Option<PasskeyId>,
}

/// What a browser has brought.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    answer: String,
}

pub async fn new(company: ActiveCompany, state: Data<State>) -> Result<HttpResponse, AppError> {
    html::ok(&form(&company, &state, String::new(), FieldErrors::default()).await?)
}

pub async fn create_challenge(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<NewForm>,
) -> Result<HttpResponse, AppError> {
    let (user, party) = (company.user(), state.passkeys()?);
    let NewForm { name, current } = typed;
    let mut errors = Name::parse("name", &name)
        .map_or_else(|error| FieldErrors::caught(error.into()), |_| Ok(FieldErrors::default()))?;
    if let Err(others) = confirm(&state, &request, user, current, Reach::Everywhere).await? {
        errors.extend(others);
    }
    if errors.is_empty() {
        let address = party.address();
        let ask = move |conn: &mut _| passkeys::ask_to_register(conn, &party, user);
        match db::run(&state.pool, ask).await {
            Ok(Challenge { uid, options }) => {
                company.session().await_passkey(uid)?;
                let (page, ()) = company.own_page(TITLE, |_, _| Ok(())).await?;
                return html::ok(&MakePasskey { page, name, options, address });
            }
            Err(error) => errors = FieldErrors::caught(error)?,
        }
    }
    html::refused(&form(&company, &state, name, errors).await?)
}

pub async fn create(
    company: ActiveCompany,
    state: Data<State>,
    Form(typed): Form<AnswerForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from, party) = (company.user(), Some(company.address()), state.passkeys()?);
    let AnswerForm { name, answer } = typed;
    let awaited = company.session().take_passkey();
    let called = name.clone();
    let add = move |conn: &mut _| {
        let name = Name::parse("name", &called)?;
        second_factor::add_passkey(conn, &party, user, awaited, &name, &answer, from)
    };
    match db::run(&state.pool, add).await {
        Ok(codes) => {
            company.session().note_proof()?;
            changed(&company, &state, codes, "Your passkey is set up.").await
        }
        Err(error) => html::refused(&form(&company, &state, name, FieldErrors::caught(error)?).await?),
    }
}

pub async fn destroy(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<RemovalForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    if let Err(errors) = confirm(&state, &request, user, typed.current, Reach::Everywhere).await? {
        return overview(&company, &state, errors).await;
    }
    let Some(id) = typed.passkey else {
        let mut errors = FieldErrors::default();
        errors.add("", "Say which passkey is to be removed.");
        return overview(&company, &state, errors).await;
    };
    db::run(&state.pool, move |conn| second_factor::remove_passkey(conn, user, id, from)).await?;
    changed(&company, &state, Vec::new(), "Your passkey is removed.").await
}

async fn form(
    company: &ActiveCompany,
    state: &State,
    name: String,
    errors: FieldErrors,
) -> Result<NewPasskey, AppError> {
    let address = state.passkeys()?.address();
    let (page, ()) = company.own_page(TITLE, |_, _| Ok(())).await?;
    Ok(NewPasskey { page, address, name, errors })
}
