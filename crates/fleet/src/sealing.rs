//! Encryption of what is kept in the database and must not be read there.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use rand::Rng as _;

use crate::error::{Error, Result};

/// The bytes in front of what is encrypted.
const NONCE: usize = 12;

/// Encrypts and decrypts with one key, by AES-256-GCM (NIST SP 800-38D) with a random nonce for each secret.
#[derive(Clone)]
pub struct Sealer(Aes256Gcm);

/// Whoever prints one sees nothing of its key.
impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// The bytes of a key.
    pub const KEY: usize = 32;

    /// With this key.
    pub fn new(key: &[u8; Self::KEY]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Encrypts a secret. What it is for is bound to it: it can't be put in the place of another.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = vec![0; NONCE];
        rand::rng().fill_bytes(&mut sealed);
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let encrypted = self
            .0
            .encrypt(Nonce::from_slice(&sealed), payload)
            .map_err(|_| Error::Internal("a secret could not be encrypted".into()))?;
        sealed.extend(encrypted);
        Ok(sealed)
    }

    /// The secret; none of another key, of another purpose, or of what was tampered with.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, encrypted) = sealed.split_at_checked(NONCE)?;
        let payload = Payload { msg: encrypted, aad: purpose.as_bytes() };
        self.0.decrypt(Nonce::from_slice(nonce), payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_opened_with_its_key_for_its_purpose_and_untouched() {
        let sealer = Sealer::new(&[7; 32]);
        let mut secret = sealer.seal("a", b"secret").unwrap();
        assert!(!secret.windows(6).any(|bytes| bytes == b"secret"));
        assert_ne!(sealer.seal("a", b"secret").unwrap(), secret);
        assert_eq!(sealer.open("a", &secret).as_deref(), Some(&b"secret"[..]));
        assert_eq!(sealer.open("b", &secret), None);
        assert_eq!(Sealer::new(&[8; 32]).open("a", &secret), None);
        assert_eq!(sealer.open("a", &secret[..5]), None);
        *secret.last_mut().unwrap() ^= 1;
        assert_eq!(sealer.open("a", &secret), None);
    }
}
