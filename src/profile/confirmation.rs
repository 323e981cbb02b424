//! The person once more, before something is changed that decides who can sign in: their password, and their second factor
//! if they have one.
//!
//! Who has no password has just signed in instead. The second factor was shown in this session a short while ago, at sign-in
//! or on its own page (`proofs`): a code is taken once, so that it is not asked for with each change.

use actix_web::HttpRequest;
use fleet::ids::UserId;
use fleet::{people, second_factor, sessions};
use secrecy::SecretString;

use crate::app::State;
use crate::sign_in::Asker;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::session::UserSession;

const WRONG: &str = "This is not your present password.";
const TOO_LONG_AGO: &str =
    "Your sign-in is more than 10 minutes ago. Sign out and in again, then do this within 10 minutes.";
const UNPROVED: &str = "Show your second factor first.";
const ELSEWHERE: &str = "Single sign-on is not enough for this: it counts in one company, and this in all of yours. Sign in with a \
     passkey, or sign out and set a password with Forgotten your password?";

/// How far a change reaches, which says what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Sessions end. That takes no second factor: whoever ends them may have lost it with a device that is signed in.
    Sessions,
    /// What opens one company, or is of one company's provider. The word of a provider stands for the password.
    Company,
    /// All companies of the person. There the word of a provider does not: it would come to reach companies that have not
    /// chosen it. Without a password, a sign-in with a passkey will do.
    Everywhere,
}

/// Checks what was typed in the field `current`, and whether the second factor was shown. It counts as a try. The session gets
/// another key, as it does at sign-in.
pub async fn confirm(
    state: &State,
    request: &HttpRequest,
    user: UserId,
    typed: SecretString,
    reach: Reach,
) -> Result<Result<(), FieldErrors>, AppError> {
    let session = UserSession::in_request(request);
    let uid = session.uid();
    let look = move |conn: &mut _| {
        let fresh = uid.map(|uid| sessions::is_fresh(conn, uid)).transpose()?.unwrap_or_default();
        let needs_proof = reach != Reach::Sessions && second_factor::any(conn, user)?;
        Ok((people::find(conn, user)?.email, people::password_hash(conn, user)?, fresh, needs_proof))
    };
    let (email, hash, is_fresh, needs_proof) = db::run(&state.pool, look).await?;
    state.limits.count_sign_in(request, "the password once more", &email)?;
    let has_password = hash.is_some();
    let problem = if has_password && !state.hasher.verify(Asker::Person(email), typed, hash).await? {
        WRONG
    } else if !has_password && reach == Reach::Everywhere && session.vouched_by().is_some() {
        ELSEWHERE
    } else if !has_password && !is_fresh {
        TOO_LONG_AGO
    } else if needs_proof && !session.has_proof() {
        UNPROVED
    } else {
        session.change_key()?;
        return Ok(Ok(()));
    };
    let mut errors = FieldErrors::default();
    errors.add("current", problem);
    Ok(Err(errors))
}
