//! The portal as passkeys know it.

use std::time::Duration;

use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// How long a device, and whoever holds it, may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);
/// How the portal is called where a browser asks for a passkey.
const NAME: &str = "Simyard";

/// The portal under the one address that its passkeys are made for.
#[derive(Debug, Clone)]
pub struct Party(Webauthn);

impl Party {
    /// The portal at `origin`, as people reach it. None where browsers give no passkeys for that address: they give them by
    /// HTTPS, or to this machine's `localhost`, and to names alone, not to numbers.
    pub fn at(origin: &str) -> Option<Self> {
        let origin = Url::parse(origin).ok()?;
        let host = origin.domain()?;
        if origin.scheme() != "https" && host != "localhost" {
            return None;
        }
        let builder = WebauthnBuilder::new(host, &origin).ok()?.rp_name(NAME).timeout(PATIENCE);
        builder.build().ok().map(Self)
    }

    /// The address.
    pub fn address(&self) -> String {
        let origins = self.0.get_allowed_origins();
        origins.first().map(|origin| origin.origin().ascii_serialization()).unwrap_or_default()
    }

    pub(super) fn webauthn(&self) -> &Webauthn {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Party;

    #[test]
    fn passkeys_are_for_safe_addresses_with_a_name() {
        for safe in ["https://sims.example.com", "https://sims.example.com:8443", "http://localhost:8080"] {
            assert!(Party::at(safe).is_some(), "{safe}");
        }
        for other in
            ["http://sims.example.com", "http://127.0.0.1:8080", "https://192.0.2.7", "https://[::1]", ""]
        {
            assert!(Party::at(other).is_none(), "{other}");
        }
    }
}
