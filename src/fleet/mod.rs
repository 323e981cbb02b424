//! Monitor my fleet: the grid of SIMs.

pub mod actions;
mod address;
mod contents;
mod filter_bar;
mod handlers;
mod look;
mod tree;
mod views;

pub(crate) use address::GridAddress;
pub(crate) use filter_bar::days_in_words;
pub(crate) use handlers::COUNTED;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/fleet", handlers::index)
        .for_programs()
        .get("/fleet/selection/count", handlers::count)
        .for_programs()
        .dear();
}
