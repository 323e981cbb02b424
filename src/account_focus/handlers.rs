//! The dialog Change Company, its search, and the switch.

use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use fleet::ids::CompanyUid;
use fleet::tenancy::{self, CompanyScope, Permission};
use fleet::{account_focus, companies};
use serde::Deserialize;

use super::views::{Edit, EditPage, Results};
use crate::app::State;
use crate::web::client::peer;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{AnonymousPage, administration};
use crate::web::session::UserSession;

/// The most companies shown at once; more are found by searching.
const SHOWN: i64 = 100;
const RECENT: i64 = 5;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct Switch {
    account: CompanyUid,
    #[serde(default)]
    next: String,
    /// Set by *Switch back*: the page stays, so that nothing typed is lost.
    #[serde(default)]
    stay: bool,
}

pub async fn edit(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    wants: Wants,
    Query(mut search): Query<Search>,
) -> Result<HttpResponse, AppError> {
    if search.next.is_empty() {
        search.next = htmx::came_from(request.headers());
    }
    let results = load(&state, &session, search).await?;
    if wants == Wants::Fragment {
        return html::ok(&Edit { results });
    }
    let page = AnonymousPage {
        title: "Change Company".into(),
        csrf_token: results.csrf_token.clone(),
        toasts: Vec::new(),
    };
    html::ok(&EditPage { page, results })
}

pub async fn choices(
    state: Data<State>,
    session: UserSession,
    Query(search): Query<Search>,
) -> Result<HttpResponse, AppError> {
    html::ok(&load(&state, &session, search).await?)
}

pub async fn update(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    wants: Wants,
    Form(switch): Form<Switch>,
) -> Result<HttpResponse, AppError> {
    let user = session.user().ok_or(AppError::SignInNeeded)?;
    let (left, voucher) = (session.active_company(), session.voucher());
    let address = peer(&request);
    let next = db::run(&state.pool, move |conn| {
        let scope = tenancy::enter_vouched(conn, user, switch.account, voucher)?.asked_from(Some(address));
        // So that the way back is among the recent ones, also from where the session began.
        if let Some(left) = left.and_then(|uid| tenancy::enter_vouched(conn, user, uid, voucher).ok()) {
            companies::note_focus(conn, &left)?;
        }
        if left != Some(switch.account) {
            companies::switch_focus(conn, &scope)?;
        }
        Ok(section(&switch.next, &scope))
    })
    .await?;
    session.set_active_company(switch.account)?;
    Ok(match wants {
        Wants::Fragment if switch.stay => HttpResponse::NoContent()
            .insert_header((htmx::TRIGGER, r#"{"dialog-close":{},"focus-restored":{}}"#))
            .finish(),
        Wants::Fragment => HttpResponse::NoContent().insert_header((htmx::REDIRECT, next)).finish(),
        Wants::Page | Wants::Json => html::see_other(&next),
    })
}

async fn load(state: &State, session: &UserSession, search: Search) -> Result<Results, AppError> {
    let user = session.user().ok_or(AppError::SignInNeeded)?;
    let (active, vouched_by) = (session.active_company(), session.vouched_by());
    let query = search.q.clone();
    let (mut recent, mut found) = db::run(&state.pool, move |conn| {
        let searching = !query.trim().is_empty();
        let recent = if searching {
            Vec::new()
        } else {
            account_focus::recent_choices(conn, user, vouched_by, RECENT)?
        };
        Ok((recent, account_focus::choices(conn, user, vouched_by, &query, SHOWN + 1)?))
    })
    .await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    recent.retain(|choice| Some(choice.uid) != active);
    Ok(Results {
        search: search.q,
        recent,
        found,
        more,
        vouched: vouched_by.is_some(),
        active: active.map(|uid| uid.to_string()).unwrap_or_default(),
        csrf_token: session.csrf_token().unwrap_or_default(),
        next: search.next,
    })
}

/// Where to go after a switch: an address of this portal as it is, if it names the company that is
/// now in focus; else its section alone, since a record of the old company is none of the new; and
/// the Start page where the new company has no such section, or the person no right to it.
fn section(next: &str, scope: &CompanyScope) -> String {
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    if !html::is_here(next) {
        return "/".to_owned();
    }
    if query.split('&').any(|part| part == format!("account={}", scope.company_uid())) {
        return next.to_owned();
    }
    same_section(path)
        .filter(|section| match *section {
            "/fleet" | "/operations" => scope.allows(Permission::FleetView),
            "/subaccounts" => scope.subaccounts_enabled() && scope.allows(Permission::SubaccountsView),
            section if section.starts_with("/administration") => {
                administration(scope.permissions()).any(|(address, _)| address == section)
            }
            _ => true,
        })
        .unwrap_or("/")
        .to_owned()
}

/// The section that an address belongs to, if it is one that each company has.
fn same_section(path: &str) -> Option<&'static str> {
    let mut parts = path.split('/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        ("fleet" | "sims", _) => Some("/fleet"),
        ("operations", _) => Some("/operations"),
        ("subaccounts", _) => Some("/subaccounts"),
        ("administration", "users") => Some("/administration/users"),
        ("administration", "invitations") => Some("/administration/invitations"),
        ("administration", "profiles") => Some("/administration/profiles"),
        ("administration", "audit") => Some("/administration/audit"),
        ("administration", "offers") => Some("/administration/offers"),
        ("administration", _) => Some("/administration"),
        ("help", _) => Some("/help"),
        ("profile", _) => Some("/profile"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::same_section;

    #[test]
    fn a_switch_opens_the_same_section() {
        for (path, section) in [
            ("/operations/42", Some("/operations")),
            ("/sims/8901260881205897720", Some("/fleet")),
            ("/fleet", Some("/fleet")),
            ("/administration/users/7/edit", Some("/administration/users")),
            ("/administration", Some("/administration")),
            ("/password-links/token", None),
            ("/", None),
        ] {
            assert_eq!(same_section(path), section, "{path}");
        }
    }
}
