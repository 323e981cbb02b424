//! The page behind the link of an invitation, which is the same whether or not somebody signs in with the address.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::companies::Name;
use fleet::invitations::{self, Asked};
use fleet::people;

use super::forms::EnrolForm;
use super::views::{Gone, Reader, Show};
use crate::app::State;
use crate::sign_in::Asker;
use crate::web::client::peer;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::page::{AnonymousPage, Toast, ToastKind};
use crate::web::session::UserSession;
use crate::web::{csrf, db, html};

/// What links that lead nowhere are counted as.
const LINKS: &str = "invitations";

pub async fn show(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    token: Path<String>,
) -> Result<HttpResponse, AppError> {
    let Some(asked) = asked(&state, &token).await? else {
        state.limits.count_other_way(peer(&request), LINKS)?;
        return gone();
    };
    match asked.accepted_by() {
        None => page(&request, &state, &session, &token, asked, Typed::default()).await,
        // They made their sign-in with it, and have just signed in.
        Some(user) if session.user() == Some(user) => Ok(html::see_other("/")),
        Some(_) => gone(),
    }
}

pub async fn enrol(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    token: Path<String>,
    Form(form): Form<EnrolForm>,
) -> Result<HttpResponse, AppError> {
    let from = peer(&request);
    state.limits.count(from, "an invitation")?;
    let token = token.into_inner();
    let asked = asked(&state, &token).await?.filter(|asked| asked.accepted_by().is_none());
    let Some(asked) = asked else { return gone() };
    let (name, mut errors) = match Name::parse("name", &form.name) {
        Ok(name) => (Some(name), FieldErrors::default()),
        Err(error) => (None, FieldErrors::caught(error.into())?),
    };
    let password = form
        .password
        .parse(&[name.as_ref().map_or("", Name::as_str), &asked.email, &asked.company])
        .map_err(|wrong| errors.extend(wrong))
        .ok();
    let Some((name, password)) = name.zip(password) else {
        return page(&request, &state, &session, &token, asked, Typed { name: form.name, errors }).await;
    };
    let hash = state.hasher.hash(Asker::Person(asked.email.clone()), password.expose().into()).await?;
    let next = serde_html_form::to_string([("next", format!("/invitations/{token}"))]).unwrap_or_default();
    match db::run(&state.pool, move |conn| invitations::enrol(conn, &token, &name, &hash, Some(from))).await {
        Ok(()) => {
            // The next step is the same for a new sign-in and for one that was there before: to sign in.
            session.end();
            Ok(html::see_other(&format!("/sign-in?{next}&password=asked")))
        }
        Err(AppError::Fleet(fleet::Error::NotFound)) => gone(),
        Err(error) => Err(error),
    }
}

pub async fn accept(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    token: Path<String>,
) -> Result<HttpResponse, AppError> {
    let here = format!("/invitations/{token}");
    // The page says who may accept, and how they sign in.
    let Some(user) = session.user() else { return Ok(html::see_other(&here)) };
    let from = peer(&request);
    let accepted =
        db::run(&state.pool, move |conn| invitations::accept(conn, &token, user, Some(from))).await;
    match accepted {
        Ok(asked) => {
            session.set_active_company(asked.company_uid)?;
            let words = format!("You are now a user of {}.", asked.company);
            session.leave_toast(Toast::new(ToastKind::Success, words))?;
            Ok(html::see_other("/"))
        }
        Err(AppError::Fleet(fleet::Error::Refused(_))) => Ok(html::see_other(&here)),
        Err(AppError::Fleet(fleet::Error::NotFound)) => {
            state.limits.count_other_way(from, LINKS)?;
            gone()
        }
        Err(error) => Err(error),
    }
}

async fn asked(state: &Data<State>, token: &str) -> Result<Option<Asked>, AppError> {
    let token = token.to_owned();
    match db::run(&state.pool, move |conn| invitations::holder(conn, &token)).await {
        Err(AppError::Fleet(fleet::Error::NotFound)) => Ok(None),
        found => found.map(Some),
    }
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
struct Typed {
    name: String,
    errors: FieldErrors,
}

async fn page(
    request: &HttpRequest,
    state: &Data<State>,
    session: &UserSession,
    token: &str,
    asked: Asked,
    typed: Typed,
) -> Result<HttpResponse, AppError> {
    let reader = match session.user() {
        None => Reader::Unknown,
        Some(user) => {
            let email = db::run(&state.pool, move |conn| people::find(conn, user)).await?.email;
            if email.to_lowercase() == asked.email { Reader::Asked } else { Reader::Other(email) }
        }
    };
    let (anonymous, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AnonymousPage {
        title: format!("An invitation to {}", asked.company),
        csrf_token: session.csrf_token().unwrap_or(anonymous),
        toasts: Vec::new(),
    };
    let here = format!("/invitations/{token}");
    let view = Show { page, here, asked, reader, name: typed.name, errors: typed.errors };
    Ok(HttpResponse::build(status).cookie(cookie).content_type(html::CONTENT_TYPE).body(view.render()?))
}

/// The same for a link that never was, and for an invitation that was accepted, revoked or has expired.
fn gone() -> Result<HttpResponse, AppError> {
    let page = AnonymousPage {
        title: "This invitation leads nowhere".into(),
        csrf_token: String::new(),
        toasts: Vec::new(),
    };
    html::answer(StatusCode::NOT_FOUND, &Gone { page })
}
