//! Administration → Profiles, and what a person may do, wherever that is shown or chosen.

mod forms;
mod handlers;
mod views;

use crate::routes::Routes;

pub use forms::GrantForm;
pub use views::{GrantFields, Rights};

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/profiles", handlers::index)
        .post("/administration/profiles", handlers::create)
        .get("/administration/profiles/new", handlers::new)
        .get("/administration/profiles/{id}/edit", handlers::edit)
        .post("/administration/profiles/{id}", handlers::update)
        .get("/administration/profiles/{id}/removal/new", handlers::new_removal)
        .post("/administration/profiles/{id}/removal", handlers::destroy)
        .get("/administration/rights", handlers::preview);
}
