//! Saved views: filter, order and columns of the grid, under a name.

mod forms;
mod handlers;
mod views;

pub(crate) use views::{Entry, address};

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/saved-views", handlers::index)
        .post("/saved-views", handlers::create)
        .get("/saved-views/new", handlers::new)
        .get("/saved-views/{uid}", handlers::show)
        .post("/saved-views/{uid}", handlers::update)
        .get("/saved-views/{uid}/count", handlers::count)
        .dear()
        .get("/saved-views/{uid}/edit", handlers::edit)
        .post("/saved-views/{uid}/default", handlers::update_default)
        .get("/saved-views/{uid}/removal/new", handlers::new_removal)
        .post("/saved-views/{uid}/removal", handlers::destroy);
}
