//! Administration → Single sign-on: the provider that vouches for a main account's people.

mod forms;
mod handlers;
mod providers;
mod views;

pub use providers::{Providers, party};

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/single-sign-on", handlers::show)
        .post("/administration/single-sign-on", handlers::update)
        .post("/administration/single-sign-on/tests", handlers::create_test)
        .post("/administration/single-sign-on/removal", handlers::destroy);
}
