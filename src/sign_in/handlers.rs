//! The sign-in form, signing in, and signing out.

use std::borrow::Cow;

use actix_identity::Identity;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use askama::Template as _;
use chrono::Utc;
use fleet::audit::{Action, SINGLE_SIGN_ON};
use fleet::ids::UserId;
use fleet::passwords::DEMO_PASSWORD;
use fleet::single_sign_on::{domains, provider};
use fleet::tenancy::Voucher;
use fleet::{audit, companies, people, security};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::device;
use super::hasher::Asker;
use super::views::New;
use crate::app::State;
use crate::web::client::peer;
use crate::web::csrf;
use crate::web::db;
use crate::web::display;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::page::{AnonymousPage, Toast, ToastKind};
use crate::web::refusals;
use crate::web::session::{Pending, UserSession};

/// The same for an unknown address, a wrong password, and a person without one.
const WRONG: &str = "The e-mail or the password is wrong. Check both and try again.";
/// The same for all addresses of a domain whose company has its people sign in elsewhere: also where the password was right.
const WRONG_OR_ELSEWHERE: &str = "The e-mail or the password is wrong, or your company asks for single sign-on: \
     choose Continue with single sign-on.";

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    /// `set` once a one-time link was used, `asked` after an invitation.
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

pub async fn new(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    next: Query<Next>,
) -> Result<HttpResponse, AppError> {
    if session.user().is_some() {
        return Ok(html::see_other(&local(&next.next)));
    }
    let Next { next, password } = next.into_inner();
    let typed = Credentials { next, ..Credentials::empty() };
    form(
        &request,
        &state,
        StatusCode::OK,
        typed,
        Said { problem: Cow::Borrowed(""), notice: notice(&password) },
    )
    .await
}

pub async fn create(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    Form(typed): Form<Credentials>,
) -> Result<HttpResponse, AppError> {
    if let Err(error) = state.limits.count_sign_in(&request, "the password", &typed.email) {
        return slowed_down(&request, &state, typed, error).await;
    }
    let email = typed.email.clone();
    let look =
        move |conn: &mut _| Ok((people::credentials(conn, &email)?, provider::is_required(conn, &email)?));
    let (known, elsewhere) = db::run(&state.pool, look).await?;
    let hash = known.as_ref().and_then(|(_, hash)| hash.clone());
    let asker = state.limits.asker(&request, &typed.email);
    let right = state.hasher.verify(asker, typed.password.clone(), hash.clone()).await?;
    if !right || elsewhere.of_person || is_demo_elsewhere(&state, &typed.password) {
        let (person, from) = (known.map(|(person, _)| person), Some(peer(&request)));
        db::run(&state.pool, move |conn| audit::note_failed_sign_in(conn, person, from)).await?;
        refusals::tell_of_tries(&request, "sign_in_failed");
        let problem = if elsewhere.of_domain { WRONG_OR_ELSEWHERE } else { WRONG };
        let said = Said { problem: problem.into(), notice: "" };
        return form(&request, &state, StatusCode::UNPROCESSABLE_ENTITY, typed, said).await;
    }
    let Some((user, _)) = known else { return Err(AppError::Internal("verified nobody".into())) };
    strengthen(&state, user, &typed, hash).await;
    let next = local(&typed.next);
    if db::run(&state.pool, move |conn| fleet::second_factor::any(conn, user)).await? {
        session.begin_pending(&Pending {
            user,
            email: typed.email,
            since: Utc::now(),
            voucher: None,
            next,
        })?;
        return Ok(html::see_other("/sign-in/second-factor"));
    }
    let mut answer = admit(&request, &state, &session, &Shown::by_password(user), &next).await?;
    state.limits.remember(&mut answer, &typed.email)?;
    Ok(answer)
}

/// Who has shown all that it takes to be signed in, and what.
pub(super) struct Shown {
    user: UserId,
    /// The company whose provider has vouched for them.
    voucher: Option<Voucher>,
    /// Whether a second factor was shown.
    second_factor: bool,
    /// In the words of the audit log.
    with: String,
}

impl Shown {
    /// A password, where there is nothing else.
    fn by_password(user: UserId) -> Self {
        Self { user, voucher: None, second_factor: false, with: "password".to_owned() }
    }

    /// A passkey alone, which counts as both factors.
    pub(super) fn by_passkey(user: UserId) -> Self {
        Self { user, voucher: None, second_factor: true, with: "passkey".to_owned() }
    }

    /// The word of a company's provider.
    pub(super) fn vouched_for(user: UserId, voucher: Voucher) -> Self {
        Self { user, voucher: Some(voucher), second_factor: false, with: SINGLE_SIGN_ON.to_owned() }
    }

    /// What a first step has left to be shown, after it.
    pub(super) fn after(pending: &Pending, second: &str) -> Self {
        let Pending { user, voucher, .. } = *pending;
        let first = if voucher.is_some() { SINGLE_SIGN_ON } else { "password" };
        Self { user, voucher, second_factor: true, with: format!("{first} and {second}") }
    }
}

