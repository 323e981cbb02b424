//! What is said to a provider and what it answers: `OpenID` Connect's authorization code flow, with PKCE. The tokens are verified by
//! `openidconnect`; this says which of what they tell is believed.

use chrono::Utc;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClientAuthMethod, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthType, AuthenticationContextClass, AuthorizationCode, AuthorizationRequest, ClientId,
    ClientSecret, CsrfToken, DiscoveryError, EndUserName, IssuerUrl, LocalizedClaim, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use ureq::http::Uri;

use super::admission::Vouched;
use super::reach::{Caller, Problem, Reach, is_encrypted};
use super::second_factor::Methods;
use super::token::{Claims, Client};

/// What signs by means of a public key: nobody but the provider can, whoever knows the client secret.
pub(super) const SIGNED_WITH: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// The longest that a provider's names for people may be, in bytes; `OpenID` Connect says 255 for the subject.
const LONGEST: usize = 255;

/// How the portal is known to a provider.
#[derive(Clone)]
pub struct Party {
    /// The provider.
    pub issuer: String,
    /// The portal's name there.
    pub client_id: String,
    /// What it proves itself with.
    pub client_secret: String,
    /// Where the provider sends people back to.
    pub redirect: String,
    /// The classes of signing in that it is asked for, if any.
    pub classes: Vec<String>,
}

/// What is remembered of a sign-in that has begun, in the session of the browser that has begun it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    state: String,
    nonce: String,
    verifier: String,
}

/// What the browser brings back from the provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    /// What is exchanged for a token, once.
    pub code: String,
    /// As it was begun with.
    pub state: String,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: String,
}

impl Begun {
    /// Whether the browser comes back to what it has begun.
    pub fn is_answered_by(&self, returned: &Returned) -> bool {
        self.state.as_bytes().ct_eq(returned.state.as_bytes()).into()
    }
}

/// Asks an issuer what it is, as a test, and says what came of it.
pub fn test(reach: &Reach, issuer: &str) -> Result<String, String> {
    let found = discover(&reach.begin(), issuer)?;
    Ok(format!(
        "It answered as {}, and signs with {}. People are sent to {}.",
        found.issuer().as_str(),
        match found.jwks().keys().len() {
            1 => "one key".to_owned(),
            keys => format!("{keys} keys"),
        },
        found.authorization_endpoint().url().host_str().unwrap_or_default(),
    ))
}

/// Begins a sign-in: where the browser is sent, and what is to be remembered.
pub fn begin(reach: &Reach, party: &Party, email: &str) -> Result<(String, Begun), String> {
    let client = client(&reach.begin(), party)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let asking = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .add_extra_param("login_hint", email)
        .set_pkce_challenge(challenge);
    let classes = party.classes.iter().cloned().map(AuthenticationContextClass::new);
    let (url, state, nonce) = classes.fold(asking, AuthorizationRequest::add_auth_context_value).url();
    let begun =
        Begun { state: state.into_secret(), nonce: nonce.secret().clone(), verifier: verifier.into_secret() };
    Ok((url.into(), begun))
}

/// Ends a sign-in with what the browser has brought back: whom the provider vouches for, or why it does not, in a sentence.
pub fn finish(reach: &Reach, party: &Party, begun: &Begun, returned: &Returned) -> Result<Vouched, String> {
    if !begun.is_answered_by(returned) {
        return Err("This is not the answer to the sign-in that was begun in this browser.".to_owned());
    }
    if returned.iss.as_ref().is_some_and(|iss| *iss != party.issuer) {
        return Err("The answer came from another provider.".to_owned());
    }
    if !returned.error.is_empty() {
        return Err("The provider did not sign you in.".to_owned());
    }
    let caller = reach.begin();
    let client = client(&caller, party)?;
    let answer = client
        .exchange_code(AuthorizationCode::new(returned.code.clone()))
        .map_err(|_| "The provider says of nothing where codes are taken.".to_owned())?
        .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
        .request(&caller)
        .map_err(|error| match error {
            RequestTokenError::Request(problem) => problem.to_string(),
            RequestTokenError::ServerResponse(_) => {
                "The provider did not take the code: it was used before, is too old, or the client secret is wrong."
                    .to_owned()
            }
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => UNEXPECTED.to_owned(),
        })?;
    let token = answer.id_token().ok_or_else(|| "The provider gave no ID token.".to_owned())?;
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_WITH);
    let claims = token.claims(&verifier, &Nonce::new(begun.nonce.clone())).map_err(|error| {
        tracing::warn!(%error, issuer = party.issuer, "an ID token was refused");
        NOT_ACCEPTED.to_owned()
    })?;
    if claims.additional_claims().is_early(Utc::now()) {
        tracing::warn!(issuer = party.issuer, "an ID token was not valid yet");
        return Err(NOT_ACCEPTED.to_owned());
    }
    vouched(&client, &caller, claims, answer.access_token())
}

