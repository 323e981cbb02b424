//! Messages on the screen: the list behind the bell, and marking them as read.

mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/messages", handlers::index).post("/messages/reading", handlers::create_reading);
}
