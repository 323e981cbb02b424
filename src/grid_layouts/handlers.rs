//! The dialog *Columns*, and keeping what it says.

use actix_web::HttpResponse;
use diesel::PgConnection;
use fleet::custom_fields::{self, Field};
use fleet::grid_layouts::{self, Layout};
use fleet::tenancy::CompanyScope;

use super::forms::LayoutForm;
use super::views::Edit;
use crate::fleet::GridAddress;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::query::FormBody;

/// The dialog for the grid that the query string names.
pub async fn edit(company: ActiveCompany, grid: GridAddress) -> Result<HttpResponse, AppError> {
    let (layout, fields) = company.run(layout_and_fields).await?;
    html::ok(&Edit::new(layout, fields, &grid))
}

fn layout_and_fields(conn: &mut PgConnection, scope: &CompanyScope) -> fleet::Result<(Layout, Vec<Field>)> {
    Ok((grid_layouts::find(conn, scope)?, custom_fields::list(conn, scope)?))
}

/// Keeps what was sent, and shows the grid so.
pub async fn update(
    company: ActiveCompany,
    wants: Wants,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let LayoutForm { mut change, resets, grid } = LayoutForm::parse(&fields)?;
    // Other rows per page: the place that the address names is none that a page begins at.
    let moves = resets || change.size.is_some();
    let mut grid = grid.map(|grid| if moves { grid.first_page() } else { grid });
    if let Some(grid) = &mut grid
        && let Some(named) = &grid.columns
    {
        // An address that names its columns shows those: they change there, and the person's own stay.
        let columns = change.columns.take().filter(|_| !resets);
        grid.columns =
            columns.map(|columns| if change.keeps_fields { columns.around_fields(named) } else { columns });
    }
    let asked = change.clone();
    let kept = company
        .run(move |conn, scope| {
            if resets {
                return grid_layouts::reset(conn, scope);
            }
            grid_layouts::update(conn, scope, &asked).map(drop)
        })
        .await;
    match (kept, grid) {
        (Ok(()), Some(grid)) => Ok(htmx::shown_in_grid(wants, &grid.to_address(), None)),
        (Ok(()), None) => Ok(HttpResponse::NoContent().finish()),
        (Err(error), Some(grid)) => {
            let errors = FieldErrors::caught(error)?;
            let (layout, fields) = company.run(layout_and_fields).await?;
            html::refused(&Edit::refused(layout, fields, &grid, &change, errors))
        }
        (Err(error), None) => Err(error),
    }
}
