//! The tab guard: a request from a page that was drawn for another company than the one now in
//! focus does nothing, and says so.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use fleet::ids::CompanyUid;

use super::bearer;
use super::csrf::FrameFields;
use super::error::AppError;
use super::htmx::{self, Wants};
use super::session::UserSession;
use crate::account_focus::conflict;
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
    let wants = Wants::of(request.headers());
    let answer = match verdict(&request) {
        Verdict::Pass => return Ok(next.call(request).await?.map_into_boxed_body()),
        Verdict::Unclear(sentence) => Err(AppError::BadRequest(sentence.into())),
        Verdict::Changed(_) if htmx::is_poll(request.headers()) => Ok(htmx::stop_polling()),
        Verdict::Changed(_) if wants == Wants::Json => Err(AppError::FocusChanged),
        Verdict::Changed(drawn_for) => {
            conflict::focus_changed(request.request(), &UserSession::of(&request), drawn_for, wants).await
        }
        Verdict::SharedLink(wanted) => {
            conflict::shared_link(request.request(), &UserSession::of(&request), wanted).await
        }
    };
    Ok(match answer {
        Ok(answer) => request.into_response(answer),
        Err(error) => request.error_response(error),
    })
}

enum Verdict {
    /// For the company in focus, or for none.
    Pass,
    /// It does not say for which company, but should.
    Unclear(&'static str),
    /// From a page that was drawn for this other company.
    Changed(CompanyUid),
    /// A link that somebody with this other company in focus has shared.
    SharedLink(CompanyUid),
}

fn verdict(request: &ServiceRequest) -> Verdict {
    let has_token = bearer::opened(request.request()).is_some();
    if has_token || routes::is_public(request.path()) || routes::is_free_of_focus(request.path()) {
        return Verdict::Pass;
    }
    let active = UserSession::of(request).active_company();
    if let Some(wanted) = shared_account(request).filter(|wanted| active != Some(*wanted)) {
        return Verdict::SharedLink(wanted);
    }
    let header = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let field = || request.extensions().get::<FrameFields>().and_then(|fields| fields.account.clone());
    match header.or_else(field) {
        None if request.method().is_safe() => Verdict::Pass,
        None => Verdict::Unclear(
            "The request did not say which company it is for. Nothing was done. Reload the page and try again.",
        ),
        Some(drawn_for) => match drawn_for.parse::<CompanyUid>() {
            Ok(uid) if active == Some(uid) => Verdict::Pass,
            Ok(uid) => Verdict::Changed(uid),
            Err(_) => Verdict::Unclear("The company named by the request is not one. Nothing was done."),
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