/// Signs a person in who has shown all that it takes. The session gets a new id: one that was planted leads nowhere.
pub(super) async fn admit(
    request: &HttpRequest,
    state: &State,
    session: &UserSession,
    shown: &Shown,
    next: &str,
) -> Result<HttpResponse, AppError> {
    let (from, with) = (Some(peer(request)), shown.with.clone());
    let Shown { user, voucher, second_factor, .. } = *shown;
    let (company, wanted) = db::run(&state.pool, move |conn| {
        audit::note_sign_in(conn, user, &with, from)?;
        let company =
            voucher.map_or_else(|| companies::first_choice(conn, user), |one| Ok(Some(one.company)))?;
        Ok((company, security::wanted_of(conn, user, voucher.and_then(Voucher::is_enough_for))?))
    })
    .await?;
    Identity::login(&request.extensions(), user.to_string())
        .map_err(|cause| AppError::Internal(cause.to_string()))?;
    session.begin(company, voucher, &device::words(request.headers()))?;
    if second_factor {
        session.note_proof()?;
    }
    if let Some(wanted) = wanted {
        let words = format!(
            "{} asks for a second factor from {} on.",
            wanted.company,
            display::exact_time(&wanted.from)
        );
        session.leave_toast(
            Toast::new(ToastKind::Info, words).with_link("/profile/second-factor", "Set it up"),
        )?;
    }
    Ok(html::see_other(next))
}

/// Hashes the password anew where more work is configured than its hash took. The portal may be too busy to do so: then
/// the next sign-in will.
async fn strengthen(state: &State, user: UserId, typed: &Credentials, hash: Option<String>) {
    let Some(old) = hash.filter(|hash| state.hasher.is_outdated(hash)) else { return };
    let stored = match state.hasher.hash(Asker::Person(typed.email.clone()), typed.password.clone()).await {
        Ok(fresh) => {
            db::run(&state.pool, move |conn| people::strengthen_hash(conn, user, &old, &fresh)).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = stored {
        tracing::info!(%error, "a password keeps its hash of less work");
    }
}

/// Whether this is the password that everybody knows, and there is no demo fleet for it.
fn is_demo_elsewhere(state: &State, password: &SecretString) -> bool {
    password.expose_secret() == DEMO_PASSWORD && !state.settings.demo
}

#[derive(Deserialize)]
pub struct Leaving {
    #[serde(default)]
    next: String,
}

pub async fn destroy(
    request: HttpRequest,
    state: Data<State>,
    identity: Identity,
    leaving: Option<Form<Leaving>>,
) -> Result<HttpResponse, AppError> {
    let user = identity.id().ok().and_then(|id| id.parse().ok());
    identity.logout();
    if let Some(user) = user {
        let from = Some(peer(&request));
        db::run(&state.pool, move |conn| audit::note_person(conn, user, Action::SignedOut, from)).await?;
    }
    let next = leaving.map(|form| form.into_inner().next).filter(|next| !next.is_empty());
    let query = next.and_then(|next| serde_html_form::to_string([("next", next)]).ok());
    let address = query.map_or_else(|| "/sign-in".to_owned(), |query| format!("/sign-in?{query}"));
    Ok(html::see_other(&address))
}

impl Credentials {
    fn empty() -> Self {
        Self::without_password(String::new(), String::new())
    }

    /// What is shown again, where no password was typed.
    pub(super) fn without_password(email: String, next: String) -> Self {
        Self { email, password: SecretString::default(), next }
    }
}

/// What stands above the form.
pub(super) struct Said {
    pub(super) problem: Cow<'static, str>,
    pub(super) notice: &'static str,
}

/// What the step before has left to say.
fn notice(password: &str) -> &'static str {
    match password {
        "set" => "Your password is set. Sign in with it.",
        // Whether there was a sign-in before is not said.
        "asked" => {
            "Sign in to go on. If you had a sign-in here before, its password is still the one that counts."
        }
        "again" => "That sign-in took too long, or was begun in another browser. Begin again.",
        _ => "",
    }
}

pub(super) async fn form(
    request: &HttpRequest,
    state: &Data<State>,
    status: StatusCode,
    typed: Credentials,
    said: Said,
) -> Result<HttpResponse, AppError> {
    let (any, single_sign_on) =
        db::run(&state.pool, |conn| Ok((companies::any(conn)?, domains::any(conn)?))).await?;
    let (csrf_token, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let page = AnonymousPage { title: "Sign in".into(), csrf_token, toasts: Vec::new() };
    let passkeys = state.settings.passkeys.is_some();
    let others = [
        passkeys.then_some(("/sign-in/passkey/challenges", "Sign in with a passkey")),
        single_sign_on.then_some(("/sign-in/single-sign-on", "Continue with single sign-on")),
    ];
    let view = New {
        page,
        email: typed.email,
        next: typed.next,
        problem: said.problem,
        notice: said.notice,
        others: others.into_iter().flatten().collect(),
        empty: !any,
        demo: state.settings.demo,
    };
    Ok(HttpResponse::build(status).cookie(cookie).content_type(html::CONTENT_TYPE).body(view.render()?))
}

/// The form again, for whoever tries too often, with how long to wait.
pub(super) async fn slowed_down(
    request: &HttpRequest,
    state: &Data<State>,
    typed: Credentials,
    error: fleet::Error,
) -> Result<HttpResponse, AppError> {
    let fleet::Error::TooMany { wait } = error else { return Err(error.into()) };
    let error = AppError::from(error);
    refusals::tell_if_too_many(request, &error);
    let said = Said { problem: error.sentence(), notice: "" };
    let mut answer = form(request, state, StatusCode::TOO_MANY_REQUESTS, typed, said).await?;
    answer.headers_mut().insert(RETRY_AFTER, wait.into());
    Ok(answer)
}

/// An address of this portal, whatever was asked for: never a way out to another site.
pub(crate) fn local(next: &str) -> String {
    if html::is_here(next) && !next.starts_with("/sign-in") { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn sign_in_leads_to_no_other_site() {
        for outside in ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "", "/\nx"] {
            assert_eq!(local(outside), "/", "{outside:?}");
        }
        assert_eq!(local("/fleet?state=active"), "/fleet?state=active");
    }
}
