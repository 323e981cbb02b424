//! The dialog *Edit details* of a SIM.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::sims::{self, Facets, Row};
use fleet::tenancy::Permission;

use super::forms::Typed;
use super::views::Edit;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Toast, ToastKind};
use crate::web::query::FormBody;

pub async fn edit(company: ActiveCompany, iccid: Path<String>) -> Result<HttpResponse, AppError> {
    let dialog = company
        .run(move |conn, scope| {
            scope.require(Permission::SimsEdit)?;
            let (row, facets) = (sims::find(conn, scope, &iccid)?, Facets::read(conn, scope)?);
            let typed = Typed::of(&row, &facets);
            Ok(Edit::new(iccid.into_inner(), typed, &facets, Some(&row), FieldErrors::default()))
        })
        .await?;
    html::ok(&dialog)
}

pub async fn update(
    company: ActiveCompany,
    wants: Wants,
    iccid: Path<String>,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let iccid = iccid.into_inner();
    let address = format!("/sims/{iccid}");
    let (saved, typed, facets, row): (_, _, _, Option<Row>) = company
        .run({
            let iccid = iccid.clone();
            move |conn, scope| {
                scope.require(Permission::SimsEdit)?;
                let saved = typed.details().and_then(|details| sims::edit(conn, scope, &iccid, &details));
                let row = match sims::find(conn, scope, &iccid) {
                    Err(fleet::Error::NotFound) => None,
                    found => Some(found?),
                };
                Ok((saved, typed, Facets::read(conn, scope)?, row))
            }
        })
        .await?;
    match saved {
        Ok(()) => {
            company.session().leave_toast(Toast::new(ToastKind::Success, "The details were saved."))?;
            Ok(htmx::shown_instead(wants, &address))
        }
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&Edit::new(iccid, typed, &facets, row.as_ref(), errors))
        }
    }
}
