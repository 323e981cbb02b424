//! The Start page: the widgets of a person.

mod handlers;
mod views;

use actix_web::web::{self, ServiceConfig};

/// The routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/", web::get().to(handlers::show));
}
