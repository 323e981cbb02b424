//! What a browser may say of a passkey, from bytes alone: for the targets in `fuzz/`. Only built with the feature `fuzzing`.

use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::Party;
use super::passkeys::parse;

/// Reads `answer` as that to a question which was just asked, and says whether it makes a passkey.
pub fn makes_a_passkey(party: &Party, answer: &str) -> bool {
    let asked = party.webauthn().start_passkey_registration(Uuid::nil(), "ada@meridian.example", "Ada", None);
    let (Ok((_, awaited)), Some(answer)) = (asked, parse::<RegisterPublicKeyCredential>(answer)) else {
        return false;
    };
    party.webauthn().finish_passkey_registration(&answer, &awaited).is_ok()
}

/// Reads `answer` as a passkey's that says whose it is, and says whether it names somebody.
pub fn names_somebody(party: &Party, answer: &str) -> bool {
    parse::<PublicKeyCredential>(answer)
        .is_some_and(|answer| party.webauthn().identify_discoverable_authentication(&answer).is_ok())
}
