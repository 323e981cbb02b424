//! Help: short topics on how the common tasks are done, inside the portal.

mod handlers;
mod topics;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/help", handlers::index).get("/help/{topic}", handlers::show);
}
