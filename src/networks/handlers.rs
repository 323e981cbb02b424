//! The screen of the networks, and their tests.

use std::time::{Duration, Instant};

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use fleet::network::overview;

use super::views::{Index, Tested};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::client::peer;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::page::Section;

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn index(
    company: ActiveCompany,
    state: Data<State>,
    wants: Wants,
) -> Result<HttpResponse, AppError> {
    show(&company, &state, wants, None).await
}

pub async fn create_test(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    name: Path<String>,
    wants: Wants,
) -> Result<HttpResponse, AppError> {
    let name = name.into_inner();
    company.run(|_, scope| overview::require(scope)).await?;
    let network = state.networks.get(&name).cloned().ok_or(fleet::Error::NotFound)?;
    state.limits.count(peer(&request), "tests of networks")?;
    let _turn = state.network_tests.acquire().await.map_err(|_| AppError::Busy)?;
    let outcome = web::block(move || network.test(Instant::now() + PATIENCE))
        .await
        .map_err(|_| AppError::Internal("the test of a network was lost".into()))?;
    if outcome.is_ok() {
        let name = name.clone();
        company.run(move |conn, scope| overview::tested(conn, scope, &name)).await?;
    }
    show(&company, &state, wants, Some(Tested { name, outcome })).await
}

async fn show(
    company: &ActiveCompany,
    state: &Data<State>,
    wants: Wants,
    tested: Option<Tested>,
) -> Result<HttpResponse, AppError> {
    let known = state.networks.clone();
    let list = move |conn: &mut _, scope: &_| overview::list(conn, scope, &known);
    let (page, networks) = company.page(Section::Administration, "Networks", list).await?;
    let view = Index { page, networks, tested };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}
