//! What browsers bring from devices that hold passkeys: nobody has the key that would make an answer right.

#![no_main]

use std::sync::LazyLock;

use fleet::second_factor::{Party, fuzzing};
use libfuzzer_sys::fuzz_target;

static PARTY: LazyLock<Option<Party>> = LazyLock::new(|| Party::at("https://sims.example.com"));

fuzz_target!(|answer: &str| {
    if let Some(party) = &*PARTY {
        assert!(!fuzzing::makes_a_passkey(party, answer), "the challenge is a new one each time");
        fuzzing::names_somebody(party, answer);
    }
});
