//! The groups of a preview, each as a list: shown by the grid, or as CSV.

use actix_web::HttpResponse;
use fleet::operations::{self, NewOperation};
use fleet::tenancy::Permission;

use super::forms::DraftForm;
use crate::sim_lists;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::htmx::{self, Wants};
use crate::web::query::FormBody;

/// Makes a list of one group, and shows it.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    FormBody(form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    let (kind, meant, (group, is_file)) = (form.kind()?, form.meant()?, form.group()?);
    let list = company
        .run(move |conn, scope| {
            for permission in kind.permissions() {
                scope.require(*permission)?;
            }
            if is_file {
                scope.require(Permission::SimsExport)?;
            }
            let act = form.act(kind).map_err(|field| fleet::Error::invalid(field, "Choose one first."))?;
            let (selection, _) = meant.resolve(conn, scope)?;
            operations::list_group(conn, scope, &NewOperation::new(act, selection), group)
        })
        .await?;
    let address =
        if is_file { format!("/sim-lists/{}/sims.csv", list.uid) } else { sim_lists::address(&list) };
    Ok(htmx::shown_instead(wants, &address))
}
