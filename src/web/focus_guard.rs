//! The tab guard: a request from a page that was drawn for another company than the one now in
//! focus does nothing, and says so.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use fleet::ids::CompanyUid;

use super::csrf::FrameFields;
use super::error::AppError;
use super::session::UserSession;
use crate::routes;

/// The header that htmx requests carry their page's company in.
pub const HEADER: &str = "x-account-focus";
/// The field that plain forms carry their page's company in.
pub const FIELD: &str = "_account";

/// Compares the company that the page was drawn for with the one in focus.
pub async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match verdict(&request) {
        Some(refusal) => Ok(request.error_response(refusal)),
        None => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

fn verdict(request: &ServiceRequest) -> Option<AppError> {
    let session = UserSession::of(request);
    if routes::is_public(request.path()) || routes::is_free_of_focus(request.path()) {
        return None;
    }
    if let Some(wanted) = shared_account(request).filter(|wanted| session.active_company() != Some(*wanted)) {
        return Some(AppError::SharedLink { wanted });
    }
    let from_header = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let from_field = || request.extensions().get::<FrameFields>().and_then(|fields| fields.account.clone());
    match from_header.or_else(from_field) {
        None if request.method().is_safe() => None,
        None => Some(AppError::BadRequest(
            "The request did not say which company it is for. Nothing was done. Reload the page and try again.".into(),
        )),
        Some(drawn_for) => match drawn_for.parse::<CompanyUid>() {
            Ok(uid) if session.active_company() == Some(uid) => None,
            Ok(uid) => Some(AppError::FocusChanged { drawn_for: uid }),
            Err(_) => Some(AppError::BadRequest("The company named by the request is not one. Nothing was done.".into())),
        },
    }
}

/// The company that a shared link names: `?account=` on the address of a page.
fn shared_account(request: &ServiceRequest) -> Option<CompanyUid> {
    if request.method() != actix_web::http::Method::GET {
        return None;
    }
    let fields: Vec<(String, String)> = serde_html_form::from_str(request.query_string()).ok()?;
    let (_, uid) = fields.into_iter().find(|(name, _)| name == "account")?;
    // One that is no company's at all is treated as one of somebody else: not found.
    Some(uid.parse().unwrap_or(CompanyUid(uuid::Uuid::nil())))
}
