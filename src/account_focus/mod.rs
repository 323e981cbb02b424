//! Which company a session acts for: Switch Accounts, and what happens when the focus has moved.

pub mod conflict;
mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/account-focus", handlers::edit)
        .post("/account-focus", handlers::update)
        .get("/account-focus/choices", handlers::choices);
}
