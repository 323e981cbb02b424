//! The remedy for SIMs that could not be moved without their offer: it is assigned, and they are tried again.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::OperationId;
use fleet::operations::{self, OperationKind, Start};
use serde::Deserialize;
use uuid::Uuid;

use super::drafts;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::htmx::Wants;
use crate::web::query::FormBody;

/// What the button sends.
#[derive(Debug, Deserialize)]
pub struct AssignmentForm {
    /// Made with the button: it launches once.
    pub launch_key: Uuid,
}

/// Assigns and launches.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    number: Path<OperationId>,
    FormBody(form): FormBody<AssignmentForm>,
) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    let (retry, failed) = company
        .run(move |conn, scope| {
            let failed = operations::failures_by_code(conn, scope, number)?;
            let failed = failed.iter().find(|group| group.code == operations::FailureCode::OfferNotAssigned);
            let sims = failed.map(|group| group.to_retry);
            Ok((operations::assign_and_retry(conn, scope, number, form.launch_key)?, sims))
        })
        .await?;
    Ok(drafts::launched(wants, OperationKind::Transfer, retry, failed.map(|sims| (sims, Start::Now)), false))
}
