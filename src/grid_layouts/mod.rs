//! How a person likes the grid of SIMs: columns, widths, rows per page, density.

mod forms;
mod handlers;
mod views;

pub(crate) use views::width;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/grid-layout/edit", handlers::edit).post("/grid-layout", handlers::update);
}
