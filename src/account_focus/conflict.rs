//! The two answers to a request that is for another company than the one in focus.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fleet::companies;
use fleet::ids::CompanyUid;

use super::views::{Conflict, ConflictDialog, SharedLink};
use crate::app::State;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::AnonymousPage;
use crate::web::session::UserSession;

/// Says that the page was drawn for `drawn_for`, that another company is in focus, and that
/// nothing was done.
pub async fn focus_changed(
    request: &HttpRequest,
    session: &UserSession,
    drawn_for: CompanyUid,
    wants: Wants,
) -> Result<HttpResponse, AppError> {
    let (drawn_for_name, active_name) = names(request, session, drawn_for).await?;
    let about = ConflictDialog {
        drawn_for: drawn_for.to_string(),
        drawn_for_name: drawn_for_name.unwrap_or_else(|| "a company you are no longer a member of".into()),
        active_name,
        here: htmx::came_from(request.headers()),
    };
    if wants == Wants::Fragment {
        return html::answer(StatusCode::CONFLICT, &about);
    }
    let page = frame(session, "Another company is in focus");
    html::answer(StatusCode::CONFLICT, &Conflict { page, about })
}

/// Asks whether to switch to the company that a shared link is for.
pub async fn shared_link(
    request: &HttpRequest,
    session: &UserSession,
    wanted: CompanyUid,
) -> Result<HttpResponse, AppError> {
    let (wanted_name, active_name) = names(request, session, wanted).await?;
    let view = SharedLink {
        page: frame(session, "This link is for another company"),
        wanted: wanted.to_string(),
        wanted_name: wanted_name.ok_or(fleet::Error::NotFound)?,
        active_name,
        here: request.uri().to_string(),
    };
    html::ok(&view)
}

async fn names(
    request: &HttpRequest,
    session: &UserSession,
    other: CompanyUid,
) -> Result<(Option<String>, String), AppError> {
    let user = session.user().ok_or(AppError::SignInNeeded)?;
    let active = session.active_company();
    let state = request.app_data::<Data<State>>().ok_or_else(|| AppError::Internal("no state".into()))?;
    db::run(&state.pool, move |conn| {
        let mut name = |uid| match companies::name_for_member(conn, user, uid) {
            Err(fleet::Error::NotFound) => Ok(None),
            found => found.map(Some),
        };
        let other = name(other)?;
        let active = active.map(name).transpose()?.flatten();
        Ok((other, active.unwrap_or_else(|| "no company".into())))
    })
    .await
}

fn frame(session: &UserSession, title: &str) -> AnonymousPage {
    AnonymousPage {
        title: title.into(),
        csrf_token: session.csrf_token().unwrap_or_default(),
        toasts: Vec::new(),
    }
}
