//! Administration → Account details: the company in focus itself.

mod forms;
mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/administration", handlers::show).post("/administration", handlers::update);
}
