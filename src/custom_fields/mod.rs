//! Custom fields: the dialogs that make, change and remove them, and the fields of a form that fill them in. Their
//! list is on the screen *Labels and fields*.

mod forms;
mod handlers;
mod views;

use crate::routes::Routes;

pub(crate) use forms::Filled;
pub(crate) use views::Input;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/custom-fields/new", handlers::new)
        .post("/administration/custom-fields", handlers::create)
        .get("/administration/custom-fields/{id}/edit", handlers::edit)
        .post("/administration/custom-fields/{id}", handlers::update)
        .post("/administration/custom-fields/{id}/position", handlers::update_position)
        .get("/administration/custom-fields/{id}/removal/new", handlers::new_removal)
        .post("/administration/custom-fields/{id}/removal", handlers::destroy);
}
