//! Every route of the portal, in one place: the nouns add theirs here.

use actix_web::web::{self, ServiceConfig};

use crate::web::assets;
use crate::{account_focus, health, sign_in, start};

/// Adds all routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/static/{name:.*}", web::get().to(assets::show))
        .configure(health::routes)
        .configure(sign_in::routes)
        .configure(account_focus::routes)
        .configure(start::routes);
}

/// Whether a path is open to everybody. Whatever is not named here needs a sign-in.
pub fn is_public(path: &str) -> bool {
    matches!(path, "/sign-in" | "/health/live" | "/health/ready" | "/favicon.ico")
        || path.starts_with("/static/")
        || path.starts_with("/password-links/")
}

/// Whether a route acts for the person rather than for the company in focus.
pub fn is_free_of_focus(path: &str) -> bool {
    matches!(path, "/sign-out" | "/account-focus" | "/account-focus/choices")
}
