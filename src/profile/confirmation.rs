//! The password once more, before something is changed that decides who can sign in. Who has none has just signed in instead.

use actix_web::HttpRequest;
use fleet::ids::UserId;
use fleet::{people, sessions};
use secrecy::SecretString;

use crate::app::State;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::session::UserSession;

const WRONG: &str = "This is not your present password.";
const TOO_LONG_AGO: &str =
    "Your sign-in is more than 10 minutes ago. Sign out and in again, then do this within 10 minutes.";
const ELSEWHERE: &str = "Single sign-on is not enough for this: it counts in one company, and this in all of yours. Sign in with a \
     passkey, or sign out and set a password with Forgotten your password?";

/// Checks what was typed in the field `current`, before a change that counts in all companies of the person. It counts as a try.
///
/// Without a password, a sign-in with a passkey will do. The word of a company's provider won't: it would come to reach companies
/// that have not chosen that provider.
pub async fn is_own_password(
    state: &State,
    request: &HttpRequest,
    user: UserId,
    typed: SecretString,
) -> Result<Result<(), FieldErrors>, AppError> {
    let vouched_for = UserSession::in_request(request).vouched_by().is_some();
    confirm(state, request, user, typed, vouched_for).await
}

/// The same before a change that reaches no further than the session itself: there the word of a provider is enough.
pub async fn is_own_sign_in(
    state: &State,
    request: &HttpRequest,
    user: UserId,
    typed: SecretString,
) -> Result<Result<(), FieldErrors>, AppError> {
    confirm(state, request, user, typed, false).await
}

async fn confirm(
    state: &State,
    request: &HttpRequest,
    user: UserId,
    typed: SecretString,
    reaches_too_far: bool,
) -> Result<Result<(), FieldErrors>, AppError> {
    let session = UserSession::in_request(request).uid();
    let look = move |conn: &mut _| {
        let fresh = session.map(|uid| sessions::is_fresh(conn, uid)).transpose()?;
        let email = people::find(conn, user)?.email;
        Ok((email, people::password_hash(conn, user)?, fresh.unwrap_or_default()))
    };
    let (email, hash, is_fresh) = db::run(&state.pool, look).await?;
    state.limits.count_sign_in(request, "the password once more", &email)?;
    let problem = if hash.is_some() {
        if state.hasher.verify(typed, hash).await? {
            return Ok(Ok(()));
        }
        WRONG
    } else if reaches_too_far {
        ELSEWHERE
    } else if is_fresh {
        return Ok(Ok(()));
    } else {
        TOO_LONG_AGO
    };
    let mut errors = FieldErrors::default();
    errors.add("current", problem);
    Ok(Err(errors))
}
