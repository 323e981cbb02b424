//! Signing in and out.

mod handlers;
mod hasher;
mod limits;
mod views;

pub use hasher::Hasher;
pub use limits::Limits;

use actix_web::web::{self, ServiceConfig};

/// The routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/sign-in")
                .route(web::get().to(handlers::new))
                .route(web::post().to(handlers::create)),
        )
        .route("/sign-out", web::post().to(handlers::destroy));
}
