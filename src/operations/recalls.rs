//! Recalling: undoing what an operation has done, in the dialog that launches.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::OperationId;

use super::draft_views::Draft;
use super::drafts;
use super::forms::DraftForm;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;

/// The dialog.
pub async fn new(company: ActiveCompany, number: Path<OperationId>) -> Result<HttpResponse, AppError> {
    let form = DraftForm::recall_of(number.into_inner());
    let look = drafts::look_at(&company, &form).await?;
    html::ok(&Draft::new(form, look, FieldErrors::default(), company.sends_mail()))
}
