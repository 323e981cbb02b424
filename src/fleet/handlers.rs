//! The grid, and the count of what a filter matches.

use actix_web::{HttpRequest, HttpResponse, web};
use diesel::PgConnection;
use fleet::sims::{self, Counted, Selection, SimFilter};
use fleet::tenancy::CompanyScope;
use fleet::{operations, saved_views};
use serde::Deserialize;

use super::address::GridAddress;
use super::contents::Contents;
use super::views::Index;
use crate::tree::TreeQuery;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::FormQuery;

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
    let asked = address.clone();
    let (page, contents) = company
        .page(Section::Fleet, "Connectivity Portal", move |conn, scope| {
            Contents::read(conn, scope, address, has_networks)
        })
        .await
        .map_err(|error| named_in_vain(error, asked))?;
    let view = Index::new(page, contents);
    let address = view.here();
    match wants {
        Wants::Fragment => {
            html::ok(&view.as_grid()).map(|answer| htmx::shown_at(answer, request.headers(), &address))
        }
        Wants::Page => html::ok(&view),
        Wants::Json => Ok(HttpResponse::Ok().json(view.to_json())),
    }
}

/// Of an address that names a view or a list which there is not: what else it asks for can be shown.
fn named_in_vain(error: AppError, mut address: GridAddress) -> AppError {
    let text = match &error {
        AppError::Fleet(fleet::Error::NotFound) if address.view.take().is_some() => {
            "The view that this address names is not there any more, or is not shared with you. The filter stands in the address by itself: go on to Monitor my fleet."
        }
        AppError::Fleet(fleet::Error::NotFound) if address.request.filter.list.take().is_some() => {
            "The list of SIMs that this address names is not there. Lists are kept for a week: make it anew from the identifiers, or go on to Monitor my fleet without it."
        }
        _ => return error,
    };
    AppError::NotInGrid { text, without: address.to_address() }
}

/// The furthest that is counted while somebody looks at the grid.
pub(crate) const COUNTED: u16 = 10_000;

/// How far the grid has SIMs counted.
#[derive(Debug, Deserialize)]
pub struct CountQuery {
    /// No further than this, and no further than [`COUNTED`].
    most: Option<u16>,
    /// To the last one instead, once all that match are selected; empty: no.
    #[serde(default)]
    all: String,
}

/// How many SIMs match the filter in the query string.
pub async fn count(
    company: ActiveCompany,
    request: HttpRequest,
    FormQuery(CountQuery { most, all }): FormQuery<CountQuery>,
) -> Result<web::Json<Counted>, AppError> {
    let filter = SimFilter::from_query(request.query_string()).map_err(AppError::from_query)?;
    let tree = TreeQuery::parse(request.query_string())?;
    let counted = company
        .run(move |conn, scope| {
            if !all.is_empty() {
                return count_all(conn, scope, filter, tree);
            }
            let tree = tree.map(|query| query.scope(conn, scope)).transpose()?;
            let most = most.unwrap_or(COUNTED).min(COUNTED);
            match &tree {
                None => sims::count_up_to(conn, scope, &filter, most),
                Some(tree) => sims::count_tree_up_to(conn, tree, &filter, most),
            }
        })
        .await?;
    Ok(web::Json(counted))
}

fn count_all(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: SimFilter,
    tree: Option<TreeQuery>,
) -> fleet::Result<Counted> {
    sims::one_count_at_a_time(conn, scope)?;
    let count = match tree {
        None => sims::count(conn, scope, &filter)?,
        Some(query) => {
            let tree = query.scope(conn, scope)?;
            let all = Selection::Matching { filter, except: Vec::new() };
            operations::count_in_tree(conn, &tree, &all)?.iter().sum()
        }
    };
    Ok(Counted { count, more: false })
}
