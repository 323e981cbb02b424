//! What the type-aheads offer: people who can be made administrators, companies that SIMs can go to.

use actix_web::web::Json;
use fleet::ids::CompanyUid;
use fleet::subaccounts::{self, Candidate, Target};
use serde::Deserialize;

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

pub async fn people(
    company: ActiveCompany,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let found =
        company.run(move |conn, scope| subaccounts::candidates(conn, scope, &search.q, SHOWN)).await?;
    Ok(Json(found.into_iter().map(person).collect()))
}

/// Where SIMs can go to, for a company that has subaccounts.
pub async fn subaccounts(
    company: ActiveCompany,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let found = company
        .run(move |conn, scope| {
            if !scope.subaccounts_enabled() {
                return Err(fleet::Error::NotFound);
            }
            subaccounts::transfer_targets(conn, scope, &search.q, SHOWN)
        })
        .await?;
    Ok(Json(found.into_iter().map(target).collect()))
}

/// The same for every company: one without subaccounts can give SIMs back to its parent.
pub async fn transfer_targets(
    company: ActiveCompany,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let found =
        company.run(move |conn, scope| subaccounts::transfer_targets(conn, scope, &search.q, SHOWN)).await?;
    Ok(Json(found.into_iter().map(target).collect()))
}

/// A person as a type-ahead offers one.
pub fn person(person: Candidate) -> Choice {
    Choice::new(person.id.to_string(), person.name).with_hint(person.email)
}

fn target(target: Target) -> Choice {
    let Target { uid, name, path, is_above } = target;
    let hint = if is_above { "Parent company".to_owned() } else { path };
    Choice::new(CompanyUid::to_string(&uid), name).with_hint(hint)
}
