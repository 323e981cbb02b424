//! Administration → Audit: who has done what in the company, on the screen and as a file.

mod handlers;
mod query;
mod views;

use crate::routes::Routes;

#[cfg(feature = "fuzzing")]
pub(crate) use query::AuditQuery;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/administration/audit", handlers::index).get("/administration/audit/file", handlers::file);
}