const NOT_ACCEPTED: &str =
    "The provider's ID token is not accepted: it is forged, expired, not valid yet, or for somebody else.";
const UNEXPECTED: &str = "The provider answered something other than was expected.";

/// Reads what is believed; what the token does not tell, the provider is asked for.
fn vouched(
    client: &Client,
    caller: &Caller,
    claims: &Claims,
    access: &AccessToken,
) -> Result<Vouched, String> {
    let subject = claims.subject();
    let told = if let Some(email) = claims.email() {
        Told {
            email: email.to_string(),
            is_verified: claims.email_verified() == Some(true),
            name: first(claims.name()),
        }
    } else {
        let claims: CoreUserInfoClaims = client
            .user_info(access.clone(), Some(subject.clone()))
            .map_err(|_| NO_ADDRESS.to_owned())?
            .request(caller)
            .map_err(|error| {
                tracing::warn!(%error, "a provider told nothing of a person");
                UNEXPECTED.to_owned()
            })?;
        Told {
            email: claims.email().map(|email| email.to_string()).unwrap_or_default(),
            is_verified: claims.email_verified() == Some(true),
            name: first(claims.name()),
        }
    };
    if told.email.is_empty() {
        return Err(NO_ADDRESS.to_owned());
    }
    if !told.is_verified {
        return Err("The provider has not verified your e-mail address.".to_owned());
    }
    if subject.len() > LONGEST {
        return Err(UNEXPECTED.to_owned());
    }
    // Of the token alone: it is signed, and of this sign-in.
    let methods = Methods {
        class: claims.auth_context_ref().map(|class| class.to_string()),
        methods: claims.auth_method_refs().into_iter().flatten().map(|method| method.to_string()).collect(),
    };
    Ok(Vouched { subject: subject.to_string(), email: told.email, name: told.name, methods })
}

const NO_ADDRESS: &str = "The provider gave no e-mail address.";

struct Told {
    email: String,
    is_verified: bool,
    name: String,
}

fn first(name: Option<&LocalizedClaim<EndUserName>>) -> String {
    name.and_then(|name| name.iter().next()).map(|(_, name)| name.to_string()).unwrap_or_default()
}

fn discover(caller: &Caller, issuer: &str) -> Result<CoreProviderMetadata, String> {
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| "This is no address.".to_owned())?;
    let found = CoreProviderMetadata::discover(&url, caller).map_err(|error| in_words(&error))?;
    // The browser is sent there with what proves that it has begun the sign-in.
    let target = found.authorization_endpoint().as_str().parse::<Uri>();
    if !target.is_ok_and(|uri| is_encrypted(&uri)) {
        return Err(Problem::NotEncrypted.to_string());
    }
    Ok(found)
}

fn in_words(error: &DiscoveryError<Problem>) -> String {
    match error {
        DiscoveryError::Request(problem) => problem.to_string(),
        DiscoveryError::Response(status, ..) => {
            format!("It answered {status} where its OpenID configuration was expected.")
        }
        DiscoveryError::Validation(_) => {
            "It names another issuer than this one. Enter the address exactly as the provider names it."
                .to_owned()
        }
        _ => "What it answered is no OpenID configuration.".to_owned(),
    }
}

fn client(caller: &Caller, party: &Party) -> Result<Client, String> {
    let found = discover(caller, &party.issuer)?;
    // Basic is what a provider takes that says nothing.
    let takes = |method| {
        found.token_endpoint_auth_methods_supported().is_none_or(|methods| methods.contains(&method))
    };
    let proof = if takes(CoreClientAuthMethod::ClientSecretBasic) {
        AuthType::BasicAuth
    } else {
        AuthType::RequestBody
    };
    let redirect = RedirectUrl::new(party.redirect.clone())
        .map_err(|_| "The portal does not know its own address.".to_owned())?;
    let id = ClientId::new(party.client_id.clone());
    let secret = ClientSecret::new(party.client_secret.clone());
    Ok(Client::from_provider_metadata(found, id, Some(secret))
        .set_redirect_uri(redirect)
        .set_auth_type(proof))
}
