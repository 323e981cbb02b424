//! Exports: the dialog that asks for one, the download, and the record of who exported what.

mod download;
mod forms;
mod handlers;
mod views;

pub use self::download::Downloads;
use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/exports", handlers::index)
        .post("/exports", handlers::create)
        .dear()
        .post("/exports/drafts", handlers::new)
        .dear()
        .get("/exports/{uid}/file", download::show)
        .dear()
        .post("/exports/{uid}/removal", handlers::destroy)
        .get("/administration/exports", handlers::index_of_all);
}
