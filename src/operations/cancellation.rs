//! Cancelling an operation: the question, and the act.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::OperationId;
use fleet::operations;
use fleet::tenancy::Permission;

use super::settled;
use super::views::NewCancellation;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::Wants;

/// The question.
pub async fn new(company: ActiveCompany, number: Path<OperationId>) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    let summary = company
        .run(move |conn, scope| {
            scope.require(Permission::OperationsCancel)?;
            Ok(operations::find(conn, scope, number)?.summary)
        })
        .await?;
    html::ok(&NewCancellation { summary })
}

/// The act.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    number: Path<OperationId>,
) -> Result<HttpResponse, AppError> {
    let number = number.into_inner();
    company.run(move |conn, scope| operations::cancel(conn, scope, number)).await?;
    Ok(settled(wants, number, "What has not started is being cancelled:"))
}
