//! The password once more, before something is changed that decides who can sign in.

use actix_web::HttpRequest;
use fleet::ids::UserId;
use fleet::people;
use secrecy::SecretString;

use crate::app::State;
use crate::web::client::peer;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;

/// Checks what was typed in the field `current`. It counts as a try.
pub async fn is_own_password(
    state: &State,
    request: &HttpRequest,
    user: UserId,
    typed: SecretString,
) -> Result<Result<(), FieldErrors>, AppError> {
    state.limits.count(peer(request), &format!("the password of {user}"))?;
    let hash = db::run(&state.pool, move |conn| people::password_hash(conn, user)).await?;
    if state.hasher.verify(typed, hash).await? {
        return Ok(Ok(()));
    }
    let mut errors = FieldErrors::default();
    errors.add("current", "This is not your present password.");
    Ok(Err(errors))
}
