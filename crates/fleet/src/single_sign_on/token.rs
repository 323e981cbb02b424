//! The ID token that a provider gives: as `OpenID` Connect has it, with the time before which it is not valid.

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims,
    IdTokenFields, StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};

/// By how much a provider's clock may be ahead, in seconds.
const AHEAD: f64 = 60.0;

/// What a JSON web token may say beside what `OpenID` Connect reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct NotBefore {
    /// The second since 1970 before which it is not to be taken (RFC 7519, 4.1.5); it may have a fraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<f64>,
}

impl AdditionalClaims for NotBefore {}

impl NotBefore {
    /// Whether the token is not valid yet.
    pub(super) fn is_early(&self, now: DateTime<Utc>) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "seconds of the next million years are exact")]
        let now = now.timestamp() as f64;
        self.nbf.is_some_and(|second| second > now + AHEAD)
    }
}

/// What a token says.
pub(super) type Claims = IdTokenClaims<NotBefore, CoreGenderClaim>;

/// The token, signed.
#[cfg(feature = "fuzzing")]
pub(super) type IdToken = openidconnect::IdToken<
    NotBefore,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What a provider answers where codes are exchanged.
pub(super) type Answer = StandardTokenResponse<
    IdTokenFields<
        NotBefore,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The portal in a conversation with a provider whose addresses were discovered.
pub(super) type Client = openidconnect::Client<
    NotBefore,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_token_is_early_until_its_time_but_for_a_minute() {
        let now = Utc::now();
        let of = |nbf: &str| serde_json::from_str::<NotBefore>(nbf).unwrap();
        let at = |seconds| of(&format!("{{\"nbf\": {}}}", (now + TimeDelta::seconds(seconds)).timestamp()));
        assert!(!of("{}").is_early(now));
        assert!(!at(-5).is_early(now));
        assert!(!at(60).is_early(now));
        assert!(at(62).is_early(now));
        assert!(of("{\"nbf\": 1e300}").is_early(now));
    }
}
