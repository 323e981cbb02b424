//! What a text finds: below the box while somebody types, and as a page.

use actix_web::HttpResponse;
use fleet::search::search;
use fleet::sims;
use serde::Deserialize;

use super::views::{Index, Suggestions};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::page::Section;
use crate::web::query::FormQuery;

/// The most of each kind that are suggested, and that the page shows.
const SUGGESTED: u8 = 5;
const SHOWN: u8 = 25;

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    q: String,
}

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(Query { q }): FormQuery<Query>,
) -> Result<HttpResponse, AppError> {
    let text = q.clone();
    if wants == Wants::Fragment {
        let found = company.run(move |conn, scope| search(conn, scope, &text, SUGGESTED)).await?;
        return html::ok(&Suggestions::new(q, found));
    }
    let (page, (only, found)) = company
        .page(Section::Elsewhere, "Search", move |conn, scope| {
            Ok((sims::identified(conn, scope, &text)?, search(conn, scope, &text, SHOWN)?))
        })
        .await?;
    // Whoever types all of an identifier means that SIM, unless it is the number of an operation as well.
    match only {
        Some(sim) if found.operations.is_empty() => Ok(html::see_other(&format!("/sims/{}", sim.iccid))),
        _ => html::ok(&Index::new(page, q, found)),
    }
}
