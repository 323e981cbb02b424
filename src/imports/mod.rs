//! Imports on the screen: a vendor's file is sent, what was found in it is shown, and then it is loaded.

mod checks;
mod files;
mod forms;
mod handlers;
mod index;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/imports", handlers::index)
        .get("/imports/new", handlers::new)
        .post("/imports", handlers::create)
        .takes_files()
        .get("/imports/{uid}", handlers::show)
        .get("/imports/{uid}/problems.csv", files::problems)
        .post("/imports/{uid}/operation", handlers::launch);
}
