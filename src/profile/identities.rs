//! My profile → Single sign-on: which providers know the person, and parting from them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use fleet::ids::CompanyUid;
use fleet::sessions;
use fleet::single_sign_on::identities;
use secrecy::SecretString;
use serde::Deserialize;

use super::confirmation::{Reach, confirm};
use super::views::SingleSignOn;
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Toast, ToastKind};

/// Of which company's provider, with the person's password.
#[derive(Deserialize)]
pub struct RemovalForm {
    #[serde(default)]
    company: String,
    #[serde(default)]
    current: SecretString,
}

pub async fn index(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    render(&company, FieldErrors::default()).await
}

pub async fn destroy(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<RemovalForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    if let Err(errors) = confirm(&state, &request, user, typed.current, Reach::Company).await? {
        return render(&company, errors).await;
    }
    let whose: CompanyUid = typed.company.parse().map_err(|_| fleet::Error::NotFound)?;
    let kept = company.session().uid().ok_or(AppError::SignInNeeded)?;
    let unlink = move |conn: &mut _| {
        identities::unlink(conn, user, whose, from)?;
        sessions::end_others(conn, user, kept, from)
    };
    if let Err(error) = db::run(&state.pool, unlink).await {
        return render(&company, FieldErrors::caught(error)?).await;
    }
    let words = "Single sign-on is unlinked. You were signed out everywhere else.";
    company.session().leave_toast(Toast::new(ToastKind::Success, words))?;
    Ok(html::see_other("/profile/single-sign-on"))
}

async fn render(company: &ActiveCompany, errors: FieldErrors) -> Result<HttpResponse, AppError> {
    let (page, list) = company.own_page("Single sign-on", identities::of).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html::answer(status, &SingleSignOn { page, list, errors })
}
