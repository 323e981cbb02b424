//! Hashes of passwords of any length.
//!
//! Bcrypt reads 72 bytes at most, one of which ends the text. What is longer is digested first, so that all of it counts.

use bcrypt::BcryptError;
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

/// The longest text that bcrypt reads to its end, in bytes.
const READ_WHOLE: usize = 71;

/// What begins the text that is digested: digests of passwords that were lost elsewhere are none of ours.
const CONTEXT: &[u8] = b"simyard password\0";

/// The hash under which `password` is stored, of this much work.
pub fn hash(password: &str, cost: u32) -> Result<String, BcryptError> {
    match digest(password) {
        None => bcrypt::non_truncating_hash(password, cost),
        Some(digest) => bcrypt::non_truncating_hash(digest, cost),
    }
}

/// Whether `password` is the one of `hash`.
pub fn is_of(password: &str, hash: &str) -> bool {
    let verified = match digest(password) {
        None => bcrypt::non_truncating_verify(password, hash),
        Some(digest) => bcrypt::non_truncating_verify(digest, hash),
    };
    verified.unwrap_or(false)
}

/// What stands for a password that bcrypt would not read to its end: 44 letters, without a NUL.
fn digest(password: &str) -> Option<String> {
    let digest = || BASE64.encode(&Sha256::new().chain_update(CONTEXT).chain_update(password).finalize());
    (password.len() > READ_WHOLE).then(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: u32 = 4;

    #[test]
    fn all_of_a_password_counts_however_long_it_is() {
        for length in [12, 71, 72, 73, 128, 512] {
            let password = "gravel ".repeat(length)[..length].to_owned();
            let stored = hash(&password, WORK).unwrap();
            assert!(is_of(&password, &stored), "{length} bytes");
            assert!(!is_of(&password[..length - 1], &stored), "{length} bytes but the last");
            assert!(!is_of(&format!("{password}x"), &stored), "{length} bytes and another");
        }
    }

    #[test]
    fn what_bcrypt_reads_whole_is_what_it_hashes() {
        let password = "x".repeat(READ_WHOLE);
        assert!(bcrypt::verify(&password, &hash(&password, WORK).unwrap()).unwrap());
    }
}
