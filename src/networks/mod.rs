//! Administration → Networks: how the networks of the installation are doing; and what networks say by themselves.

mod callbacks;
mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/networks", handlers::index)
        .post("/administration/networks/{name}/tests", handlers::create_test)
        .post("/networks/{name}/callbacks", callbacks::create);
}
