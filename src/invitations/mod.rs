//! Administration → Users → Invitations, and the page behind the link of one, which is open to everybody: the token is
//! the proof.

mod answers;
mod forms;
mod handlers;
mod views;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/administration/invitations", handlers::index)
        .post("/administration/invitations", handlers::create)
        .get("/administration/invitations/new", handlers::new)
        .post("/administration/invitations/{uid}/resending", handlers::resend)
        .get("/administration/invitations/{uid}/revocation/new", handlers::new_revocation)
        .post("/administration/invitations/{uid}/revocation", handlers::revoke)
        .get("/invitations/{token}", answers::show)
        .post("/invitations/{token}/person", answers::enrol)
        .post("/invitations/{token}/acceptance", answers::accept);
}
