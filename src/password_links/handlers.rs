//! Setting a password through a one-time link.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::people::Person;
use fleet::{password_links, people};

use super::views::{Edit, Gone};
use crate::app::State;
use crate::sign_in::{Asker, NewPasswordForm};
use crate::web::client::peer;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::AnonymousPage;
use crate::web::session::UserSession;
use crate::web::{csrf, db};

/// What links that lead nowhere are counted as.
const LINKS: &str = "one-time links";

pub async fn edit(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    token: Path<String>,
) -> Result<HttpResponse, AppError> {
    if let Some(person) = holder(&state, &token).await? {
        return form(&request, &state, &session, person, token.into_inner(), FieldErrors::default());
    }
    state.limits.count_other_way(peer(&request), LINKS)?;
    gone()
}

pub async fn update(
    request: HttpRequest,
    state: Data<State>,
    session: UserSession,
    token: Path<String>,
    Form(typed): Form<NewPasswordForm>,
) -> Result<HttpResponse, AppError> {
    let from = peer(&request);
    state.limits.count(from, "a one-time link")?;
    let token = token.into_inner();
    let Some(person) = holder(&state, &token).await? else { return gone() };
    let known = person.clone();
    let about = db::run(&state.pool, move |conn| people::words_about(conn, &known)).await?;
    let password = match typed.parse(&about) {
        Ok(password) => password,
        Err(errors) => return form(&request, &state, &session, person, token, errors),
    };
    let hash = state.hasher.hash(Asker::Person(person.email.clone()), password.expose().into()).await?;
    match db::run(&state.pool, move |conn| password_links::redeem(conn, &token, &hash, Some(from))).await {
        Ok(()) => {
            // Whoever is signed in here, as an administrator who tries the link: the person signs in next.
            session.end();
            let mut answer = html::see_other("/sign-in?password=set");
            // Whoever holds the link may be its owner, whom the guesses of others keep from signing in here.
            state.limits.remember(&mut answer, &person.email)?;
            Ok(answer)
        }
        Err(AppError::Fleet(fleet::Error::NotFound)) => gone(),
        Err(error) => Err(error),
    }
}

async fn holder(state: &Data<State>, token: &str) -> Result<Option<Person>, AppError> {
    let token = token.to_owned();
    match db::run(&state.pool, move |conn| password_links::holder(conn, &token)).await {
        Err(AppError::Fleet(fleet::Error::NotFound)) => Ok(None),
        found => found.map(Some),
    }
}

fn form(
    request: &HttpRequest,
    state: &State,
    session: &UserSession,
    person: Person,
    token: String,
    errors: FieldErrors,
) -> Result<HttpResponse, AppError> {
    let (anonymous, cookie) = csrf::anonymous_token(request, state.settings.secure_cookies);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AnonymousPage {
        title: "Set your password".into(),
        // Somebody who is signed in proves themselves with the session's token.
        csrf_token: session.csrf_token().unwrap_or(anonymous),
        toasts: Vec::new(),
    };
    let view = Edit { page, token, email: person.email, errors };
    Ok(HttpResponse::build(status).cookie(cookie).content_type(html::CONTENT_TYPE).body(view.render()?))
}

/// The same for a link that never was, that has expired, and that was used.
fn gone() -> Result<HttpResponse, AppError> {
    let page = AnonymousPage {
        title: "This link leads nowhere".into(),
        csrf_token: String::new(),
        toasts: Vec::new(),
    };
    html::answer(StatusCode::NOT_FOUND, &Gone { page })
}
