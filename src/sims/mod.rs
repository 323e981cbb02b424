//! One SIM: what it is, what can be done with it, and what was done.

mod details;
mod forms;
mod handlers;
mod json;
mod timeline_query;
mod views;

use crate::routes::Routes;

pub use json::Json;
#[cfg(feature = "fuzzing")]
pub(crate) use timeline_query::TimelineQuery;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/sims/{iccid}", handlers::show)
        .for_programs()
        .post("/sims/{iccid}", details::update)
        .get("/sims/{iccid}/edit", details::edit)
        .get("/sims/{iccid}/renewal", handlers::renewal);
}
