//! The page of a SIM.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::OperationId;
use fleet::operations;
use fleet::sims::{self, Facets};
use fleet::tenancy::Permission;
use serde::Deserialize;

use super::views::Show;
use crate::fleet::actions;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::page::Section;
use crate::web::query::FormQuery;

/// The events of the timeline that are shown at once.
const EVENTS: i64 = 20;

/// Which part of the timeline is asked for.
#[derive(Deserialize)]
pub struct Older {
    /// The events from before this operation on.
    before: Option<OperationId>,
}

pub async fn show(
    company: ActiveCompany,
    wants: Wants,
    iccid: Path<String>,
    FormQuery(Older { before }): FormQuery<Older>,
) -> Result<HttpResponse, AppError> {
    let title = format!("SIM {iccid}");
    let (page, (row, facets, in_flight, events, actions, may_edit)) = company
        .page(Section::Fleet, &title, move |conn, scope| {
            let row = sims::find(conn, scope, &iccid)?;
            let in_flight = operations::unfinished_for(conn, scope, &[row.id])?.pop();
            let events = operations::timeline(conn, scope, row.id, before, EVENTS)?;
            let actions = actions::for_one(scope, row.state, in_flight.as_ref());
            let may_edit = scope.allows(Permission::SimsEdit) && !scope.is_suspended();
            Ok((row, Facets::read(conn, scope)?, in_flight, events, actions, may_edit))
        })
        .await?;
    let view = Show { page, row, facets, in_flight, events, actions, may_edit };
    if wants == Wants::Fragment { html::ok(&view.as_events()) } else { html::ok(&view) }
}
