//! My profile: the person who is signed in, whatever company is in focus.

mod confirmation;
mod handlers;
mod identities;
mod passkeys;
mod proofs;
mod qr;
mod second_factor;
mod sessions;
mod views;

use crate::routes::Routes;

pub use confirmation::{Reach, confirm};

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/profile", handlers::show)
        .post("/profile", handlers::update)
        .post("/profile/password", handlers::update_password)
        .get("/profile/sessions", sessions::index)
        .post("/profile/sessions/endings", sessions::end)
        .get("/profile/single-sign-on", identities::index)
        .post("/profile/single-sign-on/removals", identities::destroy)
        .get("/profile/second-factor", second_factor::show)
        .get("/profile/second-factor/app/new", second_factor::new_app)
        .post("/profile/second-factor/app", second_factor::create_app)
        .post("/profile/second-factor/app/removal", second_factor::destroy_app)
        .get("/profile/second-factor/passkeys/new", passkeys::new)
        .post("/profile/second-factor/passkeys/challenges", passkeys::create_challenge)
        .post("/profile/second-factor/passkeys", passkeys::create)
        .post("/profile/second-factor/passkeys/removals", passkeys::destroy)
        .post("/profile/second-factor/recovery-codes", second_factor::create_codes)
        .get("/profile/second-factor/proofs/new", proofs::new)
        .post("/profile/second-factor/proofs", proofs::create)
        .post("/profile/second-factor/proofs/passkey", proofs::create_by_passkey);
}
