//! The offers that type-aheads offer.

use actix_web::web::{Json, Path};
use fleet::ids::CompanyUid;
use fleet::offers::{self, TargetChoice};
use fleet::sims::SimType;
use serde::Deserialize;

use super::views::types;
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
    /// The type of SIM that the offer has to take; one that there is not, or empty, is any.
    #[serde(default)]
    sim_type: String,
}

#[derive(Deserialize)]
pub struct SearchFor {
    #[serde(default)]
    q: String,
    /// Only what the subaccount has not.
    #[serde(default)]
    lacking: bool,
}

/// The offers of the company in focus.
pub async fn own(
    company: ActiveCompany,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let sim_type: Option<SimType> = search.sim_type.parse().ok();
    let found =
        company.run(move |conn, scope| offers::choices(conn, scope, &search.q, sim_type, SHOWN)).await?;
    Ok(Json(found.into_iter().map(choice).collect()))
}

/// The offers of the company in focus, for a company below it.
pub async fn for_subaccount(
    company: ActiveCompany,
    uid: Path<CompanyUid>,
    FormQuery(search): FormQuery<SearchFor>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let SearchFor { q, lacking } = search;
    let found = company
        .run(move |conn, scope| offers::choices_for(conn, scope, uid.into_inner(), &q, lacking, SHOWN))
        .await?;
    Ok(Json(found.into_iter().map(|found| target_choice(found, lacking)).collect()))
}

pub(crate) fn choice(offer: offers::Choice) -> Choice {
    let hint = types(&offer.sim_types);
    Choice::new(offer.id.to_string(), offer.name).with_hint(hint)
}

fn target_choice(found: TargetChoice, lacking: bool) -> Choice {
    let shown = choice(found.offer);
    let hint = match (lacking, found.target_has_it) {
        (true, _) => return shown,
        (false, true) => format!("{} · assigned", shown.hint),
        (false, false) => format!("{} · not assigned yet", shown.hint),
    };
    shown.with_hint(hint)
}
