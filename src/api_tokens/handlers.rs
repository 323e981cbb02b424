//! The tokens that open the company in focus, and the making of tokens, its own and personal ones.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::api_tokens;
use fleet::ids::ApiTokenUid;

use super::forms::TokenForm;
use super::views::{Index, Made, New, Revocation, Whose};
use crate::app::State;
use crate::profile::{Reach, confirm};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::FormBody;

/// What the lists listen to.
pub const CHANGED: &str = "api-tokens-changed";

pub async fn index(company: ActiveCompany, wants: Wants) -> Result<HttpResponse, AppError> {
    let (page, tokens) = company.page(Section::Administration, "API tokens", api_tokens::of_company).await?;
    let view = Index { page, whose: Whose::Company, tokens };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    open(company, Whose::Company).await
}

pub async fn create(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    FormBody(form): FormBody<TokenForm>,
) -> Result<HttpResponse, AppError> {
    make(company, &request, &state, form, Whose::Company).await
}

pub async fn new_revocation(
    company: ActiveCompany,
    uid: Path<ApiTokenUid>,
) -> Result<HttpResponse, AppError> {
    let uid = *uid;
    let token = company.run(move |conn, scope| api_tokens::find(conn, scope, uid)).await?;
    html::ok(&Revocation::of(&token, format!("/administration/api-tokens/{uid}/revocation")))
}

pub async fn revoke(company: ActiveCompany, uid: Path<ApiTokenUid>) -> Result<HttpResponse, AppError> {
    let uid = *uid;
    let token = company.run(move |conn, scope| api_tokens::revoke(conn, scope, uid)).await?;
    Ok(told(format!("The token {} is revoked.", token.name)))
}

/// The answer to a dialog that has changed the list.
pub fn told(text: String) -> HttpResponse {
    htmx::done(&Toast::new(ToastKind::Success, text), CHANGED)
}

/// The dialog, with nothing chosen yet.
pub async fn open(company: ActiveCompany, whose: Whose) -> Result<HttpResponse, AppError> {
    html::ok(&blank(&company, whose).await?)
}

async fn blank(company: &ActiveCompany, whose: Whose) -> Result<New, AppError> {
    let names = company
        .run(move |_, scope| {
            api_tokens::require_to_make(scope, whose == Whose::Own)?;
            Ok(scope.names())
        })
        .await?;
    let person = company.person(&names);
    Ok(New { whose, names, person, form: TokenForm::default(), errors: FieldErrors::default() })
}

/// Makes a token, and shows its key. It takes the password, and the second factor: a token stays when the session ends.
pub async fn make(
    company: ActiveCompany,
    request: &HttpRequest,
    state: &State,
    form: TokenForm,
    whose: Whose,
) -> Result<HttpResponse, AppError> {
    let dialog = blank(&company, whose).await?;
    let new = match form.parse() {
        Ok(new) => new,
        Err(error) => return refused(dialog, form, FieldErrors::caught(error.into())?),
    };
    let confirmed = confirm(state, request, company.user(), form.current.clone(), Reach::Company).await?;
    if let Err(errors) = confirmed {
        return refused(dialog, form, errors);
    }
    let made =
        company.run(move |conn, scope| api_tokens::create(conn, scope, &new, whose == Whose::Own)).await;
    match made {
        Ok((token, key)) => Ok(HttpResponse::Ok()
            .insert_header((htmx::TRIGGER, CHANGED))
            .content_type(html::CONTENT_TYPE)
            .body(Made { token, key: key.expose() }.render()?)),
        Err(error) => refused(dialog, form, FieldErrors::caught(error)?),
    }
}

fn refused(dialog: New, form: TokenForm, errors: FieldErrors) -> Result<HttpResponse, AppError> {
    html::refused(&New { form, errors, ..dialog })
}
