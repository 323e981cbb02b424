//! The list of offers and its dialogs.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use fleet::ids::OfferId;
use fleet::offers::{self, Description};
use fleet::tenancy::Permission;

use super::forms::Typed;
use super::views::{Edit, Index, New};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::FormBody;

/// What the list listens to.
const CHANGED: &str = "offers-changed";

pub async fn index(
    company: ActiveCompany,
    state: Data<State>,
    wants: Wants,
) -> Result<HttpResponse, AppError> {
    let (page, (offers, may_edit, may_create)) = company
        .page(Section::Administration, "Offers", |conn, scope| {
            let may_edit = !scope.is_suspended();
            Ok((offers::list(conn, scope)?, may_edit, may_edit && scope.is_main_account()))
        })
        .await?;
    let view = Index { page, offers, may_create, may_edit, has_networks: state.networks.names().count() > 1 };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn new(company: ActiveCompany, state: Data<State>) -> Result<HttpResponse, AppError> {
    let company = company
        .run(|_, scope| {
            scope.require(Permission::OffersAssign)?;
            Ok(scope.company_name().to_owned())
        })
        .await?;
    let networks = state.network_names();
    let dialog = New { company, networks, typed: Typed::default(), errors: FieldErrors::default() };
    html::ok(&dialog)
}

pub async fn create(
    company: ActiveCompany,
    state: Data<State>,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let networks = state.network_names();
    let known = networks.clone();
    let (company, typed, made) = company
        .run(move |conn, scope| {
            scope.require(Permission::OffersAssign)?;
            let made = typed.parse(&known).and_then(|new| offers::create(conn, scope, &new));
            Ok((scope.company_name().to_owned(), typed, made))
        })
        .await?;
    match made {
        Ok(_) => Ok(htmx::done(&told(format!("Offer {} was created.", typed.name.trim())), CHANGED)),
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&New { company, networks, typed, errors })
        }
    }
}

pub async fn edit(company: ActiveCompany, id: Path<OfferId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (name, description) = company.run(move |conn, scope| offers::find_own(conn, scope, id)).await?;
    let dialog = Edit { id, name, description, errors: FieldErrors::default() };
    html::ok(&dialog)
}

pub async fn update(
    company: ActiveCompany,
    id: Path<OfferId>,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let (id, description) = (id.into_inner(), typed.description);
    let (name, description, saved) = company
        .run(move |conn, scope| {
            let (name, _) = offers::find_own(conn, scope, id)?;
            let saved =
                Description::parse(&description).and_then(|new| offers::update(conn, scope, id, &new));
            Ok((name, description, saved))
        })
        .await?;
    match saved {
        Ok(()) => Ok(htmx::done(&told(format!("Offer {name} was saved.")), CHANGED)),
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            let dialog = Edit { id, name, description, errors };
            html::refused(&dialog)
        }
    }
}

fn told(text: String) -> Toast {
    Toast::new(ToastKind::Success, text)
}
