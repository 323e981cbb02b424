//! My profile → API tokens: those of the person, in all of their companies that the session reaches. A new one is for the company in focus.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use fleet::api_tokens;

use super::forms::{RevocationForm, TokenForm};
use super::handlers;
use super::views::{Index, Revocation, Whose};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::htmx::Wants;
use crate::web::query::FormBody;
use crate::web::{db, html};

pub async fn index(company: ActiveCompany, wants: Wants) -> Result<HttpResponse, AppError> {
    let vouched_by = company.vouched_by();
    let own = move |conn: &mut _, user| api_tokens::own(conn, user, vouched_by);
    let (page, tokens) = company.own_page("API tokens", own).await?;
    let view = Index { page, whose: Whose::Own, tokens };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    handlers::open(company, Whose::Own).await
}

pub async fn create(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    FormBody(form): FormBody<TokenForm>,
) -> Result<HttpResponse, AppError> {
    handlers::make(company, &request, &state, form, Whose::Own).await
}

pub async fn new_revocation(
    company: ActiveCompany,
    state: Data<State>,
    Query(form): Query<RevocationForm>,
) -> Result<HttpResponse, AppError> {
    let (user, vouched_by, one) = (company.user(), company.vouched_by(), form.one()?);
    let tokens = db::run(&state.pool, move |conn| api_tokens::own(conn, user, vouched_by)).await?;
    let address = "/profile/api-tokens/revocations".to_owned();
    match one {
        None => html::ok(&Revocation::of_all(address)),
        Some(uid) => {
            let token = tokens.iter().find(|token| token.uid == uid).ok_or(fleet::Error::NotFound)?;
            html::ok(&Revocation::of(token, address))
        }
    }
}

pub async fn revoke(
    company: ActiveCompany,
    state: Data<State>,
    FormBody(form): FormBody<RevocationForm>,
) -> Result<HttpResponse, AppError> {
    let (user, vouched_by) = (company.user(), company.vouched_by());
    let (one, from) = (form.one()?, Some(company.address()));
    let revoke = move |conn: &mut _| api_tokens::revoke_own(conn, user, vouched_by, one, from);
    let revoked = db::run(&state.pool, revoke).await?;
    Ok(handlers::told(format!("{} revoked.", counted(revoked.len(), "token is", "tokens are"))))
}
