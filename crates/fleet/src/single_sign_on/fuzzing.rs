//! What a provider may say, from bytes alone: for the targets in `fuzz/`. Only built with the feature `fuzzing`.

use std::io;

use openidconnect::core::{CoreIdTokenVerifier, CoreJsonWebKeySet, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{ClientId, IssuerUrl, Nonce};

use super::conversation::SIGNED_WITH;
use super::token::{Answer, IdToken};

/// Reads `answer` as each of the documents that a provider gives, and as an ID token, which is verified with `keys`. Whether it is
/// taken for one: nobody has the key to make it.
pub fn is_an_id_token(keys: &str, answer: &str) -> bool {
    drop(serde_json::from_str::<CoreProviderMetadata>(answer));
    drop(serde_json::from_str::<Answer>(answer));
    drop(CoreUserInfoClaims::from_json::<io::Error>(answer.as_bytes(), None));
    let keys = serde_json::from_str::<CoreJsonWebKeySet>(keys).unwrap_or_default();
    let (Ok(issuer), Ok(token)) =
        (IssuerUrl::new("https://id.meridian.example".to_owned()), answer.parse::<IdToken>())
    else {
        return false;
    };
    let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new("simyard".to_owned()), issuer, keys)
        .set_allowed_algs(SIGNED_WITH);
    token.claims(&verifier, &Nonce::new("nonce".to_owned())).is_ok()
}
