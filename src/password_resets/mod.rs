//! Asking for a new password by e-mail. Open to everybody: whoever asks has forgotten how to sign in.

mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/password-resets/new", handlers::new).post("/password-resets", handlers::create);
}
