//! Administration → Security: what the company in focus asks of its people.

mod forms;
mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/administration/security", handlers::show).post("/administration/security", handlers::update);
}
