//! Administration → Users: the people of the company in focus, their roles, and the one-time links
//! with which they set new passwords. Who becomes one is invited: see [`crate::invitations`].

mod asked;
mod forms;
mod handlers;
mod second_factor;
mod sessions;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/users", handlers::index)
        .post("/administration/users/{id}", handlers::update)
        .get("/administration/users/{id}/edit", handlers::edit)
        .get("/administration/users/{id}/rights", handlers::rights)
        .get("/administration/users/{id}/removal/new", handlers::new_removal)
        .post("/administration/users/{id}/removal", handlers::destroy)
        .get("/administration/users/{id}/password-link/new", handlers::new_password_link)
        .post("/administration/users/{id}/password-link", handlers::create_password_link)
        .get("/administration/users/{id}/sessions/endings/new", sessions::new_ending)
        .post("/administration/users/{id}/sessions/endings", sessions::end)
        .get("/administration/users/{id}/second-factor/removal/new", second_factor::new_removal)
        .post("/administration/users/{id}/second-factor/removal", second_factor::destroy);
}
