//! The Start page: the widgets of a person.

mod handlers;
mod layout;
mod views;
mod widgets;

pub(crate) use views::bar;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/", handlers::show)
        .get("/start/activations", handlers::activations)
        .get("/start/finished", handlers::finished)
        .get("/start/fleet", handlers::fleet)
        .get("/start/layout/edit", layout::edit)
        .post("/start/layout", layout::update)
        .post("/start/layout/changes", layout::change)
        .get("/start/operations", handlers::operations)
        .get("/start/subaccounts", handlers::subaccounts)
        .get("/start/transfer", handlers::transfer)
        .post("/start/transfer", handlers::upload)
        .takes_files()
        .dear();
}
