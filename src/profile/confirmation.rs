//! The password once more, before something is changed that decides who can sign in.

use actix_web::HttpRequest;
use fleet::ids::UserId;
use fleet::people;
use secrecy::SecretString;

use crate::app::State;
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
    let look = move |conn: &mut _| Ok((people::find(conn, user)?.email, people::password_hash(conn, user)?));
    let (email, hash) = db::run(&state.pool, look).await?;
    state.limits.count_sign_in(request, "the password once more", &email)?;
    if state.hasher.verify(typed, hash).await? {
        return Ok(Ok(()));
    }
    let mut errors = FieldErrors::default();
    errors.add("current", "This is not your present password.");
    Ok(Err(errors))
}
