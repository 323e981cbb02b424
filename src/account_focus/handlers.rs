//! The dialog Change Company, its search, and the switch.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Form, Query};
use askama::Template as _;
use fleet::companies::{self, Choice};
use fleet::ids::CompanyUid;
use fleet::tenancy;
use serde::Deserialize;

use super::views::Edit;
use crate::app::State;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::htmx::{self, Wants};
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
    state: Data<State>,
    session: UserSession,
    Query(search): Query<Search>,
) -> Result<HttpResponse, AppError> {
    let view = load(&state, &session, search).await?;
    Ok(html(view.render()?))
}

pub async fn choices(
    state: Data<State>,
    session: UserSession,
    Query(search): Query<Search>,
) -> Result<HttpResponse, AppError> {
    let view = load(&state, &session, search).await?;
    Ok(html(view.as_results().render()?))
}

pub async fn update(
    state: Data<State>,
    session: UserSession,
    wants: Wants,
    Form(switch): Form<Switch>,
) -> Result<HttpResponse, AppError> {
    let user = session.user().ok_or(AppError::SignInNeeded)?;
    db::run(&state.pool, move |conn| {
        let scope = tenancy::enter(conn, user, switch.account)?;
        companies::note_focus(conn, &scope)
    })
    .await?;
    session.set_active_company(switch.account)?;
    let next = section(&switch.next);
    Ok(match wants {
        Wants::Fragment if switch.stay => HttpResponse::NoContent()
            .insert_header((htmx::TRIGGER, r#"{"dialog-close":{},"focus-restored":{}}"#))
            .finish(),
        Wants::Fragment => HttpResponse::NoContent().insert_header((htmx::REDIRECT, next)).finish(),
        Wants::Page | Wants::Json => HttpResponse::SeeOther().insert_header((LOCATION, next)).finish(),
    })
}

async fn load(state: &State, session: &UserSession, search: Search) -> Result<Edit, AppError> {
    let user = session.user().ok_or(AppError::SignInNeeded)?;
    let query = search.q.clone();
    let (recent, mut found) = db::run(&state.pool, move |conn| {
        let searching = !query.trim().is_empty();
        let recent = if searching { Vec::new() } else { companies::recent_choices(conn, user, RECENT)? };
        Ok((recent, companies::choices(conn, user, &query, SHOWN + 1)?))
    })
    .await?;
    let more = found.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    Ok(Edit {
        search: search.q,
        recent: recent.into_iter().filter(|choice: &Choice| choice.focused_at.is_some()).collect(),
        found,
        more,
        active: session.active_company().map(|uid| uid.to_string()).unwrap_or_default(),
        csrf_token: session.csrf_token().unwrap_or_default(),
        next: search.next,
    })
}

fn html(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}

/// Where to go after a switch: an address of this portal as it is, if it names the company that
/// is now in focus; else its section alone, since a record of the old company is none of the new.
fn section(next: &str) -> String {
    if next.starts_with("//") || !next.starts_with('/') || next.chars().any(|c| c == '\\' || c.is_control()) {
        return "/".to_owned();
    }
    if next.contains("account=") || next.starts_with("/?") {
        return next.to_owned();
    }
    let first = next.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default();
    match first {
        "fleet" | "sims" => "/fleet".to_owned(),
        "operations" | "subaccounts" | "administration" | "help" | "profile" => format!("/{first}"),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_switch_opens_the_same_section() {
        assert_eq!(section("/operations/42"), "/operations");
        assert_eq!(section("/sims/8901260881205897720"), "/fleet");
        assert_eq!(section("/fleet?state=active"), "/fleet");
        assert_eq!(section("/operations/42?account=0190"), "/operations/42?account=0190");
        assert_eq!(section("//evil.example"), "/");
        assert_eq!(section("https://evil.example"), "/");
    }
}
