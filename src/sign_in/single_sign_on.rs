//! Signing in through a company's provider: the way there, and the way back.
//!
//! The way there is a page of its own that leads on by itself: a form of this portal that were answered with a redirect to
//! another site would be stopped by the browser (`form-action` of the Content-Security-Policy).

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::REFRESH;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use chrono::Utc;
use fleet::people::Email;
use fleet::second_factor;
use fleet::single_sign_on::conversation::{self, Returned};
use fleet::single_sign_on::{Domain, Provider, admission, failures, provider};
use fleet::tenancy::Voucher;
use serde::Deserialize;
use url::Url;

use super::handlers::{Credentials, Said, Shown, admit, form, local, slowed_down};
use super::views::Departure;
use crate::app::State;
use crate::single_sign_on::party;
use crate::web::client::peer;
use crate::web::error::AppError;
use crate::web::page::AnonymousPage;
use crate::web::session::{Pending, SignOn, UserSession};
use crate::web::{db, html};

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    next: String,
}

pub async fn create(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<Typed>,
) -> Result<HttpResponse, AppError> {
    let next = local(&typed.next);
    let back = Credentials::without_password(typed.email.clone(), typed.next);
    if let Err(error) = state.limits.count_other_way(peer(&request), "single sign-on") {
        return slowed_down(&request, &state, back, error).await;
    }
    let Ok(email) = Email::parse(&typed.email) else {
        return refused(&request, &state, back, "Enter your e-mail address, then continue.").await;
    };
    // Which domains have a provider is no secret; whether somebody has this address is not asked.
    let domain = Domain::of(&email);
    let asked = domain.clone();
    let Some(found) = db::run(&state.pool, move |conn| provider::of_domain(conn, &asked)).await? else {
        let words =
            format!("There is no single sign-on for {} here. Sign in with your password.", domain.as_str());
        return refused(&request, &state, back, words).await;
    };
    let begun = match party(&state, &found) {
        Ok(party) => {
            let (reach, email) = (state.settings.reach.clone(), email.as_str().to_owned());
            let begin = move || conversation::begin(&reach, &party, &email);
            state.providers.ask(found.company_uid, peer(&request), begin).await?
        }
        Err(sentence) => Err(sentence.to_owned()),
    };
    let (address, begun) = match begun {
        Ok(begun) => begun,
        Err(why) => return failed(&request, &state, back, found, why).await,
    };
    session.begin_sign_on(&SignOn {
        company: found.company_uid,
        email: email.as_str().to_owned(),
        begun,
        since: Utc::now(),
        next,
    })?;
    let host =
        Url::parse(&address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let refresh = format!("0; url={address}");
    let page =
        AnonymousPage { title: "Single sign-on".into(), csrf_token: String::new(), toasts: Vec::new() };
    let view = Departure { page, address, host };
    Ok(HttpResponse::Ok()
        .insert_header((REFRESH, refresh))
        .content_type(html::CONTENT_TYPE)
        .body(view.render()?))
}

pub async fn show(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Query(returned): Query<Returned>,
) -> Result<HttpResponse, AppError> {
    let Some(SignOn { company, email, begun, next, .. }) = session.sign_on() else {
        return Ok(html::see_other("/sign-in?password=again"));
    };
    state.limits.count_other_way(peer(&request), "single sign-on")?;
    let back = Credentials::without_password(email.clone(), next.clone());
    if !begun.is_answered_by(&returned) {
        let words = "This is not the answer to the sign-in that was begun in this browser. Begin again.";
        return refused(&request, &state, back, words).await;
    }
    session.end_sign_on();
    let found = db::run(&state.pool, move |conn| provider::of(conn, company)).await?;
    let vouched = match party(&state, &found) {
        Ok(party) => {
            let reach = state.settings.reach.clone();
            let finish = move || conversation::finish(&reach, &party, &begun, &returned);
            state.providers.ask(company, peer(&request), finish).await?
        }
        Err(sentence) => Err(sentence.to_owned()),
    };
    let vouched = match vouched {
        Ok(vouched) => vouched,
        Err(why) => return failed(&request, &state, back, found, why).await,
    };
    let stands_for_second_factor = found.stands_for_second_factor(&vouched.methods);
    let word = Voucher { company, stands_for_second_factor };
    let (from, asked) = (Some(peer(&request)), found.clone());
    let admitted = db::run(&state.pool, move |conn| {
        let user = admission::admit(conn, &asked, &vouched, from)?;
        Ok((user, second_factor::any(conn, user)?))
    })
    .await;
    let (user, has_second_factor) = match admitted {
        Ok(admitted) => admitted,
        Err(AppError::Fleet(fleet::Error::Refused(why) | fleet::Error::Invalid { message: why, .. })) => {
            return failed(&request, &state, back, found, why.into_owned()).await;
        }
        Err(other) => return Err(other),
    };
    // What somebody has set up here themselves is asked for, however they come.
    if has_second_factor {
        session.begin_pending(&Pending { user, email, since: Utc::now(), voucher: Some(word), next })?;
        return Ok(html::see_other("/sign-in/second-factor"));
    }
    admit(&request, &state, &session, &Shown::vouched_for(user, word), &next).await
}

/// Says that nobody was let in and why, here and in the company's audit log.
async fn failed(
    request: &HttpRequest,
    state: &Data<State>,
    back: Credentials,
    provider: Provider,
    why: String,
) -> Result<HttpResponse, AppError> {
    let (email, said, from) = (back.email.clone(), why.clone(), Some(peer(request)));
    let note = move |conn: &mut _| failures::note(conn, &provider, &email, &said, from);
    db::run(&state.pool, note).await?;
    refused(request, state, back, format!("You are not signed in. {why}")).await
}

async fn refused(
    request: &HttpRequest,
    state: &Data<State>,
    back: Credentials,
    problem: impl Into<Cow<'static, str>>,
) -> Result<HttpResponse, AppError> {
    let said = Said { problem: problem.into(), notice: "" };
    form(request, state, StatusCode::UNPROCESSABLE_ENTITY, back, said).await
}
