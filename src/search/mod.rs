//! The search box of the top bar, and its page.

mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/search", handlers::index).dear();
}
