//! API tokens: a person's own in *My profile*, and all that open a company in *Administration*.

mod forms;
mod handlers;
mod own;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/profile/api-tokens", own::index)
        .post("/profile/api-tokens", own::create)
        .get("/profile/api-tokens/new", own::new)
        .get("/profile/api-tokens/revocations/new", own::new_revocation)
        .post("/profile/api-tokens/revocations", own::revoke)
        .get("/administration/api-tokens", handlers::index)
        .post("/administration/api-tokens", handlers::create)
        .get("/administration/api-tokens/new", handlers::new)
        .get("/administration/api-tokens/{uid}/revocation/new", handlers::new_revocation)
        .post("/administration/api-tokens/{uid}/revocation", handlers::revoke);
}
