//! Trying again what has failed: the dialog that launches does it, with the SIMs and the act given.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::OperationId;
use fleet::operations::{self, FailureCode, OperationKind};
use serde::Deserialize;

use super::draft_views::Draft;
use super::drafts;
use super::forms::DraftForm;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::query::FormQuery;

/// What is to be tried again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RetryQuery {
    /// What has failed for this reason; for any, if it is empty.
    pub code: String,
    /// With another offer: none is chosen yet.
    pub other_offer: Option<String>,
    /// What a reconciliation has found is to be put right.
    pub mend: Option<String>,
}

impl RetryQuery {
    fn code(&self) -> Result<Option<FailureCode>, AppError> {
        match self.code.as_str() {
            "" => Ok(None),
            code => code
                .parse()
                .map(Some)
                .map_err(|_| AppError::BadRequest("There is no such reason for a failure.".into())),
        }
    }
}

/// The dialog.
pub async fn new(
    company: ActiveCompany,
    number: Path<OperationId>,
    FormQuery(query): FormQuery<RetryQuery>,
) -> Result<HttpResponse, AppError> {
    let (number, code) = (number.into_inner(), query.code()?);
    let again = company.run(move |conn, scope| operations::again(conn, scope, number)).await?;
    let mut form = DraftForm::failed_of(number, code, &again);
    if query.other_offer.is_some() {
        form.offer.clear();
    }
    if query.mend.is_some() && again.kind == OperationKind::Reconcile {
        form.kind = OperationKind::Mend.to_string();
    }
    let look = drafts::look_at(&company, &form).await?;
    html::ok(&Draft::new(form, look, FieldErrors::default(), company.sends_mail()))
}
