//! What the type-aheads offer: accounts to filter by, companies that SIMs can go to, and offers.

use actix_web::HttpRequest;
use actix_web::web::Json;
use fleet::tenancy::{self, TreeScope};
use fleet::{offers, subaccounts};
use serde::Deserialize;

use super::TreeQuery;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::Choice;
use crate::web::query::FormQuery;

/// The most that a type-ahead shows; more are found by typing.
const SHOWN: i64 = 50;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

pub async fn accounts(
    company: ActiveCompany,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let found = company.run(move |conn, scope| tenancy::tree_choices(conn, scope, &search.q, SHOWN)).await?;
    let choice = |account: fleet::tenancy::CompanyScope| {
        Choice::new(account.company_uid().to_string(), account.company_name())
            .with_hint(account.rights_in_words())
    };
    Ok(Json(found.into_iter().map(choice).collect()))
}

pub async fn targets(
    company: ActiveCompany,
    request: HttpRequest,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let (main, found) = in_tree(&company, &request, move |conn, tree| {
        Ok((tree.main().company_uid(), subaccounts::tree_targets(conn, tree, &search.q, SHOWN)?))
    })
    .await?;
    let choice = |found: subaccounts::Target| {
        let hint = if found.uid == main { "Main account".to_owned() } else { found.path };
        Choice::new(found.uid.to_string(), found.name).with_hint(hint)
    };
    Ok(Json(found.into_iter().map(choice).collect()))
}

pub async fn offers(
    company: ActiveCompany,
    request: HttpRequest,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let found =
        in_tree(&company, &request, move |conn, tree| offers::tree_choices(conn, tree, &search.q, SHOWN))
            .await?;
    Ok(Json(found.into_iter().map(crate::offers::choices::choice).collect()))
}

/// Runs `work` in the accounts that the address means.
async fn in_tree<T: Send + 'static>(
    company: &ActiveCompany,
    request: &HttpRequest,
    work: impl FnOnce(&mut diesel::PgConnection, &TreeScope) -> fleet::Result<T> + Send + 'static,
) -> Result<T, AppError> {
    let query = TreeQuery::parse(request.query_string())?.unwrap_or_default();
    company
        .run(move |conn, scope| {
            let tree = query.scope(conn, scope)?;
            work(conn, &tree)
        })
        .await
}
