//! My profile: the person who is signed in, whatever company is in focus.

mod confirmation;
mod handlers;
mod sessions;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/profile", handlers::show)
        .post("/profile", handlers::update)
        .post("/profile/password", handlers::update_password)
        .get("/profile/sessions", sessions::index)
        .post("/profile/sessions/endings", sessions::end);
}
