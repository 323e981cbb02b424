//! The labels that type-aheads offer.

use actix_web::web::Json;
use fleet::labels::{self, Label};
use serde::Deserialize;

use crate::web::active_company::ActiveCompany;
use crate::web::display::counted;
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

/// The labels of the company in focus.
pub async fn own(
    company: ActiveCompany,
    FormQuery(search): FormQuery<Search>,
) -> Result<Json<Vec<Choice>>, AppError> {
    let found = company.run(move |conn, scope| labels::choices(conn, scope, &search.q, SHOWN)).await?;
    Ok(Json(found.into_iter().map(choice).collect()))
}

fn choice(label: Label) -> Choice {
    let hint = counted(label.sims(), "SIM", "SIMs");
    Choice::new(label.id.to_string(), label.name).with_hint(hint)
}
