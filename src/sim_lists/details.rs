//! The dialog that takes a file with details of SIMs, and leads to the edit that goes by it.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;
use actix_web::web::Data;
use fleet::sim_lists::{self, Layout};
use fleet::tenancy::{CompanyScope, Permission};

use super::upload::Sent;
use super::views::{NewDetails, Problem};
use crate::app::State;
use crate::operations::{self, DraftForm};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx;
use crate::web::upload::Unread;

/// The dialog.
pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let fields = company
        .run(|conn, scope| {
            scope.require(Permission::SimsEdit)?;
            fleet::custom_fields::list(conn, scope)
        })
        .await?;
    html::ok(&NewDetails { fields })
}

/// Keeps what was sent as a list, and opens the edit that goes by it in the place of this dialog.
pub async fn create(
    company: ActiveCompany,
    state: Data<State>,
    unread: Unread,
) -> Result<HttpResponse, AppError> {
    let may = |scope: &CompanyScope| sim_lists::may_create(scope, Layout::Details);
    let sent = Sent::read(unread, &company, &state, may).await?;
    match company.run(move |conn, scope| sent.into_details(conn, scope)).await {
        Ok(list) => {
            let mut answer = operations::opened(&company, DraftForm::by_file(list.uid)).await?;
            answer.headers_mut().insert(htmx::RETARGET, HeaderValue::from_static("#dialog-body"));
            Ok(answer)
        }
        Err(error) => html::refused(&Problem { errors: FieldErrors::caught(error)? }),
    }
}
