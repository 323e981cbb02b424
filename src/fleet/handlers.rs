//! The grid, and the count of what a filter matches.

use actix_web::{HttpResponse, web};
use fleet::sims::{self, SimFilter};

use super::actions;
use super::address::{self, GridAddress};
use super::views::Index;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    GridAddress { request, open }: GridAddress,
) -> Result<HttpResponse, AppError> {
    if open && let Some(found) = opened(&company, request.filter.text.clone()).await? {
        return Ok(found);
    }
    let asked = request.clone();
    let (page, (actions, grid)) = company
        .page(Section::Fleet, "Connectivity Portal", move |conn, scope| {
            Ok((actions::of(scope), sims::grid(conn, scope, &asked)?))
        })
        .await?;
    let address = address::of(&request);
    let view = Index::new(page, request, actions, grid);
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
