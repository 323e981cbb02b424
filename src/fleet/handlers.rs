//! The grid, and the count of what a filter matches.

use actix_web::{HttpResponse, web};
use fleet::grid_layouts;
use fleet::sims::{self, SimFilter};

use super::actions;
use super::address::GridAddress;
use super::views::{Contents, Index};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    mut address: GridAddress,
) -> Result<HttpResponse, AppError> {
    if address.open && let Some(found) = opened(&company, address.request.filter.text.clone()).await? {
        return Ok(found);
    }
    let (page, view) = company
        .page(Section::Fleet, "Connectivity Portal", move |conn, scope| {
            let layout = grid_layouts::find(conn, scope)?;
            address.request.size = address.size.unwrap_or(layout.size);
            let grid = sims::grid(conn, scope, &address.request)?;
            Ok(Contents { address, layout, actions: actions::of(scope), grid })
        })
        .await?;
    let address = view.address.to_address();
    let view = Index::new(page, view);
    match wants {
        Wants::Fragment => html::ok(&view.as_grid()).map(|answer| htmx::shown_at(answer, &address)),
        Wants::Page | Wants::Json => html::ok(&view),
    }
}

/// How many SIMs match the filter in the query string, for *Select all that match*.
pub async fn count(
    company: ActiveCompany,
    request: actix_web::HttpRequest,
) -> Result<web::Json<serde_json::Value>, AppError> {
    let filter = SimFilter::from_query(request.query_string()).map_err(AppError::from_query)?;
    let count = company.run(move |conn, scope| sims::count(conn, scope, &filter)).await?;
    Ok(web::Json(serde_json::json!({ "count": count })))
}

/// The way to the one SIM that `text` identifies, if it identifies one.
async fn opened(company: &ActiveCompany, text: String) -> Result<Option<HttpResponse>, AppError> {
    let found = company.run(move |conn, scope| sims::identified(conn, scope, &text)).await?;
    Ok(found.map(|sim| html::see_other(&format!("/sims/{}", sim.iccid))))
}
