//! A virtual authenticator in the browser: `WebDriver`'s extension for passkeys (`WebAuthn` Level 3, section 11).

use reqwest::Method;
use serde_json::{Value, json};

use super::extension;
use super::person::Person;

/// A device in the browser that keeps passkeys.
pub(crate) struct Authenticator {
    person: Person,
    id: String,
}

impl Authenticator {
    /// Puts one in: it recognises whoever holds it.
    pub(crate) async fn insert(person: &Person) -> Self {
        let kind = json!({
            "protocol": "ctap2_1", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
        });
        let id = send(person, Method::POST, "authenticator", Some(kind)).await;
        let id = id.as_str().expect("an authenticator's id").to_owned();
        Self { person: person.clone(), id }
    }

    /// From now on it does or does not recognise whoever holds it.
    pub(crate) async fn recognises(&self, recognises: bool) {
        let path = format!("authenticator/{}/uv", self.id);
        send(&self.person, Method::POST, &path, Some(json!({ "isUserVerified": recognises }))).await;
    }

    /// How many passkeys it keeps.
    pub(crate) async fn passkeys(&self) -> usize {
        let path = format!("authenticator/{}/credentials", self.id);
        send(&self.person, Method::GET, &path, None).await.as_array().map_or(0, Vec::len)
    }
}

async fn send(person: &Person, method: Method, path: &str, body: Option<Value>) -> Value {
    extension::send(person, method, &format!("webauthn/{path}"), body).await
}
