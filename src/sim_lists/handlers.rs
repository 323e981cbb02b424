//! The dialog that makes a list, and the one that tells what came of it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use fleet::ids::SimListUid;
use fleet::sim_lists::{self, Layout};
use fleet::tenancy::{CompanyScope, Permission};

use super::upload::Sent;
use super::views::{New, Problem, Show};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::upload::Unread;

/// The dialog.
pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let may_edit = company.run(|_, scope| Ok(scope.allows(Permission::SimsEdit))).await?;
    html::ok(&New { may_edit })
}

/// Makes a list, and shows its SIMs. What can't be a list is said beside the fields, which stay as they are.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    state: Data<State>,
    unread: Unread,
) -> Result<HttpResponse, AppError> {
    let may = |scope: &CompanyScope| sim_lists::may_create(scope, Layout::Words);
    let sent = Sent::read(unread, &company, &state, may).await?;
    match company.run(move |conn, scope| sent.into_list(conn, scope)).await {
        Ok(list) => Ok(htmx::shown_instead(wants, &super::address(&list))),
        Err(error) => html::refused(&Problem { errors: FieldErrors::caught(error)? }),
    }
}

/// What came of making a list.
pub async fn show(company: ActiveCompany, uid: Path<SimListUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    html::ok(&company.run(move |conn, scope| Show::read(conn, scope, uid)).await?)
}
