//! Offers: those of the company in focus, and what it assigns to its subaccounts.

mod assignments;
pub(crate) mod choices;
mod forms;
mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/offers", handlers::index)
        .post("/administration/offers", handlers::create)
        .get("/administration/offers/new", handlers::new)
        .get("/administration/offers/{id}/edit", handlers::edit)
        .post("/administration/offers/{id}", handlers::update)
        .get("/offers/choices", choices::own)
        .for_programs()
        .get("/subaccounts/{uid}/offers", assignments::index)
        .post("/subaccounts/{uid}/offers", assignments::create)
        .get("/subaccounts/{uid}/offers/choices", choices::for_subaccount)
        .post("/subaccounts/{uid}/offers/{id}/withdrawal", assignments::destroy);
}
