//! The dialog in which offers are assigned to a subaccount, and withdrawn from it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use diesel::PgConnection;
use fleet::ids::{CompanyUid, OfferId};
use fleet::offers;
use fleet::tenancy::CompanyScope;

use super::forms::Chosen;
use super::views::Assign;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx;
use crate::web::page::{Toast, ToastKind};
use crate::web::query::FormBody;

pub async fn index(company: ActiveCompany, uid: Path<CompanyUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let view = company.run(move |conn, scope| dialog(conn, scope, uid)).await?;
    html::ok(&view)
}

pub async fn create(
    company: ActiveCompany,
    uid: Path<CompanyUid>,
    FormBody(chosen): FormBody<Chosen>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let (view, done) = company
        .run(move |conn, scope| {
            // Asked first: a wrong form says nothing to who may not assign.
            let view = dialog(conn, scope, uid)?;
            let done = chosen.parse().and_then(|offer| offers::assign(conn, scope, uid, offer));
            Ok((view, done))
        })
        .await?;
    let told = done.map(|offer| format!("{} now has {offer}.", view.shelf.subaccount));
    answer(view, told)
}

pub async fn destroy(
    company: ActiveCompany,
    path: Path<(CompanyUid, OfferId)>,
) -> Result<HttpResponse, AppError> {
    let (uid, offer) = path.into_inner();
    let (view, done) = company
        .run(move |conn, scope| {
            let done = offers::withdraw(conn, scope, uid, offer);
            Ok((dialog(conn, scope, uid)?, done))
        })
        .await?;
    let told = done.map(|offer| format!("{offer} was withdrawn from {}.", view.shelf.subaccount));
    answer(view, told)
}

fn dialog(conn: &mut PgConnection, scope: &CompanyScope, uid: CompanyUid) -> fleet::Result<Assign> {
    let shelf = offers::shelf(conn, scope, uid)?;
    Ok(Assign { uid, parent: scope.company_name().to_owned(), shelf, errors: FieldErrors::default() })
}

/// Done, and the row looks again; or the dialog again, with what is wrong.
fn answer(view: Assign, told: fleet::Result<String>) -> Result<HttpResponse, AppError> {
    match told {
        Ok(told) => {
            let toast = Toast::new(ToastKind::Success, told);
            Ok(htmx::done(&toast, &format!("subaccount-{}", view.uid)))
        }
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&Assign { errors, ..view })
        }
    }
}
