//! The screen *Labels and fields*, and the dialogs about labels.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::LabelId;
use fleet::tenancy::Permission;
use fleet::{custom_fields, labels};

use super::changed;
use super::forms::Typed;
use super::views::{Edit, Index, Removal};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::page::Section;
use crate::web::query::FormBody;

pub async fn index(company: ActiveCompany, wants: Wants) -> Result<HttpResponse, AppError> {
    let (page, (labels, fields, may_change)) = company
        .page(Section::Administration, "Labels and fields", |conn, scope| {
            scope.require(Permission::FleetConfigure)?;
            Ok((labels::list(conn, scope)?, custom_fields::list(conn, scope)?, !scope.is_suspended()))
        })
        .await?;
    let view = Index { page, labels, fields, may_change };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    company.run(|_, scope| scope.require(Permission::FleetConfigure)).await?;
    html::ok(&Edit { id: None, typed: Typed::default(), errors: FieldErrors::default() })
}

pub async fn create(
    company: ActiveCompany,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let (typed, made) = company
        .run(move |conn, scope| {
            scope.require(Permission::FleetConfigure)?;
            let made = typed.parse().and_then(|new| labels::create(conn, scope, &new));
            Ok((typed, made))
        })
        .await?;
    match made {
        Ok(_) => Ok(changed(format!("Label {} was created.", typed.name.trim()))),
        Err(error) => html::refused(&Edit { id: None, typed, errors: FieldErrors::caught(error.into())? }),
    }
}

pub async fn edit(company: ActiveCompany, id: Path<LabelId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let label = company.run(move |conn, scope| labels::find(conn, scope, id)).await?;
    html::ok(&Edit { id: Some(id), typed: Typed::of(&label), errors: FieldErrors::default() })
}

pub async fn update(
    company: ActiveCompany,
    id: Path<LabelId>,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (typed, saved) = company
        .run(move |conn, scope| {
            labels::find(conn, scope, id)?;
            let saved = typed.parse().and_then(|new| labels::update(conn, scope, id, &new));
            Ok((typed, saved))
        })
        .await?;
    match saved {
        Ok(()) => Ok(changed(format!("Label {} was saved.", typed.name.trim()))),
        Err(error) => {
            html::refused(&Edit { id: Some(id), typed, errors: FieldErrors::caught(error.into())? })
        }
    }
}

pub async fn new_removal(company: ActiveCompany, id: Path<LabelId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let label = company.run(move |conn, scope| labels::find(conn, scope, id)).await?;
    html::ok(&Removal { label })
}

pub async fn destroy(company: ActiveCompany, id: Path<LabelId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let name = company
        .run(move |conn, scope| {
            let name = labels::find(conn, scope, id)?.name;
            labels::destroy(conn, scope, id)?;
            Ok(name)
        })
        .await?;
    Ok(changed(format!("Label {name} was removed.")))
}
