//! Hashes of passwords of any length.
//!
//! Bcrypt reads 72 bytes at most, one of which ends the text. What is longer is digested first, so that all of it counts.

use std::borrow::Cow;

use bcrypt::BcryptError;
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

/// The longest text that bcrypt reads to its end, in bytes.
const READ_WHOLE: usize = 71;

/// What begins the text that is digested: digests of passwords that were lost elsewhere are none of ours.
const CONTEXT: &[u8] = b"simyard password\0";

/// The hash under which `password` is stored, of this much work.
pub fn hash(password: &str, cost: u32) -> Result<String, BcryptError> {
    bcrypt::non_truncating_hash(&*read_whole(password), cost)
}

/// Whether `password` is the one of `hash`.
pub fn is_of(password: &str, hash: &str) -> bool {
    bcrypt::non_truncating_verify(&*read_whole(password), hash).unwrap_or(false)
}

/// The password, or what stands for one that bcrypt would not read to its end: 44 letters, without a NUL.
fn read_whole(password: &str) -> Cow<'_, str> {
    if password.len() <= READ_WHOLE {
        return password.into();
    }
    BASE64.encode(&Sha256::new().chain_update(CONTEXT).chain_update(password).finalize()).into()
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
