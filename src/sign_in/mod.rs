//! Signing in and out.

mod device;
mod handlers;
mod hasher;
pub(crate) mod hashes;
mod limits;
mod new_password;
mod passkeys;
mod second_factor;
mod single_sign_on;
mod views;

#[cfg(feature = "fuzzing")]
pub(crate) use device::words as device_words;
#[cfg(feature = "fuzzing")]
pub(crate) use handlers::local;
pub use hasher::{Asker, Hasher};
pub use limits::Limits;
pub use new_password::NewPasswordForm;
pub(crate) use passkeys::WRONG_PASSKEY;
pub(crate) use second_factor::{WRONG_CODE, Wrong, ask, tell_what_is_left};
pub use views::Question;

use crate::routes::Routes;

/// Where a company's provider sends people back to.
pub const CALLBACK: &str = "/sign-in/single-sign-on/callback";

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/sign-in", handlers::new)
        .post("/sign-in", handlers::create)
        .get("/sign-in/second-factor", second_factor::new)
        .post("/sign-in/second-factor", second_factor::create)
        .post("/sign-in/second-factor/passkey", passkeys::create)
        .post("/sign-in/passkey/challenges", passkeys::create_challenge)
        .post("/sign-in/passkey", passkeys::identify)
        .post("/sign-in/single-sign-on", single_sign_on::create)
        .get(CALLBACK, single_sign_on::show)
        .post("/sign-out", handlers::destroy);
}
