//! The list of users and its dialogs.

use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::ids::UserId;
use fleet::tenancy::CompanyScope;
use fleet::users::{self, User};

use super::forms::ListForm;
use super::views::{Edit, Index, Link, PasswordLink, Removal, UserRights};
use crate::password_links;
use crate::profiles::{GrantFields, GrantForm, Rights};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::FormBody;
use crate::web::session::random_token;

/// What the list listens to.
pub(super) const CHANGED: &str = "users-changed";

pub async fn index(
    company: ActiveCompany,
    request: HttpRequest,
    wants: Wants,
    Query(form): Query<ListForm>,
) -> Result<HttpResponse, AppError> {
    let wanted = form.wanted();
    let (page, listed) = company
        .page(Section::Administration, "Users", move |conn, scope| users::list(conn, scope, &wanted))
        .await?;
    let view = Index { page, search: form.q, listed, here: request.uri().to_string() };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn rights(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let (user, company) = subject(&company, *id).await?;
    let rights = Rights { permissions: user.permissions() };
    html::ok(&UserRights { user, company, rights })
}

pub async fn edit(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let dialog = company
        .run(move |conn, scope| {
            let user = users::find(conn, scope, id)?;
            let form = GrantForm {
                role: user.role.map(|role| role.as_str().to_owned()).unwrap_or_default(),
                profiles: user.profiles.iter().map(ToString::to_string).collect(),
            };
            let grant = GrantFields::read(conn, scope, form)?;
            Ok(Edit { user, company: scope.company_name().to_owned(), grant, errors: FieldErrors::default() })
        })
        .await?;
    html::ok(&dialog)
}

pub async fn update(
    company: ActiveCompany,
    id: Path<UserId>,
    FormBody(form): FormBody<GrantForm>,
) -> Result<HttpResponse, AppError> {
    let id = *id;
    let (user, company, grant, changed) = company
        .run(move |conn, scope| {
            let user = users::find(conn, scope, id)?;
            let grant = GrantFields::read(conn, scope, form.clone())?;
            let changed = form.parse().and_then(|grant| users::update(conn, scope, id, &grant));
            Ok((user, scope.company_name().to_owned(), grant, changed))
        })
        .await?;
    match changed {
        Ok(user) => {
            Ok(htmx::done(&told(format!("{} is now {} of {company}.", user.name, user.rights())), CHANGED))
        }
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&Edit { user, company, grant: grant.with_errors(&errors), errors })
        }
    }
}

pub async fn new_removal(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let own = company.user() == *id;
    let (user, company) = subject(&company, *id).await?;
    html::ok(&Removal { user, company, own, errors: FieldErrors::default() })
}

pub async fn destroy(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let (id, own) = (*id, company.user() == *id);
    let (user, company, removed) = company
        .run(move |conn, scope| {
            let user = users::find(conn, scope, id)?;
            Ok((user, scope.company_name().to_owned(), users::destroy(conn, scope, id)))
        })
        .await?;
    match removed {
        // Nothing of this company can be shown any more.
        Ok(_) if own => Ok(HttpResponse::NoContent().insert_header((htmx::REDIRECT, "/")).finish()),
        Ok(user) => {
            Ok(htmx::done(&told(format!("{} is no longer a user of {company}.", user.name)), CHANGED))
        }
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&Removal { user, company, own, errors })
        }
    }
}

pub async fn new_password_link(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let (user, _) = subject(&company, *id).await?;
    html::ok(&PasswordLink { user, errors: FieldErrors::default() })
}

pub async fn create_password_link(
    company: ActiveCompany,
    request: HttpRequest,
    id: Path<UserId>,
) -> Result<HttpResponse, AppError> {
    let (id, token) = (*id, random_token());
    let address = password_links::address(&request, &token);
    let (user, made) = company
        .run(move |conn, scope| {
            let user = users::find(conn, scope, id)?;
            Ok((user, fleet::password_links::create(conn, scope, id, &token)))
        })
        .await?;
    match made {
        Ok(_) => linked(user, address),
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&PasswordLink { user, errors })
        }
    }
}

/// The user whom a dialog is about, and the name of the company in focus.
async fn subject(company: &ActiveCompany, id: UserId) -> Result<(User, String), AppError> {
    company
        .run(move |conn, scope: &CompanyScope| {
            Ok((users::find(conn, scope, id)?, scope.company_name().to_owned()))
        })
        .await
}

/// The dialog with a link, which is shown this once.
fn linked(user: User, address: String) -> Result<HttpResponse, AppError> {
    let view = Link { name: user.name, email: user.email, address };
    Ok(HttpResponse::Ok()
        .insert_header((htmx::TRIGGER, CHANGED))
        .content_type(html::CONTENT_TYPE)
        .body(view.render()?))
}

fn told(text: String) -> Toast {
    Toast::new(ToastKind::Success, text)
}
