//! The dialogs about custom fields.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::custom_fields;
use fleet::ids::FieldId;
use fleet::tenancy::Permission;

use super::forms::{Move, Typed};
use super::views::{Edit, New, Removal};
use crate::labels::changed;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::query::FormBody;

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let company = company
        .run(|_, scope| {
            scope.require(Permission::FleetConfigure)?;
            Ok(scope.company_name().to_owned())
        })
        .await?;
    html::ok(&New { company, typed: Typed::default(), errors: FieldErrors::default() })
}

pub async fn create(
    company: ActiveCompany,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let (company, typed, made) = company
        .run(move |conn, scope| {
            scope.require(Permission::FleetConfigure)?;
            let made = typed.parse().and_then(|new| custom_fields::create(conn, scope, &new));
            Ok((scope.company_name().to_owned(), typed, made))
        })
        .await?;
    match made {
        Ok(_) => Ok(changed(format!("Field {} was created.", typed.name.trim()))),
        Err(error) => html::refused(&New { company, typed, errors: FieldErrors::caught(error.into())? }),
    }
}

pub async fn edit(company: ActiveCompany, id: Path<FieldId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let field = company.run(move |conn, scope| custom_fields::find(conn, scope, id)).await?;
    let typed = Typed::of(&field);
    html::ok(&Edit { id, kind: field.kind, typed, errors: FieldErrors::default() })
}

pub async fn update(
    company: ActiveCompany,
    id: Path<FieldId>,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (kind, typed, saved) = company
        .run(move |conn, scope| {
            let kind = custom_fields::find(conn, scope, id)?.kind;
            let saved = typed.parse_as(kind).and_then(|new| custom_fields::update(conn, scope, id, &new));
            Ok((kind, typed, saved))
        })
        .await?;
    match saved {
        Ok(()) => Ok(changed(format!("Field {} was saved.", typed.name.trim()))),
        Err(error) => html::refused(&Edit { id, kind, typed, errors: FieldErrors::caught(error.into())? }),
    }
}

/// Moves a field up or down in the order.
pub async fn update_position(
    company: ActiveCompany,
    id: Path<FieldId>,
    FormBody(Move { up }): FormBody<Move>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let name = company
        .run(move |conn, scope| {
            custom_fields::reorder(conn, scope, id, up)?;
            Ok(custom_fields::find(conn, scope, id)?.name)
        })
        .await?;
    Ok(changed(format!("Field {name} was moved.")))
}

pub async fn new_removal(company: ActiveCompany, id: Path<FieldId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let field = company.run(move |conn, scope| custom_fields::find(conn, scope, id)).await?;
    html::ok(&Removal { field })
}

pub async fn destroy(company: ActiveCompany, id: Path<FieldId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let name = company
        .run(move |conn, scope| {
            let name = custom_fields::find(conn, scope, id)?.name;
            custom_fields::destroy(conn, scope, id)?;
            Ok(name)
        })
        .await?;
    Ok(changed(format!("Field {name} was removed.")))
}
