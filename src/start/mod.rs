//! The Start page: the widgets of a person.

mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/", handlers::show);
}
