//! The subaccounts of the company in focus: the list, and what their parent may do with them.

mod administrators;
mod choices;
mod forms;
mod handlers;
mod json;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/subaccounts", handlers::index)
        .for_programs()
        .post("/subaccounts", handlers::create)
        .get("/subaccounts/new", handlers::new)
        .get("/subaccounts/administrators", administrators::index)
        .get("/subaccounts/choices", choices::subaccounts)
        .get("/transfer-targets/choices", choices::transfer_targets)
        .for_programs()
        .get("/people/choices", choices::people)
        .get("/subaccounts/{uid}", handlers::show)
        .post("/subaccounts/{uid}", handlers::update)
        .get("/subaccounts/{uid}/edit", handlers::edit)
        .get("/subaccounts/{uid}/suspension", handlers::edit_suspension)
        .post("/subaccounts/{uid}/suspension", handlers::update_suspension);
}
