//! The grid, and the count of what a filter matches.

use actix_web::{HttpRequest, HttpResponse, web};
use fleet::saved_views;
use fleet::sims::{self, SimFilter};

use super::address::GridAddress;
use super::contents::Contents;
use super::views::Index;
use crate::tree::TreeQuery;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    request: HttpRequest,
    address: GridAddress,
) -> Result<HttpResponse, AppError> {
    if wants == Wants::Page
        && request.query_string().is_empty()
        && let Some(view) = company.run(saved_views::default_of).await?
    {
        return Ok(html::see_other(&crate::saved_views::address(&view)?));
    }
    let has_networks = company.has_networks();
    let (page, contents) = company
        .page(Section::Fleet, "Connectivity Portal", move |conn, scope| {
            Contents::read(conn, scope, address, has_networks)
        })
        .await?;
    let view = Index::new(page, contents);
    let address = view.here();
    match wants {
        Wants::Fragment => html::ok(&view.as_grid()).map(|answer| htmx::shown_at(answer, &address)),
        Wants::Page => html::ok(&view),
        Wants::Json => Ok(HttpResponse::Ok().json(view.to_json())),
    }
}

/// How many SIMs match the filter in the query string, for *Select all that match*.
pub async fn count(
    company: ActiveCompany,
    request: HttpRequest,
) -> Result<web::Json<serde_json::Value>, AppError> {
    let filter = SimFilter::from_query(request.query_string()).map_err(AppError::from_query)?;
    let count = match TreeQuery::parse(request.query_string())? {
        None => company.run(move |conn, scope| sims::count(conn, scope, &filter)).await?,
        Some(query) => {
            company
                .run(move |conn, scope| {
                    let tree = query.scope(conn, scope)?;
                    sims::count_tree(conn, &tree, &filter)
                })
                .await?
        }
    };
    Ok(web::Json(serde_json::json!({ "count": count })))
}
