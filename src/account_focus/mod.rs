//! Which company a session acts for: Switch Accounts, and what happens when the focus has moved.

pub mod conflict;
mod handlers;
mod views;

use actix_web::web::{self, ServiceConfig};

/// The routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/account-focus")
                .route(web::get().to(handlers::edit))
                .route(web::post().to(handlers::update)),
        )
        .route("/account-focus/choices", web::get().to(handlers::choices));
}
