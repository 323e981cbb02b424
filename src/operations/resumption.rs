//! Letting a paused operation go on.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::OperationId;
use fleet::operations;

use super::settled;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::htmx::Wants;

/// The act.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    number: Path<OperationId>,
) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    company.run(move |conn, scope| operations::resume(conn, scope, number)).await?;
    Ok(settled(wants, number, "What is left goes on:"))
}
