//! Labels, and the screen *Labels and fields*.

mod choices;
mod forms;
mod handlers;
mod views;

use actix_web::HttpResponse;

use crate::routes::Routes;
use crate::web::htmx;
use crate::web::page::{Toast, ToastKind};

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/labels/choices", choices::own)
        .get("/administration/labels", handlers::index)
        .post("/administration/labels", handlers::create)
        .get("/administration/labels/new", handlers::new)
        .get("/administration/labels/{id}/edit", handlers::edit)
        .post("/administration/labels/{id}", handlers::update)
        .get("/administration/labels/{id}/removal/new", handlers::new_removal)
        .post("/administration/labels/{id}/removal", handlers::destroy);
}

/// The answer to a change of a label or a field: the dialog closes, and the screen looks again.
pub(crate) fn changed(told: String) -> HttpResponse {
    htmx::done(&Toast::new(ToastKind::Success, told), "details-changed")
}
