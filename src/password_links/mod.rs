//! The page behind a one-time link, where a person sets a password. Open to everybody: the token is the proof.

mod handlers;
mod views;

use actix_web::HttpRequest;

use crate::routes::Routes;
use crate::web::link::link;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/password-links/{token}", handlers::edit).post("/password-links/{token}", handlers::update);
}

/// The whole address of the link with this token, for the person to open.
pub fn address(request: &HttpRequest, token: &str) -> String {
    link(request, &format!("/password-links/{token}"))
}
